"""The working size of a photo and its tiles. Pure geometry; sizes are (height, width)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

# Networks take sides that are multiples of 32 (reference D15).
MULTIPLE = 32


def working_size(size: tuple[int, int], *, max_side: int | None) -> tuple[int, int]:
    """The size at which the network sees a photo: each side the nearest multiple of 32.

    Args:
        size: the photo's own height and width.
        max_side: the photo is scaled down to the pixel count of a 4:3 photo with this long side, never up; None keeps
        it.
            Counting pixels rather than the side keeps very long strips legible.
    """
    height, width = size
    scale = 1.0 if max_side is None else min(1.0, math.sqrt(0.75 * max_side * max_side / (height * width)))
    rounded = (max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in (height, width))
    return next(rounded), next(rounded)


@dataclass(frozen=True)
class Span:
    """One side of a tile: it computes start..stop and owns own_start..own_stop of it."""

    start: int
    stop: int
    own_start: int
    own_stop: int


@dataclass(frozen=True)
class Tile:
    rows: Span
    columns: Span


def tiles_of(size: tuple[int, int], *, tile: int, overlap: int) -> tuple[Tile, ...]:
    """Tiles whose owned parts cover the size exactly once; each sees `overlap` more on every inner side.

    Args:
        size: multiples of 32.
        tile: largest side that a tile computes, at least 4·overlap.
        overlap: context around the owned part; both are rounded to multiples of 32.
    """
    overlap = math.ceil(overlap / MULTIPLE) * MULTIPLE
    tile = max(tile // MULTIPLE * MULTIPLE, 2 * overlap + MULTIPLE)
    return tuple(
        Tile(rows, columns)
        for rows in _spans(size[0], tile=tile, overlap=overlap)
        for columns in _spans(size[1], tile=tile, overlap=overlap)
    )


def _spans(length: int, *, tile: int, overlap: int) -> Iterator[Span]:
    if length <= tile:
        yield Span(0, length, 0, length)
        return
    count = math.ceil((length - 2 * overlap) / (tile - 2 * overlap))
    edges = [round(length * i / count / MULTIPLE) * MULTIPLE for i in range(count + 1)]
    for own_start, own_stop in itertools.pairwise(edges):
        yield Span(max(0, own_start - overlap), min(length, own_stop + overlap), own_start, own_stop)
