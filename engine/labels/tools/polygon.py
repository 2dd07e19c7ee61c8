"""Polygon, freehand lasso and rectangle: the pixels whose centres lie inside.

The centre rule gives neighbours that share an edge neither a gap nor an overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.labels.area import Area
from engine.labels.selection import Selection, cropped, nothing

Points = Sequence[tuple[float, float]] | NDArray[np.float64]


def polygon(points: Points, *, shape: tuple[int, int]) -> Selection:
    """The inside of a closed line through (x, y) points; where it crosses itself, by the even-odd rule.

    A freehand lasso is the polygon of its path. Fewer than three points hold nothing.
    """
    return polygons([points], shape=shape)


def polygons(rings: Sequence[Points], *, shape: tuple[int, int]) -> Selection:
    """The even-odd inside of several closed lines together: a ring inside another is a hole."""
    lines = [line for line in (np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings) if len(line) >= 3]
    if not lines:
        return nothing()
    every = np.concatenate(lines)
    area = Area(
        math.floor(every[:, 1].min()), math.floor(every[:, 0].min()),
        math.ceil(every[:, 1].max()), math.ceil(every[:, 0].max()),
    ).clipped(Area(0, 0, *shape))  # fmt: skip
    if area.empty:
        return nothing()
    height, width = area.shape
    # Each side of a ring toggles, in every row whose centre it crosses, all pixels right of the crossing.
    toggles = np.zeros((height, width + 1), dtype=np.uint8)
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            first = max(area.top, math.ceil(y0 - 0.5))
            last = min(area.bottom, math.ceil(y1 - 0.5))
            if first >= last:
                continue
            rows = np.arange(first, last)
            crossing = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
            columns = np.clip(np.ceil(crossing - 0.5).astype(np.int64) - area.left, 0, width)
            toggles[rows - area.top, columns] ^= 1  # a row comes once for each side, so no toggle is lost
    return cropped(np.bitwise_xor.accumulate(toggles[:, :-1], axis=1).view(bool), area)


def rectangle(first: tuple[float, float], second: tuple[float, float], *, shape: tuple[int, int]) -> Selection:
    """The pixels under a box between two (x, y) corners, those that it only touches included."""
    area = Area(
        math.floor(min(first[1], second[1])), math.floor(min(first[0], second[0])),
        math.floor(max(first[1], second[1])) + 1, math.floor(max(first[0], second[0])) + 1,
    ).clipped(Area(0, 0, *shape))  # fmt: skip
    return nothing() if area.empty else Selection(area, np.ones(area.shape, dtype=bool))
