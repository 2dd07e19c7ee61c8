"""The accepted sets at a ρ that no finished run belongs to yet: pure functions of cached stage outputs."""

from __future__ import annotations

from collections.abc import Sequence

from engine.cascade.result import StageOutput, UInt8
from engine.cascade.thresholds import deciding_stages, expand_rho


def sets_at(stages: Sequence[StageOutput], rho: float, *, stage_count: int) -> UInt8:
    """h×w uint8: the stage that decides each cell at ρ, 0 where no cached answer tells."""
    return deciding_stages(stages, expand_rho(rho, stage_count=stage_count), stage_count=stage_count)
