"""Accepting and forwarding as pure functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.result import StageOutput
from engine.cascade.thresholds import accepted, deciding_stages, expand_rho, shares_of
from engine.errors import SettingError


def stage(confidence: list[float], computed: list[bool] | None = None) -> StageOutput:
    values = np.array([confidence], dtype=np.float32)
    known = np.ones(values.shape, dtype=bool) if computed is None else np.array([computed])
    return StageOutput(np.zeros(values.shape, dtype=np.uint8), values, known)


def test_acceptance_is_strict() -> None:
    assert accepted(np.array([0.5, 1.0], dtype=np.float32), 1.0).tolist() == [False, False]
    assert accepted(np.array([0.5, 0.50001], dtype=np.float32), 0.5).tolist() == [False, True]


def test_cells_whose_next_stage_is_unknown_stay_open() -> None:
    stages = [stage([0.9, 0.5, 0.5, 0.5]), stage([0, 0.9, 0.3, 0], [False, True, True, False])]
    assert deciding_stages(stages, [0.8, 0.8], stage_count=3).tolist() == [[1, 2, 0, 0]]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_accepted_sets_grow_as_rho_falls(confidence: list[float], first: float, second: float) -> None:
    low, high = sorted((first, second))
    values = np.array(confidence, dtype=np.float32)
    assert not (accepted(values, high) & ~accepted(values, low)).any()


def test_shares_sum_to_one_when_all_is_decided() -> None:
    shares = shares_of(np.array([[1, 1, 2, 3]], dtype=np.uint8), stage_count=3)
    assert shares == (0.5, 0.25, 0.25)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), float("inf"), [0.5], [0.5, 2.0]])
def test_bad_rho_is_refused(bad: float | list[float]) -> None:
    with pytest.raises(SettingError, match="ρ"):
        expand_rho(bad, stage_count=3)


def test_one_rho_serves_every_threshold() -> None:
    assert expand_rho(0.9, stage_count=3) == (0.9, 0.9)
    assert expand_rho(1, stage_count=3) == (1.0, 1.0)
