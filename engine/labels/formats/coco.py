"""COCO: annotations.json with run lengths, which hold every pixel, or with polygons, which fill holes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError
from engine.labels.area import Area, filled_part
from engine.labels.formats.item import ExportItem, FormatLoss, LabelClasses
from engine.labels.formats.json_files import read_json_object, write_json_object
from engine.labels.formats.parts import Part, held_by_polygons, painted_parts, parts_of
from engine.labels.formats.png_formats import require_known
from engine.labels.formats.run_lengths import decode_runs, encode_runs
from engine.labels.tools.polygon import polygon

FILE: Final = "annotations.json"


class CocoFormat:
    """One annotation for each class of an image with run lengths, or for each part with polygons.

    Category ids are class ids + 1, 0 being reserved by many readers; reading goes by the names. Undecided pixels are
    in no annotation.
    """

    def __init__(self, folder: Path, classes: LabelClasses, *, polygons: bool = False) -> None:
        self._path = folder / FILE
        self._classes = classes
        self._polygons = polygons
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._read: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] | None = None
        self._categories: dict[int, int] = {}

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        require_known(labels, self._classes)
        return held_by_polygons(labels) if self._polygons else (labels, FormatLoss())

    def write(self, item: ExportItem) -> None:
        height, width = item.labels.shape
        number = len(self._images) + 1
        name = f"{item.name}{item.image.suffix}"
        self._images.append({"id": number, "file_name": name, "height": height, "width": width})
        for annotation in self._polygon_parts(item.labels) if self._polygons else _masks(item.labels):
            self._annotations.append({"id": len(self._annotations) + 1, "image_id": number, "iscrowd": 0, **annotation})

    def finish(self) -> None:
        write_json_object(
            self._path,
            {
                "images": self._images,
                "annotations": self._annotations,
                "categories": [{"id": number + 1, "name": name} for number, name in enumerate(self._classes.names)],
            },
        )

    def names(self) -> list[str]:
        return list(self._loaded())

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        if name not in self._loaded():
            raise DataError(f"has no image {name}", path=self._path)
        image, annotations = self._loaded()[name]
        if (image.get("height"), image.get("width")) != shape:
            raise DataError(f"{name} is of another size than its photo, {shape[1]}×{shape[0]}", path=self._path)
        labels = np.full(shape, IGNORE, dtype=np.uint8)
        try:
            for annotation in annotations:
                self._paint(labels, annotation, shape)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"an annotation of {name} cannot be understood: {error!r}", path=self._path) from error
        return labels

    def _paint(self, labels: UInt8, annotation: dict[str, Any], shape: tuple[int, int]) -> None:
        label, segmentation = self._categories[annotation["category_id"]], annotation["segmentation"]
        if isinstance(segmentation, dict):
            if tuple(segmentation["size"]) != shape:
                raise DataError("a mask is of another size than its image", path=self._path)
            labels[decode_runs(segmentation["counts"], shape)] = label
            return
        for line in segmentation:
            selection = polygon(np.asarray(line, dtype=np.float64).reshape(-1, 2), shape=shape)
            labels[selection.area.slices][selection.mask] = label

    def _loaded(self) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
        if self._read is None:
            data = read_json_object(self._path)
            try:
                self._categories = {}
                for category in data["categories"]:
                    if category["name"] not in self._classes.names:
                        raise DataError(f"category {category['name']!r} is none of the classes", path=self._path)
                    self._categories[category["id"]] = self._classes.names.index(category["name"])
                by_id: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in data["images"]}
                for annotation in data["annotations"]:
                    by_id[annotation["image_id"]].append(annotation)
                self._read = {Path(image["file_name"]).stem: (image, by_id[image["id"]]) for image in data["images"]}
            except (KeyError, TypeError) as error:
                raise DataError(f"does not follow COCO's layout: {error!r}", path=self._path) from error
        return self._read

    def _polygon_parts(self, labels: UInt8) -> list[dict[str, Any]]:
        found = []
        for part in parts_of(labels).parts:
            held = painted_parts([Part(0, part.points)], labels.shape)
            found.append(
                {
                    "category_id": part.label + 1,
                    "segmentation": [part.points.ravel().tolist()],
                    **_box_and_area(held == 0),
                }
            )
        return found


def _masks(labels: UInt8) -> list[dict[str, Any]]:
    found = []
    for label in np.unique(labels):
        if label != IGNORE:
            mask = np.asarray(labels == label)
            segmentation = {"size": list(labels.shape), "counts": encode_runs(mask)}
            found.append({"category_id": int(label) + 1, "segmentation": segmentation, **_box_and_area(mask)})
    return found


def _box_and_area(mask: NDArray[np.bool_]) -> dict[str, Any]:
    area = filled_part(mask, Area.of_image(mask.shape))
    height, width = area.shape
    return {"bbox": [area.left, area.top, width, height], "area": int(np.count_nonzero(mask))}
