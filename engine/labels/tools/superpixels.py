"""Superpixels, and the brush that takes them whole.

Regular watershed regions: markers on a grid, flooded over the gradient.
Source: V. Machairas et al.: Waterpixels, IEEE TIP 2015.
OpenCV's own superpixels are in its contrib modules, which the headless wheel does not have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import UInt8
from engine.labels.area import Area
from engine.labels.selection import Selection, cropped, nothing

Int32 = NDArray[np.int32]


def superpixels(rgb: UInt8, *, size: int = 16) -> Int32:
    """H×W int32: ids 1, 2, … of regions about size×size pixels that follow edges; each hangs together.

    Args:
        rgb: H×W×3 uint8; give the part on the screen where the photo is large.
        size: side of a region in pixels, 4 or more.
    """
    import cv2

    size = max(4, size)
    # A frame of copied pixels: OpenCV leaves the image's border without a region.
    framed = cv2.copyMakeBorder(cv2.GaussianBlur(rgb, (3, 3), 0), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    height, width = rgb.shape[:2]
    rows, columns = max(1, round(height / size)), max(1, round(width / size))
    markers = np.zeros(framed.shape[:2], dtype=np.int32)
    grey = cv2.cvtColor(framed, cv2.COLOR_RGB2GRAY)
    slope = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), dtype=np.uint8)))
    for index in range(rows * columns):
        top, left = 1 + (index // columns) * height // rows, 1 + (index % columns) * width // columns
        bottom, right = 1 + (index // columns + 1) * height // rows, 1 + (index % columns + 1) * width // columns
        # The flattest place in the middle half of the cell: a seed on an edge would join both its sides.
        dy, dx = (bottom - top) // 4, (right - left) // 4
        middle = slope[top + dy : max(top + dy + 1, bottom - dy), left + dx : max(left + dx + 1, right - dx)]
        y, x = np.unravel_index(int(middle.argmin()), middle.shape)
        markers[top + dy + int(y), left + dx + int(x)] = index + 1
    found = np.asarray(cv2.watershed(framed, markers), dtype=np.int32)
    return _without_lines(found)[1:-1, 1:-1].copy()


def superpixel_brush(regions: Int32, stroke: Selection, *, offset: tuple[int, int] = (0, 0)) -> Selection:
    """Every region that a brush stroke touches, whole.

    Args:
        regions: what superpixels returned for a part of the image.
        stroke: what the brush chose, in the image.
        offset: row and column in the image of the regions' first pixel.
    """
    area = Area(offset[0], offset[1], offset[0] + regions.shape[0], offset[1] + regions.shape[1])
    part = stroke.area.clipped(area)
    if part.empty:
        return nothing()
    touched = np.unique(regions[part.within(area)][stroke.mask[part.within(stroke.area)]])
    return cropped(np.isin(regions, touched), area)


def _without_lines(found: Int32) -> Int32:
    """Give the lines between regions, -1, to a neighbour."""
    result = found.copy()
    while (open_pixels := result < 1).any():
        padded = np.pad(result, 1, constant_values=-1)
        # Edge to edge, so that a region still hangs together.
        neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
        best = np.maximum.reduce(neighbours)
        result[open_pixels] = best[open_pixels]
    return result
