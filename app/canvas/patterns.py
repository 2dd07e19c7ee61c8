"""Classes told apart without their colours: a pattern for each, and an outline where one meets another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]
Colours = NDArray[np.uint32]
PERIOD: Final = 12

_BLACK: Final = np.uint32(0xFF000000)
_WHITE: Final = np.uint32(0xFFFFFFFF)


def _tiles() -> NDArray[np.bool_]:
    """Kinds × 12 × 12: where a pattern leaves its mark. Neighbouring class ids look unlike each other."""
    rows, columns = np.indices((PERIOD, PERIOD))
    rising, falling = (rows + columns) % PERIOD < 2, (rows - columns) % PERIOD < 2
    lying, standing = rows % PERIOD < 2, columns % PERIOD < 2
    middle = PERIOD / 2 - 0.5
    dots = (rows - middle) ** 2 + (columns - middle) ** 2 < 6.5
    rings = np.abs(np.hypot(rows - middle, columns - middle) - 3.6) < 0.8
    checks = (rows < PERIOD // 2) ^ (columns < PERIOD // 2)
    return np.stack([rising, dots, lying, falling, checks, standing, rising | falling, rings, lying | standing])


_MARKS: Final = _tiles()
KINDS: Final = len(_MARKS)


def pattern_of(label: int) -> NDArray[np.bool_]:
    """12×12 bool, the pattern of a class; it repeats in both directions."""
    return np.asarray(_MARKS[label % KINDS])


def mark_is_light(red: int, green: int, blue: int) -> bool:
    """Whether marks on this colour are white: on dark colours; black on others."""
    return 299 * red + 587 * green + 114 * blue < 128_000


def mark_classes(colours: Colours, indices: Array, *, classes: int, left: int = 0, top: int = 0) -> None:
    """Draws patterns and outlines into colours in place.

    Args:
        colours: h×w premultiplied ARGB of the classes; where they are transparent no pattern is drawn.
        indices: h×w, the class of each pixel; those from `classes` on are no classes and keep their colours.
        left, top: where this piece begins, so that patterns meet from piece to piece.
    """
    if colours.size == 0:
        return
    painted = (indices < classes) & (colours >> 24 > 0)
    rows = (np.arange(top, top + indices.shape[0]) % PERIOD)[:, None]
    columns = (np.arange(left, left + indices.shape[1]) % PERIOD)[None, :]
    marked = painted & _MARKS[indices % KINDS, rows, columns]
    red, green, blue = ((colours[marked] >> shift) & 255 for shift in (16, 8, 0))
    light = 299 * red + 587 * green + 114 * blue < 128_000
    colours[marked] = np.where(light, _WHITE, _BLACK)
    across, down = indices[:, 1:] != indices[:, :-1], indices[1:] != indices[:-1]
    dark = np.zeros(indices.shape, dtype=bool)
    bright = np.zeros(indices.shape, dtype=bool)
    dark[:, :-1] |= across
    dark[:-1] |= down
    bright[:, 1:] |= across
    bright[1:] |= down
    # One side white, the other black: seen on every photo and every colour.
    colours[bright] = _WHITE
    colours[dark] = _BLACK
