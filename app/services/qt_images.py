"""numpy pictures as QImages, with the halves that fast painting of large photos needs. Safe in any thread."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

UInt8 = NDArray[np.uint8]

# The smallest level: below this size scaling costs nothing.
_SMALLEST: Final = 512


def to_qimage(array: UInt8) -> QImage:
    """An image from H×W (grey), H×W×3 (RGB) or H×W×4 (RGBA, straight alpha) uint8.

    Opaque pictures become Format_RGB32 and the others Format_ARGB32_Premultiplied: the two that Qt paints as they are.
    The conversion is OpenCV's and not QImage's, because it lets other threads run meanwhile.
    """
    import cv2

    height, width = array.shape[:2]
    # Qt's 32-bit formats are words 0xAARRGGBB, on all supported (little-endian) machines the bytes B, G, R, A.
    if array.ndim == 2:
        words, form = cv2.cvtColor(array, cv2.COLOR_GRAY2BGRA), QImage.Format.Format_RGB32
    elif array.shape[2] == 3:
        words, form = cv2.cvtColor(array, cv2.COLOR_RGB2BGRA), QImage.Format.Format_RGB32
    else:
        premultiplied = cv2.cvtColor(array, cv2.COLOR_RGBA2mRGBA)
        words, form = cv2.cvtColor(premultiplied, cv2.COLOR_RGBA2BGRA), QImage.Format.Format_ARGB32_Premultiplied
    # QImage shares the array's memory and keeps it alive.
    return QImage(words.data, width, height, width * 4, form)


def pyramid(array: UInt8) -> tuple[QImage, ...]:
    """The picture at its own size, then halved again and again until both sides are at most 512 pixels."""
    import cv2

    levels = [to_qimage(array)]
    while max(array.shape[:2]) > _SMALLEST:
        height, width = array.shape[:2]
        smaller = cv2.resize(array, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
        array = np.asarray(smaller, dtype=np.uint8)
        levels.append(to_qimage(array))
    return tuple(levels)
