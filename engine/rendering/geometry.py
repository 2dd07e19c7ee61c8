"""Sizes and scaling: photos, label maps and grids brought to the size at which they are shown.

Sizes are (height, width). The grid covers the image evenly, so pixel x of W lies in cell floor((x + ½)·w / W).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Bool, UInt8

Size = tuple[int, int]
T = TypeVar("T", bound=np.generic)


def fit_size(size: Size, *, max_side: int | None) -> Size:
    """`size` scaled down, proportions kept, to a longer side of at most max_side; never enlarged, never below 1."""
    height, width = size
    longer = max(height, width)
    if max_side is None or longer <= max_side:
        return size
    return max(1, round(height * max_side / longer)), max(1, round(width * max_side / longer))


def resize_photo(rgb: UInt8, size: Size) -> UInt8:
    """H×W×C uint8 at another size: averaged where it shrinks, bilinear where it grows."""
    if rgb.shape[:2] == size:
        return rgb
    import cv2

    shrinks = size[0] < rgb.shape[0] or size[1] < rgb.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (size[1], size[0]), interpolation=method), dtype=np.uint8)


def resize_labels(labels: NDArray[T], size: Size) -> NDArray[T]:
    """An h×w map of any dtype at another size, each pixel taking the value of the cell that it lies in."""
    if labels.shape == size:
        return labels
    rows = _nearest(labels.shape[0], size[0])
    columns = _nearest(labels.shape[1], size[1])
    if size[0] * labels.shape[1] < labels.shape[0] * size[1]:
        return labels.take(rows, axis=0).take(columns, axis=1)
    return labels.take(columns, axis=1).take(rows, axis=0)


def smooth_regions(categories: UInt8, size: Size) -> UInt8:
    """A coarse h×w map of a few categories at a larger size, with smooth borders in place of stairs.

    Each pixel takes the category whose bilinearly scaled indicator is largest; the smaller value wins a tie.
    """
    if categories.shape[0] >= size[0] or categories.shape[1] >= size[1]:
        return resize_labels(categories, size)
    import cv2

    values = np.unique(categories)
    result = np.full(size, values[0], dtype=np.uint8)
    if len(values) == 1:
        return result
    best: UInt8 | None = None
    for value in values:
        indicator = np.where(categories == value, np.uint8(255), np.uint8(0))
        weight = np.asarray(cv2.resize(indicator, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        if best is None:
            best = weight
            continue
        better = weight > best
        result[better] = value
        np.maximum(best, weight, out=best)
    return result


def smooth_mask(mask: Bool, size: Size) -> Bool:
    """A coarse h×w mask at a larger size, with smooth borders."""
    return smooth_regions(mask.astype(np.uint8), size).astype(bool)


def _nearest(source: int, target: int) -> NDArray[np.intp]:
    return ((2 * np.arange(target, dtype=np.int64) + 1) * source // (2 * target)).astype(np.intp)
