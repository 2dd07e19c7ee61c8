"""The formats of label files in words, in the order in which dialogs offer them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

_CONTEXT = "formats"


def format_names() -> dict[str, tuple[str, str]]:
    """By the name of engine.labels.formats.registry: title and what it is good for."""
    tr = QCoreApplication.translate
    return {
        "voc": (
            tr(_CONTEXT, "PASCAL VOC"),
            tr(_CONTEXT, "Palette PNG whose pixels are class numbers, and a list of the images."),
        ),
        "index": (tr(_CONTEXT, "Index PNG"), tr(_CONTEXT, "Grey PNG whose pixels are class numbers; 255 = undecided.")),
        "cityscapes": (
            tr(_CONTEXT, "Cityscapes"),
            tr(_CONTEXT, "labelIds and colours. Only for classes that Cityscapes has."),
        ),
        "coco": (tr(_CONTEXT, "COCO, run lengths"), tr(_CONTEXT, "One JSON with masks that hold every pixel.")),
        "coco-polygons": (
            tr(_CONTEXT, "COCO, polygons"),
            tr(_CONTEXT, "One JSON with outlines. Undecided pixels in holes are filled."),
        ),
        "labelme": (tr(_CONTEXT, "labelme"), tr(_CONTEXT, "One JSON a photo, with masks.")),
        "yolo-seg": (
            tr(_CONTEXT, "YOLO segmentation"),
            tr(_CONTEXT, "One text a photo, with outlines. Undecided pixels in holes are filled."),
        ),
    }
