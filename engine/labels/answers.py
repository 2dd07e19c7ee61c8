"""What a person has answered so far in a photo tells of the groups that are left.

Where a cat was taken for a dog, it is so in most of its parts. A group's probabilities are those of the model, which
counts as a few answers, and the answers that were given for groups of the same photo and proposed class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Float32
from engine.labels.hard_pixels import HardGroup, expected_gain

Float64 = NDArray[np.float64]

OPINION: Final = 4.0
"""How many answers the model's own opinion weighs: docs/adr/0040-order-of-the-tour.md."""


def learnt(mean: Float32, answers: Float64) -> Float64:
    """A group's K probabilities, given how often each class was the answer for groups like it."""
    return np.asarray((OPINION * mean + answers) / (OPINION + answers.sum()))


def ranked(
    groups: Sequence[HardGroup], answers: Iterable[tuple[int, int]], *, weights: Float32 | None = None
) -> tuple[HardGroup, ...]:
    """The groups by what a look at each is expected to put right now; among equals their order stays.

    Args:
        groups: of one photo.
        answers: proposed and given class of every group that a person has decided.
        weights: as for hard_groups().
    """
    if not groups:
        return ()
    said: dict[int, Float64] = {}
    for proposed, given in answers:
        counts = said.setdefault(proposed, np.zeros(len(groups[0].mean)))
        if given < len(counts):
            counts[given] += 1
    gains = {
        group.number: group.gain
        if group.label not in said
        else expected_gain(learnt(group.mean, said[group.label]), label=group.label, cells=group.cells, weights=weights)
        for group in groups
    }
    return tuple(sorted(groups, key=lambda group: -gains[group.number]))
