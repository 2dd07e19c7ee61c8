"""Pixels that an edit must leave alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import Bool, UInt8
from engine.labels.area import Area
from engine.labels.provenance import HUMAN


@dataclass(frozen=True, eq=False)
class Locks:
    """What is protected.

    Attributes:
        classes: pixels that carry one of these labels keep it (255 may be among them).
        human: pixels that a person decided keep their label.
        only: H×W bool or None; where given, pixels outside it are locked. With the hard pixels of a cascade here the
            brush paints undecided pixels only.
    """

    classes: frozenset[int] = frozenset()
    human: bool = False
    only: Bool | None = None


NO_LOCKS = Locks()


def unlocked(locks: Locks, area: Area, labels: UInt8, provenance: UInt8) -> Bool | None:
    """The pixels of an area that may change, h×w bool; None where all may.

    Args:
        labels, provenance: h×w uint8, what the area holds now.
    """
    free: Bool | None = None
    if locks.classes:
        table = np.ones(256, dtype=bool)
        table[list(locks.classes)] = False
        free = table[labels]
    if locks.human:
        not_human = provenance != HUMAN
        free = not_human if free is None else free & not_human
    if locks.only is not None:
        chosen = locks.only[area.slices]
        free = chosen if free is None else free & chosen
    return free
