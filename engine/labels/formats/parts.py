"""A label map as polygons, one for each connected part, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE, UInt8
from engine.labels.formats.item import FormatLoss
from engine.labels.formats.rings import rings
from engine.labels.tools.polygon import polygon

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """A polygon: its class and its outer line, N×2 (x, y) in pixels."""

    label: int
    points: Float64


@dataclass(frozen=True, eq=False)
class Parts:
    """All parts of a label map, the largest first: what lies in another's filled hole is painted over it.

    Attributes:
        holes, one_pixel: how many holes were filled, how many parts are a single pixel.
    """

    parts: tuple[Part, ...]
    holes: int
    one_pixel: int


def parts_of(labels: UInt8) -> Parts:
    """The polygons of every class of an H×W label map; undecided pixels are in none."""
    outer, holes = [], 0
    for label in np.unique(labels):
        if label == IGNORE:
            continue
        for ring in rings(labels == label):
            if ring.hole:
                holes += 1
            else:
                outer.append((ring.area, Part(int(label), ring.points.astype(np.float64))))
    outer.sort(key=lambda pair: -pair[0])
    return Parts(tuple(part for _, part in outer), holes, sum(area == 1 for area, _ in outer))


def painted_parts(parts: Iterable[Part], shape: tuple[int, int]) -> UInt8:
    """The label map that polygons make, later ones over earlier ones; 255 where there is none."""
    labels = np.full(shape, IGNORE, dtype=np.uint8)
    for part in parts:
        selection = polygon(part.points, shape=shape)
        labels[selection.area.slices][selection.mask] = part.label
    return labels


def held_by_polygons(labels: UInt8) -> tuple[UInt8, FormatLoss]:
    """What a format of polygons without holes keeps of a label map."""
    found = parts_of(labels)
    height, width = labels.shape
    held = painted_parts(found.parts, (height, width))
    return held, FormatLoss(int(np.count_nonzero(held != labels)), found.holes, found.one_pixel)
