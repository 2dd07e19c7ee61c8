"""The accepted sets at a ρ that no finished run belongs to yet: pure functions of cached stage outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.cascade.result import CascadeResult, StageOutput, UInt8
from engine.cascade.thresholds import deciding_stages, expand_rho


def sets_at(stages: Sequence[StageOutput], rho: float, *, stage_count: int) -> UInt8:
    """h×w uint8: the stage that decides each cell at ρ, 0 where no cached answer tells."""
    return deciding_stages(stages, expand_rho(rho, stage_count=stage_count), stage_count=stage_count)


def better_known(shown: Sequence[StageOutput], partial: CascadeResult, rho: float) -> tuple[StageOutput, ...]:
    """Of the outputs on the screen and those of a run under way, the ones that leave fewer cells pending at ρ.

    A run that has only its first stage knows less about a new ρ than the finished run before it; taking it would make
    the sets flicker.
    """
    if not shown or shown[0].computed.shape != partial.stages[0].computed.shape:
        return partial.stages
    count = partial.stage_count
    pending_shown = np.count_nonzero(sets_at(shown, rho, stage_count=count) == 0)
    pending_partial = np.count_nonzero(sets_at(partial.stages, rho, stage_count=count) == 0)
    return partial.stages if pending_partial < pending_shown else tuple(shown)
