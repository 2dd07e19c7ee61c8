"""Brush and eraser: a round or square tip dragged along a path.

Coordinates are continuous, in pixels: pixel (row r, column c) covers x in [c, c+1) and y in [r, r+1). A pixel is
painted where its centre lies under the tip; the pixel under the pointer always is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Bool
from engine.labels.area import Area
from engine.labels.selection import Selection, cropped, nothing, union

Tip = Literal["round", "square"]

_PIECE: Final = 128.0  # pixels; a long straight line is painted in pieces, so that its cost follows its length


@dataclass(frozen=True)
class BrushPoint:
    """A place of the pointer: x to the right, y down, and the tip's radius there (half the side of a square tip)."""

    x: float
    y: float
    radius: float


def brush_stroke(path: Sequence[BrushPoint], *, shape: tuple[int, int], tip: Tip = "round") -> Selection:
    """Every pixel that the tip passes over on straight lines between the points, its radius changing evenly.

    Two points are a straight line, one point is a dab. `shape` is the image's (height, width).
    """
    if not path:
        return nothing()
    image = Area(0, 0, *shape)
    points = list(path) if len(path) > 1 else [path[0], path[0]]
    parts = [
        _swept(start, end, image, tip)
        for first, last in itertools.pairwise(points)
        for start, end in _pieces(first, last)
    ]
    parts.extend(_under(point, image) for point in points)
    return union(parts)


def _pieces(first: BrushPoint, last: BrushPoint) -> list[tuple[BrushPoint, BrushPoint]]:
    count = max(1, math.ceil(math.hypot(last.x - first.x, last.y - first.y) / _PIECE))
    stops = [
        BrushPoint(
            first.x + (last.x - first.x) * step / count,
            first.y + (last.y - first.y) * step / count,
            first.radius + (last.radius - first.radius) * step / count,
        )
        for step in range(count + 1)
    ]
    return list(itertools.pairwise(stops))


def _swept(start: BrushPoint, end: BrushPoint, image: Area, tip: Tip) -> Selection:
    area = Area(
        math.floor(min(start.y - start.radius, end.y - end.radius)),
        math.floor(min(start.x - start.radius, end.x - end.radius)),
        math.ceil(max(start.y + start.radius, end.y + end.radius)),
        math.ceil(max(start.x + start.radius, end.x + end.radius)),
    ).clipped(image)
    if area.empty:
        return nothing()
    y = np.arange(area.top, area.bottom, dtype=np.float64)[:, None] + 0.5
    x = np.arange(area.left, area.right, dtype=np.float64)[None, :] + 0.5
    covered = _round_sweep if tip == "round" else _square_sweep
    return cropped(covered(x, y, start, end), area)


def _round_sweep(x: NDArray[np.float64], y: NDArray[np.float64], start: BrushPoint, end: BrushPoint) -> Bool:
    """The union of the discs between two discs.

    A point lies in it where the smallest value over s of |point - centre(s)| - radius(s) is not positive; for a point
    `along` and `across` the line that s is along + across·k/√(1-k²), k being the growth of the radius per pixel.
    """
    length = math.hypot(end.x - start.x, end.y - start.y)
    growth = (end.radius - start.radius) / length if length else 0.0
    if abs(growth) >= 1.0 or not length:  # one disc holds the other
        larger = max(start, end, key=lambda point: point.radius)
        return np.asarray((x - larger.x) ** 2 + (y - larger.y) ** 2 <= larger.radius**2)
    ux, uy = (end.x - start.x) / length, (end.y - start.y) / length
    along = (x - start.x) * ux + (y - start.y) * uy
    across = np.abs((x - start.x) * uy - (y - start.y) * ux)
    place = np.clip(along + across * growth / math.sqrt(1.0 - growth**2), 0.0, length)
    return np.asarray(np.hypot(along - place, across) <= start.radius + growth * place)


def _square_sweep(x: NDArray[np.float64], y: NDArray[np.float64], start: BrushPoint, end: BrushPoint) -> Bool:
    """The union of the squares between two squares: their convex hull, as an intersection of half planes.

    Two sides of the hull run between corresponding corners, the others are those of the bounding box.
    """
    box = (
        (x >= min(start.x - start.radius, end.x - end.radius))
        & (x <= max(start.x + start.radius, end.x + end.radius))
        & (y >= min(start.y - start.radius, end.y - end.radius))
        & (y <= max(start.y + start.radius, end.y + end.radius))
    )
    corners = [
        (point.x + sx * point.radius, point.y + sy * point.radius)
        for point in (start, end)
        for sx in (-1.0, 1.0)
        for sy in (-1.0, 1.0)
    ]
    for (ax, ay), (bx, by) in zip(corners[:4], corners[4:], strict=True):
        sides = [(bx - ax) * (cy - ay) - (by - ay) * (cx - ax) for cx, cy in corners]
        slack = 1e-9 * (1.0 + max(abs(side) for side in sides))
        value = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if min(sides) >= -slack:  # all corners on one side: this line is a side of the hull
            box &= value >= -slack
        if max(sides) <= slack:
            box &= value <= slack
    return box


def _under(point: BrushPoint, image: Area) -> Selection:
    row, column = math.floor(point.y), math.floor(point.x)
    pixel = Area(row, column, row + 1, column + 1)
    return nothing() if pixel.clipped(image).empty else Selection(pixel, np.ones((1, 1), dtype=bool))
