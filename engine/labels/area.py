"""Rectangles of pixels: the part of a label map that an edit may touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Area:
    """Rows top..bottom-1 and columns left..right-1, in pixels. Empty where bottom ≤ top or right ≤ left."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of_image(cls, shape: tuple[int, ...]) -> Area:
        """All of an H×W array."""
        return cls(0, 0, shape[0], shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        return max(0, self.bottom - self.top), max(0, self.right - self.left)

    @property
    def empty(self) -> bool:
        return self.bottom <= self.top or self.right <= self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of this area in an H×W array that contains it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, outer: Area) -> tuple[slice, slice]:
        """Index of this area in an array that holds `outer` alone."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )

    def clipped(self, outer: Area) -> Area:
        """The part that lies in `outer`; empty where they do not meet."""
        top, left = max(self.top, outer.top), max(self.left, outer.left)
        return Area(top, left, max(top, min(self.bottom, outer.bottom)), max(left, min(self.right, outer.right)))

    def grown(self, pixels: int) -> Area:
        return Area(self.top - pixels, self.left - pixels, self.bottom + pixels, self.right + pixels)

    def joined(self, other: Area) -> Area:
        """The smallest area that holds both; an empty one adds nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        return Area(
            min(self.top, other.top), min(self.left, other.left),
            max(self.bottom, other.bottom), max(self.right, other.right),
        )  # fmt: skip


def filled_part(mask: NDArray[np.bool_], area: Area) -> Area:
    """The smallest part of `area` that holds every set pixel of its h×w mask; an empty one where none is set."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return Area(0, 0, 0, 0)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return Area(area.top + top, area.left + left, area.top + bottom, area.left + right)
