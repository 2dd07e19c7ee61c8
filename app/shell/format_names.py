"""The formats of label files in words, in the order in which dialogs offer them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def format_names() -> dict[str, tuple[str, str]]:
    """By the name of engine.labels.formats.registry: title and what it is good for."""
    # Under this name the collector of texts finds the calls.
    translate = QCoreApplication.translate
    return {
        "voc": (
            translate("formats", "PASCAL VOC"),
            QCoreApplication.translate(
                "formats", "Palette PNG whose pixels are class numbers, and a list of the images."
            ),
        ),
        "index": (
            translate("formats", "Index PNG"),
            translate("formats", "Grey PNG whose pixels are class numbers; 255 = undecided."),
        ),
        "cityscapes": (
            translate("formats", "Cityscapes"),
            translate("formats", "labelIds and colours. Only for classes that Cityscapes has."),
        ),
        "coco": (
            translate("formats", "COCO, run lengths"),
            translate("formats", "One JSON with masks that hold every pixel."),
        ),
        "coco-polygons": (
            translate("formats", "COCO, polygons"),
            translate("formats", "One JSON with outlines. Undecided pixels in holes are filled."),
        ),
        "labelme": (
            translate("formats", "labelme"),
            translate("formats", "One JSON a photo, with masks."),
        ),
        "yolo-seg": (
            translate("formats", "YOLO segmentation"),
            QCoreApplication.translate(
                "formats", "One text a photo, with outlines. Undecided pixels in holes are filled."
            ),
        ),
    }
