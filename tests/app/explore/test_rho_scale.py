"""The slider's scale: it and its inverse agree, rise, and reach both ends exactly."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.explore.rho_scale import TICKS, format_rho, nudged, position_of, rho_at, snapped

unit = st.floats(min_value=0.0, max_value=1.0, allow_nan=False)


@given(unit)
def test_the_inverse_gives_rho_back(rho: float) -> None:
    assert rho_at(position_of(rho)) == pytest.approx(rho, abs=1e-9)


@given(unit)
def test_the_inverse_gives_the_position_back(position: float) -> None:
    assert position_of(rho_at(position)) == pytest.approx(position, abs=1e-9)


@given(unit, unit)
def test_the_scale_rises(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert position_of(low) <= position_of(high)
    if high - low > 1e-9:
        assert position_of(low) < position_of(high)


def test_the_ends_are_exact() -> None:
    assert (position_of(0.0), position_of(1.0), rho_at(0.0), rho_at(1.0)) == (0.0, 1.0, 0.0, 1.0)


@given(st.floats(allow_nan=False))
def test_values_outside_are_taken_to_the_nearer_end(value: float) -> None:
    assert 0.0 <= position_of(value) <= 1.0
    assert 0.0 <= rho_at(value) <= 1.0


def test_ticks_keep_their_distance() -> None:
    places = [position_of(tick) for tick in TICKS]
    assert min(high - low for low, high in itertools.pairwise(places)) > 0.05


def test_equal_factors_of_the_distance_to_one_take_equal_steps() -> None:
    """log(1−ρ), as long as the softening is small beside it: .6 to .8 halves 1−ρ as .8 to .9 does."""
    assert position_of(0.8) - position_of(0.6) == pytest.approx(position_of(0.9) - position_of(0.8), rel=0.02)


@pytest.mark.parametrize("tick", TICKS)
def test_a_place_near_a_tick_snaps_to_it(tick: float) -> None:
    assert snapped(position_of(tick) - 0.004) == tick
    assert snapped(position_of(tick) + 0.02) != tick or tick == 1.0


@given(unit, st.integers(min_value=-40, max_value=40))
def test_nudging_moves_the_right_way_and_stays_inside(rho: float, steps: int) -> None:
    moved = nudged(rho, steps)
    assert 0.0 <= moved <= 1.0
    if steps > 0:
        assert moved >= round(rho, 5)
    if steps < 0:
        assert moved <= round(rho, 5) + 1e-5


@pytest.mark.parametrize(("start", "step", "reached"), [(0.0, 1, TICKS), (1.0, -1, TICKS[::-1])])
def test_nudging_along_the_slider_visits_every_tick(start: float, step: int, reached: tuple[float, ...]) -> None:
    visited, rho = [], start
    for _ in range(200):
        rho = nudged(rho, step)
        visited.append(rho)
    assert [rho for rho in dict.fromkeys(visited) if rho in TICKS] == [tick for tick in reached if tick != start]
    assert rho == 1.0 - start


@pytest.mark.parametrize(
    ("rho", "text"), [(0.985, "0.985"), (1.0, "1"), (0.0, "0"), (0.8, "0.8"), (0.123456, "0.12346")]
)
def test_text(rho: float, text: str) -> None:
    assert format_rho(rho) == text
