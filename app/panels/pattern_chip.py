"""The pattern of a class as a small picture, for the chips of class lists."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from app.canvas.patterns import PERIOD, mark_is_light, pattern_of


@lru_cache(maxsize=512)
def pattern_image(label: int, colour: tuple[int, int, int]) -> QImage:
    """12×12 pixels, the marks alone in black or white. Empty for black: such classes are left bare on the canvas."""
    image = QImage(PERIOD, PERIOD, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    if not any(colour):
        return image
    tint = QColor(Qt.GlobalColor.white if mark_is_light(*colour) else Qt.GlobalColor.black)
    for top, left in np.argwhere(pattern_of(label)):
        image.setPixelColor(int(left), int(top), tint)
    return image
