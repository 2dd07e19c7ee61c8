"""What the cascade knows, turned into places to look at and labels to accept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.errors import DataError
from engine.labels.accept_easy import accept_easy
from engine.labels.area import Area
from engine.labels.audit import audit_labels
from engine.labels.document import LabelDocument
from engine.labels.flips import flip_map
from engine.labels.hard_pixels import hard_groups, hard_mask, stage_disagreement
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit, Selection, painted
from engine.labels.statistics import label_statistics
from engine.rendering.geometry import resize_labels
from tests.engine.labels.results import random_result

EIGHT = np.ones((3, 3))


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_tour_visits_every_hard_pixel_once(seed: int, split: bool) -> None:
    result = random_result(seed)
    found = hard_groups(result, split_by_label=split)
    visits = np.zeros(result.image_size, dtype=int)
    for group in found.tour:
        selection = found.selection(group)
        visits[selection.area.slices] += selection.mask
        assert ndimage.label(found.groups == group.number, EIGHT)[1] == 1
        assert group.cells == (found.groups == group.number).sum()
        assert 2 <= len(group.candidates) <= 3
        shares = [candidate.probability for candidate in group.candidates]
        assert shares == sorted(shares, reverse=True)
        if split:
            assert set(result.label_map[selection.area.slices][selection.mask]) == {group.label}
    np.testing.assert_array_equal(visits, hard_mask(result).astype(int))
    ranks = [group.rank for group in found.tour]
    assert ranks == sorted(ranks, reverse=True)
    if not split:
        assert len(found.tour) == ndimage.label(result.hard, EIGHT)[1]


def test_disagreement_counts_pairs_of_stages() -> None:
    result = random_result(1)
    found = stage_disagreement(result)
    for row, column in np.ndindex(result.grid_size):
        said = [int(s.labels[row, column]) for s in result.stages if s.computed[row, column]]
        pairs = [(a, b) for i, a in enumerate(said) for b in said[:i]]
        assert found[row, column] == pytest.approx(sum(a != b for a, b in pairs) / len(pairs) if pairs else 0)


def test_small_groups_can_be_left_out() -> None:
    result = random_result(2)
    every, large = hard_groups(result), hard_groups(result, at_least=2)
    assert [group.area for group in large.tour] == [group.area for group in every.tour if group.cells >= 2]
    assert 0 < len(large.tour) < len(every.tour)


@pytest.mark.parametrize("up_to", [1, 2, 3])
def test_accept_easy_is_one_step_and_spares_what_people_did(up_to: int) -> None:
    result = random_result(3)
    document = LabelDocument.empty(result.image_size)
    document.apply(painted(Selection(Area(10, 10, 40, 40), np.ones((30, 30), dtype=bool)), 9))
    before = document.labels.copy()
    change = document.apply(accept_easy(result, document.provenance, up_to_stage=up_to))
    assert change is not None
    assert document.history.state.length == 2
    assert (document.labels[10:40, 10:40] == 9).all()
    assert (document.provenance[10:40, 10:40] == HUMAN).all()
    stages = resize_labels(result.deciding_stage, result.image_size)
    free = document.provenance != HUMAN
    easy = free & (stages <= up_to)
    np.testing.assert_array_equal(document.labels[easy], result.label_map[easy])
    np.testing.assert_array_equal(document.provenance[easy], stages[easy])
    assert (document.labels[free & ~easy] == 255).all()
    document.undo()
    np.testing.assert_array_equal(document.labels, before)
    with pytest.raises(DataError, match="does not fit"):
        accept_easy(result, np.zeros((2, 2), np.uint8))


@given(st.integers(0, 10**6), st.floats(0.3, 0.99))
@settings(max_examples=40, deadline=None)
def test_flips_are_confident_opinions_overturned(seed: int, confident: float) -> None:
    result = random_result(seed)
    flips = flip_map(result, confident=confident)
    for row, column in np.ndindex(result.grid_size):
        decider = int(result.deciding_stage[row, column])
        final = int(result.stages[decider - 1].labels[row, column])
        overturned = [
            (float(stage.confidence[row, column]), int(stage.labels[row, column]))
            for stage in result.stages[: decider - 1]
            if stage.labels[row, column] != final and stage.confidence[row, column] >= confident
        ]
        assert flips.mask[row, column] == bool(overturned)
        if overturned:
            best = max(overturned)
            assert (flips.confidence[row, column], flips.before[row, column]) == best
            assert flips.after[row, column] == final


def test_the_audit_finds_a_planted_mistake_and_nothing_else() -> None:
    result = random_result(4)
    sure = dataclasses.replace(
        result,
        deciding_stage=np.ones_like(result.deciding_stage),
        stages=(dataclasses.replace(result.stages[0], confidence=np.full(result.grid_size, 0.97, np.float32)),),
    )
    labels = result.label_map.copy()
    assert audit_labels(labels, sure) == ()
    labels[5:20, 10:30] = (labels[5:20, 10:30] + 1) % 4
    labels[40:50, 40:60] = 255
    found = audit_labels(labels, sure, at_least=1)
    touched = np.zeros(labels.shape, dtype=bool)
    for place in found:
        area, mask = place.selection.area, place.selection.mask
        assert place.pixels == mask.sum()
        assert (labels[area.slices][mask] == place.saved).all()
        assert (result.label_map[area.slices][mask] == place.suggested).all()
        assert place.confidence == pytest.approx(0.97)
        touched[area.slices] |= mask
    expected = np.zeros(labels.shape, dtype=bool)
    expected[5:20, 10:30] = True
    np.testing.assert_array_equal(touched, expected)
    assert [place.pixels for place in found] == sorted((place.pixels for place in found), reverse=True)
    assert audit_labels(labels, sure, confident=0.98) == ()


def test_statistics_count_every_pixel() -> None:
    document = LabelDocument.empty((4, 5))
    document.apply(Edit(Area(0, 0, 2, 5), np.ones((2, 5), dtype=bool), 3, 1))
    found = label_statistics(document.labels, document.provenance)
    assert (found.by_class, found.by_provenance) == ({3: 10, 255: 10}, {0: 10, 1: 10})
