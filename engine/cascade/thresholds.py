"""Accepting and forwarding as pure functions of cached confidences.

A stage accepts a cell when its confidence is strictly above ρ (reference D5), so ρ = 1 accepts nothing: float32
softmax can
reach 1.0 but never exceed it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import Bool, Float32, StageOutput, UInt8
from engine.errors import SettingError

# The values of the paper's Table 1.
PAPER_RHOS: Final = (1.0, 0.995, 0.985, 0.97, 0.95, 0.93, 0.9, 0.8)


def expand_rho(rho: float | Sequence[float], *, stage_count: int) -> tuple[float, ...]:
    """One threshold for each stage but the last; none for a network of one stage, for which a single ρ may be given.

    Raises:
        SettingError: a value is not a number in 0..1, or there are not stage_count - 1 of them.
    """
    one = isinstance(rho, int | float)
    given = (float(rho),) if isinstance(rho, int | float) else tuple(float(r) for r in rho)
    if not one and len(given) != stage_count - 1:
        raise SettingError(f"{len(given)} values of ρ given, the model has {stage_count - 1} thresholds")
    for value in given:
        if not (math.isfinite(value) and 0.0 <= value <= 1.0):
            raise SettingError(f"ρ must lie between 0 and 1, got {value:g}")
    return given * (stage_count - 1) if one else given


def accepted(confidence: Float32, rho: float) -> Bool:
    """Where confidence > ρ, strictly; same shape as confidence."""
    return np.asarray(confidence > np.float32(rho))


def deciding_stages(stages: Sequence[StageOutput], rho: Sequence[float], *, stage_count: int) -> UInt8:
    """The stage (1..n) that decides each cell at ρ, h×w uint8; 0 where the answer is not known yet.

    A cell is unknown when a stage that it would be forwarded to has not computed it.
    """
    undecided: NDArray[np.bool_] = np.ones_like(stages[0].computed)
    deciding = np.zeros(stages[0].computed.shape, dtype=np.uint8)
    for number, stage in enumerate(stages, start=1):
        known = undecided & stage.computed
        taken = known if number == stage_count else known & accepted(stage.confidence, rho[number - 1])
        deciding[taken] = number
        undecided = known & ~taken
    return deciding


def shares_of(deciding: UInt8, *, stage_count: int) -> tuple[float, ...]:
    """Fraction of the cells decided by each stage; sums to 1 when every cell is decided."""
    counts = np.bincount(deciding.ravel(), minlength=stage_count + 1)[1 : stage_count + 1]
    return tuple(float(c) / deciding.size for c in counts)
