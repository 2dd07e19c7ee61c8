"""Which groups of hard pixels a person has been through: told by the provenance, so it survives undo and restart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.cascade.result import UInt8
from engine.labels.area import Area
from engine.labels.hard_pixels import HardGroup, HardPixels
from engine.labels.provenance import HUMAN

_REVIEWED = 0.98  # of a group's pixels; a stroke along a border may miss a few


def reviewed_groups(hard: HardPixels, provenance: UInt8, groups: Iterable[HardGroup] | None = None) -> frozenset[int]:
    """Numbers of the groups whose pixels a person has decided.

    Args:
        provenance: H×W uint8 of the document.
        groups: those that are looked at; all where missing.
    """
    return frozenset(
        group.number
        for group in (hard.tour if groups is None else groups)
        if _human_share(hard, group, provenance) >= _REVIEWED
    )


def answer_of(hard: HardPixels, group: HardGroup, labels: UInt8) -> int:
    """The class that most of a group's pixels have in an H×W label map; 255 where they are undecided."""
    selection = hard.selection(group)
    return int(np.bincount(labels[selection.area.slices][selection.mask], minlength=1).argmax())


def groups_in(hard: HardPixels, area: Area) -> tuple[HardGroup, ...]:
    """The groups whose rectangle meets an area: those that an edit there may have changed."""
    return tuple(group for group in hard.tour if not group.area.clipped(area).empty)


def _human_share(hard: HardPixels, group: HardGroup, provenance: UInt8) -> float:
    selection = hard.selection(group)
    return float(np.mean(provenance[selection.area.slices][selection.mask] == HUMAN))
