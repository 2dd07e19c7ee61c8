"""Formats with one PNG an image: index, VOC, Cityscapes. They hold every pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.data.atomic_file import make_folder, write_bytes
from engine.data.label_files import read_label_map, write_label_map, write_png
from engine.data.lists import read_lines
from engine.data.palettes import CITYSCAPES_CLASSES, CITYSCAPES_IDS, cityscapes_ids_to_train_ids, full_palette
from engine.errors import DataError
from engine.labels.formats.item import ExportItem, FormatLoss, LabelClasses


class _WholeMaps:
    """A format that holds every pixel of the classes' label maps."""

    def __init__(self, folder: Path, classes: LabelClasses) -> None:
        self._folder = folder
        self._classes = classes

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        require_known(labels, self._classes)
        return labels, FormatLoss()


class IndexFormat(_WholeMaps):
    """<name>.png: class ids as grey values, 255 = undecided; classes.txt names them."""

    def write(self, item: ExportItem) -> None:
        make_folder(self._folder)
        write_label_map(self._folder / f"{item.name}.png", item.labels, format="index")

    def finish(self) -> None:
        make_folder(self._folder)
        write_bytes(self._folder / "classes.txt", "".join(f"{name}\n" for name in self._classes.names).encode())

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.png"))

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        path = self._folder / f"{name}.png"
        labels = require_shape(read_label_map(path), shape, path)
        require_known(labels, self._classes, path)
        return labels


class VocFormat(_WholeMaps):
    """SegmentationClass/<name>.png with a palette, listed in ImageSets/Segmentation/trainval.txt."""

    def __init__(self, folder: Path, classes: LabelClasses) -> None:
        super().__init__(folder, classes)
        self._written: list[str] = []

    def write(self, item: ExportItem) -> None:
        path = self._path(item.name)
        make_folder(path.parent)
        write_label_map(path, item.labels, format="voc", palette=self._classes.palette)
        self._written.append(item.name)

    def finish(self) -> None:
        make_folder(self._list.parent)
        write_bytes(self._list, "".join(f"{name}\n" for name in self._written).encode())
        write_bytes(self._folder / "classes.txt", "".join(f"{name}\n" for name in self._classes.names).encode())

    def names(self) -> list[str]:
        return list(read_lines(self._list))

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        path = self._path(name)
        labels = require_shape(read_label_map(path), shape, path)
        require_known(labels, self._classes, path)
        return labels

    @property
    def _list(self) -> Path:
        return self._folder / "ImageSets" / "Segmentation" / "trainval.txt"

    def _path(self, name: str) -> Path:
        return self._folder / "SegmentationClass" / f"{name}.png"


class CityscapesFormat(_WholeMaps):
    """gtFine/train/<city>/<name>_gtFine_labelIds.png and …_color.png. Classes are found by name; pixels of those that
    Cityscapes does not have are written as unlabelled, and counted as lost.
    """

    _ENDING: Final = "_gtFine_labelIds.png"

    def __init__(self, folder: Path, classes: LabelClasses) -> None:
        super().__init__(folder / "gtFine" / "train", classes)
        known = {number: name for number, name in enumerate(classes.names) if name in CITYSCAPES_CLASSES}
        if not known:
            raise DataError(f"{', '.join(classes.names)}: no class of Cityscapes", cure="choose another format")
        self._unknown = np.array([n for n in range(len(classes.names)) if n not in known], dtype=np.uint8)
        self._to_ids = np.zeros(256, dtype=np.uint8)
        from_train_ids = np.full(256, IGNORE, dtype=np.uint8)
        for number, name in known.items():
            train_id = CITYSCAPES_CLASSES.index(name)
            self._to_ids[number] = CITYSCAPES_IDS[train_id]
            from_train_ids[train_id] = number
        self._from_ids = from_train_ids[cityscapes_ids_to_train_ids()]

    def held(self, labels: UInt8) -> tuple[UInt8, FormatLoss]:
        require_known(labels, self._classes)
        lost = np.isin(labels, self._unknown)
        return np.where(lost, np.uint8(IGNORE), labels), FormatLoss(changed=int(np.count_nonzero(lost)))

    def write(self, item: ExportItem) -> None:
        path = self._path(item.name)
        make_folder(path.parent)
        write_label_map(path, self._to_ids[item.labels], format="index")
        colours = full_palette(self._classes.palette)
        colours[IGNORE] = 0
        colours[self._unknown] = 0
        write_png(path.with_name(path.name.replace("labelIds", "color")), colours[item.labels])

    def finish(self) -> None:
        """Nothing belongs to all images."""

    def names(self) -> list[str]:
        return sorted(path.name.removesuffix(self._ENDING) for path in self._folder.glob(f"*/*{self._ENDING}"))

    def read(self, name: str, *, shape: tuple[int, int]) -> UInt8:
        path = self._path(name)
        labels: UInt8 = self._from_ids[require_shape(read_label_map(path), shape, path)]
        return labels

    def _path(self, name: str) -> Path:
        key = name.removesuffix("_leftImg8bit")
        return self._folder / key.split("_", 1)[0] / f"{key}{self._ENDING}"


def require_known(labels: UInt8, classes: LabelClasses, path: Path | None = None) -> None:
    """Raises DataError where a label is no class and not 255."""
    strange = np.setdiff1d(np.unique(labels), [*range(len(classes.names)), IGNORE])
    if strange.size:
        raise DataError(f"label {strange[0]} is none of the {len(classes.names)} classes", path=path)


def require_shape(labels: UInt8, shape: tuple[int, int], path: Path) -> UInt8:
    """The labels; raises DataError where they are of another size than the photo."""
    if labels.shape != shape:
        raise DataError(f"is {labels.shape[1]}×{labels.shape[0]} pixels, its photo {shape[1]}×{shape[0]}", path=path)
    return labels
