"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from engine.labels.formats.coco import CocoFormat
from engine.labels.formats.item import FolderFormat, LabelClasses
from engine.labels.formats.labelme import LabelmeFormat
from engine.labels.formats.png_formats import CityscapesFormat, IndexFormat, VocFormat
from engine.labels.formats.yolo_seg import YoloSegFormat

FORMATS: Final[dict[str, Callable[[Path, LabelClasses], FolderFormat]]] = {
    "voc": VocFormat,
    "index": IndexFormat,
    "cityscapes": CityscapesFormat,
    "coco": CocoFormat,
    "coco-polygons": partial(CocoFormat, polygons=True),
    "labelme": LabelmeFormat,
    "yolo-seg": YoloSegFormat,
}
"""Each takes the folder and the classes."""
