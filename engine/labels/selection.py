"""What a tool chooses, and what is to be done with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, Bool, UInt8
from engine.labels.area import Area, filled_part
from engine.labels.provenance import HUMAN, UNDECIDED


@dataclass(frozen=True, eq=False)
class Selection:
    """Chosen pixels.

    Attributes:
        area: where `mask` lies in the image; may be empty.
        mask: h×w bool of the area's shape.
    """

    area: Area
    mask: Bool

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.mask))


@dataclass(frozen=True, eq=False)
class Edit:
    """A change to be made to a label map.

    Attributes:
        area: where the arrays lie in the image.
        mask: h×w bool, the pixels that change.
        labels: h×w uint8, or one class for all; 255 = ignore.
        provenance: h×w uint8, or one value for all.
    """

    area: Area
    mask: Bool
    labels: UInt8 | int
    provenance: UInt8 | int


def nothing() -> Selection:
    """The empty selection."""
    return Selection(Area(0, 0, 0, 0), np.zeros((0, 0), dtype=bool))


def cropped(mask: Bool, area: Area) -> Selection:
    """A mask of `area` cut down to the rows and columns that hold something."""
    inner = filled_part(mask, area)
    if inner.empty:
        return nothing()
    return Selection(inner, mask[inner.within(area)])


def union(selections: list[Selection]) -> Selection:
    """Pixels that are in any of them."""
    filled = [selection for selection in selections if not selection.area.empty]
    if not filled:
        return nothing()
    area = filled[0].area
    for selection in filled[1:]:
        area = area.joined(selection.area)
    mask = np.zeros(area.shape, dtype=bool)
    for selection in filled:
        mask[selection.area.within(area)] |= selection.mask
    return Selection(area, mask)


def painted(selection: Selection, label: int, *, provenance: int = HUMAN) -> Edit:
    """Give the chosen pixels a class; by default as a person's decision."""
    return Edit(selection.area, selection.mask, label, provenance)


def erased(selection: Selection) -> Edit:
    """Make the chosen pixels undecided again."""
    return Edit(selection.area, selection.mask, IGNORE, UNDECIDED)
