"""Outlines along the edges between pixels: they hold a mask exactly, parts of one pixel included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Bool

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ring:
    """A closed line through pixel corners.

    Attributes:
        points: N×2 int64 (x, y), the corners at which it turns.
        hole: whether it bounds a hole, not a part.
        area: pixels inside.
    """

    points: Int64
    hole: bool
    area: int


def rings(mask: Bool) -> list[Ring]:
    """All outlines of a mask, H×W bool. Parts that meet at a corner only are separate parts.

    Each row of corners is crossed by horizontal pieces that begin and end at successive turning corners, each column
    likewise by vertical ones, so pairing the corners in order gives all pieces at once.
    """
    framed = np.pad(mask, 1)
    upper_left, upper_right = framed[:-1, :-1], framed[:-1, 1:]
    lower_left, lower_right = framed[1:, :-1], framed[1:, 1:]
    right, left = upper_right != lower_right, upper_left != lower_left
    up, down = upper_left != upper_right, lower_left != lower_right
    meeting = right & left & up & down  # two parts, or two holes, touch: the corner counts twice
    y, x = np.nonzero((left != right) | meeting)
    twice = meeting[y, x]
    y, x = np.repeat(y, 1 + twice), np.repeat(x, 1 + twice)
    if not y.size:
        return []
    second = np.zeros(y.size, dtype=bool)
    second[1:] = (y[1:] == y[:-1]) & (x[1:] == x[:-1])
    # Of a double corner the first takes the piece to its left; with the upper left pixel set also the one above.
    below = np.where(upper_left[y, x], second, ~second)
    along = _partners(np.arange(y.size))
    across = _partners(np.lexsort((below, y, x)))
    return [_ring(np.stack([x[loop], y[loop]], axis=1), mask) for loop in _loops(along, across)]


def _partners(order: NDArray[np.intp]) -> NDArray[np.intp]:
    partner = np.empty_like(order)
    partner[order[0::2]] = order[1::2]
    partner[order[1::2]] = order[0::2]
    return partner


def _loops(along: NDArray[np.intp], across: NDArray[np.intp]) -> list[list[int]]:
    horizontal, vertical = along.tolist(), across.tolist()
    seen = bytearray(len(horizontal))
    loops = []
    for start in range(len(horizontal)):
        if seen[start]:
            continue
        loop, corner = [], start
        while not seen[corner]:
            other = horizontal[corner]
            seen[corner] = seen[other] = 1
            loop += [corner, other]
            corner = vertical[other]
        loops.append(loop)
    return loops


def _ring(points: Int64, mask: Bool) -> Ring:
    # Loops begin at their uppermost, then leftmost corner: the pixel to its lower right is inside.
    x, y = points[0]
    after = np.roll(points, -1, axis=0)
    twice = int((points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]).sum())
    return Ring(points, hole=not mask[y, x], area=abs(twice) // 2)
