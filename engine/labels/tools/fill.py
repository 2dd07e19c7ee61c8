"""Flood fill on the label map, magic wand on the photo's colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.cascade.result import UInt8
from engine.labels.area import Area
from engine.labels.selection import Selection, cropped, nothing


def flood_fill(labels: UInt8, *, row: int, column: int) -> Selection:
    """The pixels of one label that hang together with the one given, edge to edge. Nothing outside the image."""
    return _flooded(np.array(labels, order="C"), row=row, column=column, tolerance=0)


def magic_wand(rgb: UInt8, *, row: int, column: int, tolerance: int, contiguous: bool = True) -> Selection:
    """The pixels whose colour is near that of the one given.

    Args:
        rgb: H×W×3 uint8.
        tolerance: largest difference in any channel, 0..255.
        contiguous: only those that hang together with it, edge to edge.
    """
    if not contiguous:
        if not _inside(rgb.shape, row, column):
            return nothing()
        difference = np.abs(rgb.astype(np.int16) - rgb[row, column].astype(np.int16)).max(axis=2)
        return cropped(difference <= tolerance, Area.of_image(rgb.shape))
    return _flooded(np.array(rgb, order="C"), row=row, column=column, tolerance=tolerance)


def _flooded(picture: UInt8, *, row: int, column: int, tolerance: int) -> Selection:
    import cv2

    if not _inside(picture.shape, row, column):
        return nothing()
    mask = np.zeros((picture.shape[0] + 2, picture.shape[1] + 2), dtype=np.uint8)
    limits: Any = (tolerance,) * 3
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    _, _, mask, box = cv2.floodFill(picture, mask, (column, row), (0, 0, 0), limits, limits, flags)
    left, top, width, height = box
    area = Area(top, left, top + height, left + width)
    return Selection(area, mask[1:-1, 1:-1][area.slices].astype(bool))


def _inside(shape: tuple[int, ...], row: int, column: int) -> bool:
    return 0 <= row < shape[0] and 0 <= column < shape[1]
