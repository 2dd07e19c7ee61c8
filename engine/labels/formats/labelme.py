"""labelme: a JSON beside each photo. Written as masks, which hold every pixel; read with its polygons and boxes too."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError
from engine.labels.area import Area, filled_part
from engine.labels.formats.item import ExportItem, FormatLoss, LabelClasses
from engine.labels.formats.json_files import read_json_object, write_json_object
from engine.labels.formats.png_formats import require_known
from engine.labels.selection import Selection
from engine.labels.tools.polygon import polygon, rectangle

_VERSION: Final = "5.5.0"  # the first whose readers know masks well; newer ones read it


class LabelmeFormat:
    """<name>.json with one mask shape a class; undecided pixels are in none. Later shapes lie over earlier ones."""

    def __init__(self, folder: Path, classes: LabelClasses) -> None:
        self._folder = folder
        self._classes = classes

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        require_known(labels, self._classes)
        return labels, FormatLoss()

    def write(self, item: ExportItem) -> None:
        path = self._folder / f"{item.name}.json"
        # Keys that others have put into the file stay, those of its shapes do not: the shapes are replaced.
        kept = read_json_object(path) if path.is_file() else {"flags": {}}
        kept.update(
            version=_VERSION,
            shapes=[self._shape(item.labels, int(label)) for label in np.unique(item.labels) if label != IGNORE],
            imagePath=f"{item.name}{item.image.suffix}",
            imageData=None,
            imageHeight=item.labels.shape[0],
            imageWidth=item.labels.shape[1],
        )
        write_json_object(path, kept)

    def finish(self) -> None:
        """Nothing belongs to all images."""

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        path = self._folder / f"{name}.json"
        data = read_json_object(path)
        if (data.get("imageHeight", shape[0]), data.get("imageWidth", shape[1])) != shape:
            raise DataError(f"is of another size than its photo, {shape[1]}×{shape[0]}", path=path)
        labels = np.full(shape, IGNORE, dtype=np.uint8)
        try:
            for item in data["shapes"]:
                if item["label"] not in self._classes.names:
                    raise DataError(f"label {item['label']!r} is none of the classes", path=path)
                selection = _selection(item, shape)
                labels[selection.area.slices][selection.mask] = self._classes.names.index(item["label"])
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise DataError(f"a shape cannot be understood: {error!r}", path=path) from error
        return labels

    def _shape(self, labels: UInt8, label: int) -> dict[str, Any]:
        mask = np.asarray(labels == label)
        area = filled_part(mask, Area.of_image(mask.shape))
        buffer = io.BytesIO()
        Image.fromarray(mask[area.slices].astype(np.uint8)).save(buffer, format="PNG")
        return {
            "label": self._classes.names[label],
            "points": [[area.left, area.top], [area.right - 1, area.bottom - 1]],  # both corners are in the mask
            "group_id": None,
            "description": "",
            "shape_type": "mask",
            "flags": {},
            "mask": base64.b64encode(buffer.getvalue()).decode("ascii"),
        }


def _selection(item: dict[str, Any], shape: tuple[int, int]) -> Selection:
    points = [(float(x), float(y)) for x, y in item["points"]]
    match item.get("shape_type", "polygon"):
        case "polygon":
            return polygon(points, shape=shape)
        case "rectangle":
            return rectangle(points[0], points[1], shape=shape)
        case "mask":
            with Image.open(io.BytesIO(base64.b64decode(item["mask"])), formats=("PNG",)) as image:
                mask = np.asarray(image) != 0
            if mask.ndim != 2:
                raise ValueError("a mask is no grey PNG")
            left, top = round(points[0][0]), round(points[0][1])
            area = Area(top, left, top + mask.shape[0], left + mask.shape[1])
            inside = area.clipped(Area(0, 0, *shape))
            return Selection(inside, mask[inside.within(area)])
        case other:
            raise ValueError(f"shape type {other!r}")
