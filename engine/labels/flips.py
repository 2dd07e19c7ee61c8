"""The flip map: cells where a later stage overturned an earlier one that had been confident."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, Bool, CascadeResult, Float32, UInt8


@dataclass(frozen=True, eq=False)
class Flips:
    """On the grid, for each cell the most confident opinion that was overturned.

    Attributes:
        mask: h×w bool.
        before: h×w uint8, the overturned class; 255 outside the mask.
        after: h×w uint8, the deciding stage's class; 255 outside the mask.
        confidence: h×w float32 in 0..1, the overturned stage's; 0 outside the mask.
    """

    mask: Bool
    before: UInt8
    after: UInt8
    confidence: Float32


def flip_map(result: CascadeResult, *, confident: float = 0.9) -> Flips:
    """Cells whose deciding stage differs from an earlier stage that had at least this confidence.

    An earlier stage's confidence never exceeds ρ in such a cell, or it would have decided it.
    """
    shape = result.grid_size
    final = np.full(shape, IGNORE, dtype=np.uint8)
    for number, stage in enumerate(result.stages, start=1):
        decided = result.deciding_stage == number
        final[decided] = stage.labels[decided]
    before = np.full(shape, IGNORE, dtype=np.uint8)
    confidence = np.zeros(shape, dtype=np.float32)
    for number, stage in enumerate(result.stages, start=1):
        flipped = (
            stage.computed
            & (result.deciding_stage > number)
            & (final != IGNORE)
            & (stage.labels != final)
            & (stage.confidence >= confident)
            & (stage.confidence > confidence)
        )
        before[flipped] = stage.labels[flipped]
        confidence[flipped] = stage.confidence[flipped]
    mask = before != IGNORE
    return Flips(mask, before, np.where(mask, final, np.uint8(IGNORE)), confidence)
