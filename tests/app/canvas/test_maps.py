"""Which colours lie where, for every map and stage."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.maps import (
    SETTLED,
    VEILED,
    MapChoice,
    MapKind,
    full_map,
    grid_labels,
    label_table,
    live_map,
    stage_table,
    upsampled,
)
from engine.cascade.result import IGNORE, CascadeResult
from engine.cascade.thresholds import deciding_stages
from engine.rendering.colours import stage_colours
from tests.app.fakes import fake_result

RGB = np.random.default_rng(3).integers(0, 255, (64, 96, 3), dtype=np.uint8)


@pytest.fixture
def result() -> CascadeResult:
    return fake_result(RGB, 0.9)


def _argb(table: np.ndarray, index: int) -> tuple[int, int, int, int]:
    word = int(table[index])
    return word >> 24, word >> 16 & 255, word >> 8 & 255, word & 255


def test_the_final_labels_are_the_result_s_own(result: CascadeResult) -> None:
    shown = full_map(result, MapChoice(), sets=result.deciding_stage)
    assert shown.indices is result.label_map
    assert not shown.soft


def test_classes_have_their_colours_and_the_background_is_bare(result: CascadeResult) -> None:
    table = label_table(result)
    assert _argb(table, 12) == (255, *map(int, result.palette[12]))
    assert _argb(table, 0)[0] == 0
    assert _argb(table, IGNORE)[0] == 0


def test_an_isolated_class_keeps_its_colour_alone(result: CascadeResult) -> None:
    table = label_table(result, isolated=12)
    assert _argb(table, 12)[1:] == tuple(map(int, result.palette[12]))
    alpha, *colour = _argb(table, 7)
    assert 0 < alpha < 255
    assert max(colour) == 0


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_a_stage_s_view_shades_the_earlier_and_veils_the_later(result: CascadeResult, stage: int) -> None:
    shown = live_map(result, MapChoice(stage=stage), sets=result.deciding_stage).indices
    deciding = result.deciding_stage
    assert (shown[deciding < stage] == SETTLED).all()
    assert (shown[deciding > stage] == VEILED).all()
    own = deciding == stage
    assert own.any()
    assert (shown[own] == result.stages[stage - 1].labels[own]).all()


def test_the_full_size_view_of_a_stage_agrees_with_the_grid(result: CascadeResult) -> None:
    choice = MapChoice(stage=2)
    full = full_map(result, choice, sets=result.deciding_stage).indices
    assert full.shape == result.label_map.shape
    deciding = upsampled(result.deciding_stage, result.image_size)
    assert ((full == VEILED) == (deciding > 2)).all()
    assert ((full == SETTLED) == (deciding < 2)).all()


def test_pending_cells_keep_their_former_class_faintly(result: CascadeResult) -> None:
    sets = result.deciding_stage.copy()
    sets[:, :3] = 0
    shown = live_map(result, MapChoice(), sets=sets)
    former = grid_labels(result, result.deciding_stage)
    for row, column in ((0, 0), (4, 2)):
        strong, faint = int(shown.table[former[row, column]]), int(shown.table[shown.indices[row, column]])
        assert shown.indices[row, column] != former[row, column]
        assert faint >> 24 <= (strong >> 24) // 2


def test_with_very_many_classes_pending_cells_are_bare(result: CascadeResult) -> None:
    many = replace(result, class_names=tuple(f"c{n}" for n in range(150)), palette=np.full((150, 3), 9, dtype=np.uint8))
    sets = np.zeros_like(result.deciding_stage)
    shown = live_map(many, MapChoice(), sets=sets)
    assert not shown.table[shown.indices].any()


def test_the_stage_map_shows_who_decided(result: CascadeResult) -> None:
    shown = full_map(result, MapChoice(kind=MapKind.STAGES), sets=result.deciding_stage)
    assert (shown.indices == result.deciding_stage).all()
    table = stage_table(3)
    assert [_argb(table, n)[1:] for n in (1, 2, 3)] == [tuple(map(int, colour)) for colour in stage_colours(3)]
    assert table[0] == 0


def test_the_stage_map_of_a_stage_leaves_what_comes_later_bare(result: CascadeResult) -> None:
    shown = live_map(result, MapChoice(kind=MapKind.STAGES, stage=1), sets=result.deciding_stage).indices
    assert set(np.unique(shown)) == {0, 1}


def test_hard_pixels_are_those_of_the_last_stage(result: CascadeResult) -> None:
    shown = full_map(result, MapChoice(kind=MapKind.HARD), sets=result.deciding_stage).indices
    assert ((shown == 1) == result.hard).all()
    after_first = live_map(result, MapChoice(kind=MapKind.HARD, stage=1), sets=result.deciding_stage).indices
    assert ((after_first == 1) == (result.deciding_stage > 1)).all()


def test_confidence_is_the_result_s_own_or_a_stage_s(result: CascadeResult) -> None:
    final = full_map(result, MapChoice(kind=MapKind.CONFIDENCE), sets=result.deciding_stage)
    assert final.indices is result.confidence
    first = full_map(result, MapChoice(kind=MapKind.CONFIDENCE, stage=1), sets=result.deciding_stage)
    assert np.abs(first.indices / 255 - result.stages[0].confidence).max() < 0.003


def test_the_crf_s_labels_and_changes_are_shown(result: CascadeResult) -> None:
    labels = result.label_map.copy()
    labels[:10] = 5
    crf = SimpleNamespace(label_map=labels, changed=labels != result.label_map)
    shown = full_map(result, MapChoice(), sets=result.deciding_stage, crf=crf)
    assert shown.indices is labels
    diff = full_map(result, MapChoice(changes=True), sets=result.deciding_stage, crf=crf)
    assert ((diff.indices == 1) == crf.changed).all()


def test_a_stage_that_the_model_lacks_means_the_final_answer(result: CascadeResult) -> None:
    assert full_map(result, MapChoice(stage=9), sets=result.deciding_stage).indices is result.label_map


@given(
    rho=st.floats(0, 1), early=st.integers(1, 3), kind=st.sampled_from(MapKind), stage=st.sampled_from([None, 1, 2, 3])
)
def test_every_map_can_be_drawn_at_every_moment(rho: float, early: int, kind: MapKind, stage: int | None) -> None:
    result = fake_result(RGB, 0.95, stages=early)
    sets = deciding_stages(result.stages, (rho, rho), stage_count=3)
    for shown in (
        live_map(result, MapChoice(kind=kind, stage=stage), sets=sets),
        full_map(result, MapChoice(kind=kind, stage=stage), sets=sets),
    ):
        assert shown.indices.dtype == np.uint8
        assert shown.table.shape == (256,)
        assert shown.indices.shape in (result.grid_size, result.image_size)
