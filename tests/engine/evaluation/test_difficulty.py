"""Easy, moderate and hard pixels against their definitions, pixel by pixel."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from engine.cascade.result import IGNORE
from engine.evaluation.difficulty import (
    BOUNDARY_SHARE,
    DifficultyCounts,
    difficulty_sets,
    distance_to_other_label,
    figure,
    from_json,
    tables,
)

NAMES = ("background", "cat", "never")


def _distance_by_hand(labels: np.ndarray, row: int, column: int) -> int | None:
    others = np.argwhere(labels != labels[row, column])
    return int(np.abs(others - (row, column)).max(axis=1).min()) if len(others) else None


@given(nps.arrays(np.uint8, (7, 9), elements=st.sampled_from([0, 1, IGNORE])))
@settings(max_examples=60, deadline=None)
def test_distance_is_that_of_the_nearest_other_label(labels: np.ndarray) -> None:
    found = distance_to_other_label(labels)
    for row in range(7):
        for column in range(9):
            expected = _distance_by_hand(labels, row, column)
            assert found[row, column] == (1e6 if expected is None else expected)


def test_sets_follow_their_definition() -> None:
    truth = np.array([[0, 0, 1, 1, 1]], dtype=np.uint8)
    labels = np.array([[0, 1, 1, 0, 1]], dtype=np.uint8)
    confidence = np.array([[0.96, 0.96, 0.95, 0.5, 1.0]], dtype=np.float32)
    np.testing.assert_array_equal(difficulty_sets(truth, labels, confidence), [[0, 2, 1, 1, 0]])


def _image(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.zeros((60, 80), dtype=np.uint8)
    truth[15:45, 20:60] = 1
    truth[14, 20:60] = IGNORE
    labels = truth.copy()
    labels[truth == IGNORE] = 0
    labels[40:50, 20:60] ^= 1  # wrong around the lower edge
    return truth, labels, rng.random(truth.shape, dtype=np.float32) * 0.2 + 0.8


def test_counts_equal_those_by_hand_over_several_images() -> None:
    counts = DifficultyCounts(3)
    total = np.zeros((3, 3))
    near, everything = np.zeros(3), np.zeros(3)
    for seed in range(2):
        truth, labels, confidence = _image(seed)
        counts.add(truth, labels, confidence)
        for row, column in np.argwhere(truth != IGNORE):
            sure, right = confidence[row, column] > 0.95, labels[row, column] == truth[row, column]
            kind = (0 if right else 2) if sure else 1
            total[truth[row, column], kind] += 1
        sets, distances = difficulty_sets(truth, labels, confidence), distance_to_other_label(truth)
        for kind in range(3):
            mine = (sets == kind) & (truth != IGNORE)
            near[kind] += (mine & (distances <= 3)).sum()
            everything[kind] += mine.sum()
    result = counts.summary(NAMES)
    np.testing.assert_array_equal(counts.by_class, total)
    assert result.sets[2] is None
    np.testing.assert_allclose(result.sets[1], total[1] / total[1].sum())
    np.testing.assert_allclose(result.all_sets, total.sum(axis=0) / total.sum())
    three = next(row for row in result.boundaries if row.width == 3)
    np.testing.assert_allclose(three.of_sets, near / everything)
    assert three.of_all == pytest.approx(near.sum() / everything.sum())
    # The errors lie around an edge, so hard pixels are on boundaries more often than easy ones.
    assert three.of_sets[2] > three.of_sets[0]


def test_the_chosen_width_is_the_one_nearest_to_the_share_that_the_paper_implies() -> None:
    counts = DifficultyCounts(3)
    truth, labels, confidence = _image(0)
    counts.add(truth, labels, confidence)
    result = counts.summary(NAMES)
    distances = distance_to_other_label(truth)[truth != IGNORE]
    gaps = {d: abs((distances <= d).mean() - BOUNDARY_SHARE) for d in range(1, 30)}
    assert result.chosen_width == min(gaps, key=gaps.__getitem__)
    assert result.boundaries[0].width == result.chosen_width
    assert {row.width for row in result.boundaries} >= {3, 5, 10}


@given(st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_shares_sum_to_one_and_wider_bands_hold_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = DifficultyCounts(3)
    truth = rng.integers(0, 3, (12, 12), dtype=np.uint8)
    counts.add(truth, rng.integers(0, 3, (12, 12), dtype=np.uint8), rng.random((12, 12), dtype=np.float32))
    result = counts.summary(NAMES)
    assert result.all_sets is not None
    assert sum(result.all_sets) == pytest.approx(1.0)
    assert sum(result.class_shares) == pytest.approx(1.0)
    by_width = sorted(result.boundaries, key=lambda row: row.width)
    assert [row.of_all for row in by_width] == sorted(row.of_all for row in by_width if row.of_all is not None)


def test_results_survive_json_and_are_shown_with_and_without_published_values() -> None:
    counts = DifficultyCounts(3)
    counts.add(*_image(0))
    result = counts.summary(NAMES)
    again = from_json(json.loads(json.dumps(asdict(result))))
    assert again == result
    own, compared = tables(result), tables(result, compare=True)
    assert "published" not in own
    assert "| cat | 25.2 |" in own
    assert "55 / 41 / 3.7" in compared
    assert "68.0" in compared
    assert "published" in compared
    assert len(figure(result, compare=True).axes) == 2


def test_nothing_counted_is_shown_as_nothing() -> None:
    result = DifficultyCounts(2).summary(("a", "b"))
    assert result.all_sets is None
    assert "| a | 0.0 | – | – | – |" in tables(result)
    assert figure(result).axes
