"""Metrics against their definitions, spelt out with loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from engine.cascade.result import IGNORE
from engine.evaluation.confusion import ConfusionMatrix


def _brute_force(truth: np.ndarray, prediction: np.ndarray, classes: int) -> list[float]:
    """IoU of each class from sets of pixels."""
    values = []
    valid = truth != IGNORE
    for c in range(classes):
        here, there = (truth == c) & valid, (prediction == c) & valid
        union = int((here | there).sum())
        values.append(int((here & there).sum()) / union if union else math.nan)
    return values


@pytest.mark.parametrize("seed", range(5))
def test_iou_equals_sets_of_pixels_over_several_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = ConfusionMatrix(7)
    truths, predictions = [], []
    for _ in range(3):
        truth = rng.integers(0, 6, (13, 17), dtype=np.uint8)  # class 6 never occurs
        truth[rng.random(truth.shape) < 0.1] = IGNORE
        prediction = np.where(rng.random(truth.shape) < 0.6, truth, rng.integers(0, 5, truth.shape)).astype(np.uint8)
        prediction[prediction == IGNORE] = 0
        matrix.add(truth, prediction)
        truths.append(truth.ravel())
        predictions.append(prediction.ravel())
    truth, prediction = np.concatenate(truths), np.concatenate(predictions)
    expected = _brute_force(truth, prediction, 7)
    scores = matrix.scores()
    np.testing.assert_allclose(scores.per_class, expected)
    assert math.isnan(scores.per_class[6])
    assert scores.mean_iou == pytest.approx(np.nanmean(expected))
    valid = truth != IGNORE
    assert scores.pixel_accuracy == pytest.approx((truth == prediction)[valid].mean())
    recalls = [(prediction[truth == c] == c).mean() for c in range(6)]
    assert scores.mean_accuracy == pytest.approx(np.mean(recalls))
    assert matrix.counts.sum() == valid.sum()


def test_a_perfect_prediction_scores_one_and_a_constant_one_its_share() -> None:
    truth = np.repeat(np.arange(4, dtype=np.uint8), [10, 20, 30, 40]).reshape(10, 10)
    perfect = ConfusionMatrix(4)
    perfect.add(truth, truth)
    assert perfect.scores().mean_iou == 1.0
    constant = ConfusionMatrix(4)
    constant.add(truth, np.full_like(truth, 3))
    assert constant.scores().mean_iou == pytest.approx(0.4 / 4)


def test_a_class_only_predicted_counts_as_zero_and_one_absent_from_both_is_left_out() -> None:
    truth = np.zeros((2, 2), dtype=np.uint8)
    prediction = np.array([[0, 0], [0, 1]], dtype=np.uint8)
    matrix = ConfusionMatrix(3)
    matrix.add(truth, prediction)
    np.testing.assert_array_equal(matrix.scores().per_class, [0.75, 0.0, math.nan])
    assert matrix.scores().mean_iou == pytest.approx(0.375)


def test_void_pixels_change_nothing_and_swapping_truth_and_prediction_keeps_iou() -> None:
    rng = np.random.default_rng(0)
    truth, prediction = rng.integers(0, 3, (2, 20, 20), dtype=np.uint8)
    one, other, swapped = (ConfusionMatrix(3) for _ in range(3))
    one.add(truth, prediction)
    swapped.add(prediction, truth)
    np.testing.assert_allclose(one.scores().per_class, swapped.scores().per_class)
    voided = truth.copy()
    voided[:5] = IGNORE
    flipped = prediction.copy()
    flipped[:5] = 2 - flipped[:5]
    other.add(voided, flipped)
    expected = ConfusionMatrix(3)
    expected.add(truth[5:], prediction[5:])
    np.testing.assert_array_equal(other.counts, expected.counts)


def test_counts_do_not_overflow_the_types_of_label_maps() -> None:
    matrix = ConfusionMatrix(21)
    high = np.full((64, 64), 20, dtype=np.uint8)
    matrix.add(high, high)
    assert matrix.counts[20, 20] == 4096


def test_nothing_counted_is_not_a_number_and_wrong_input_is_refused() -> None:
    matrix = ConfusionMatrix(2)
    matrix.add(np.full((2, 2), IGNORE, dtype=np.uint8), np.zeros((2, 2), dtype=np.uint8))
    assert math.isnan(matrix.scores().mean_iou)
    assert math.isnan(matrix.scores().pixel_accuracy)
    with pytest.raises(ValueError, match="outside"):
        matrix.add(np.zeros((2, 2), dtype=np.uint8), np.full((2, 2), 2, dtype=np.uint8))
    with pytest.raises(ValueError, match="prediction"):
        matrix.add(np.zeros((2, 2), dtype=np.uint8), np.zeros((2, 3), dtype=np.uint8))


def test_frequency_weighted_iou_is_its_definition() -> None:
    truth = np.array([[0, 0, 0, 1], [1, IGNORE, 0, 0]], dtype=np.uint8)
    prediction = np.array([[0, 0, 1, 1], [1, 0, 2, 0]], dtype=np.uint8)
    matrix = ConfusionMatrix(4)
    matrix.add(truth, prediction)
    # 5 pixels of class 0 with IoU 3/5, 2 of class 1 with IoU 2/3; class 2 is predicted only, class 3 absent.
    assert matrix.scores().frequency_weighted_iou == pytest.approx((5 * 3 / 5 + 2 * 2 / 3) / 7)


LABELS = nps.arrays(np.uint8, (6, 7), elements=st.sampled_from([0, 1, 2, IGNORE]))
PREDICTIONS = nps.arrays(np.uint8, (6, 7), elements=st.integers(0, 2))


@given(st.lists(st.tuples(LABELS, PREDICTIONS), min_size=1, max_size=5), st.data())
@settings(max_examples=50, deadline=None)
def test_any_sharing_out_of_the_images_gives_the_same_matrix(
    pairs: list[tuple[np.ndarray, np.ndarray]], data: st.DataObject
) -> None:
    whole = ConfusionMatrix(3)
    parts = [ConfusionMatrix(3) for _ in range(3)]
    for truth, prediction in pairs:
        whole.add(truth, prediction)
        parts[data.draw(st.integers(0, 2))].add(truth, prediction)
    merged = ConfusionMatrix(3)
    for part in data.draw(st.permutations(parts)):
        merged.merge(part)
    np.testing.assert_array_equal(merged.counts, whole.counts)


@given(LABELS, PREDICTIONS)
@settings(max_examples=50, deadline=None)
def test_scores_lie_between_zero_and_one_and_perfect_is_one(truth: np.ndarray, prediction: np.ndarray) -> None:
    matrix, perfect = ConfusionMatrix(3), ConfusionMatrix(3)
    matrix.add(truth, prediction)
    perfect.add(truth, np.where(truth == IGNORE, 0, truth).astype(np.uint8))
    scores, best = matrix.scores(), perfect.scores()
    if (truth == IGNORE).all():
        assert math.isnan(scores.frequency_weighted_iou)
        return
    for name in ("mean_iou", "pixel_accuracy", "mean_accuracy", "frequency_weighted_iou"):
        assert 0.0 <= getattr(scores, name) <= 1.0
        assert getattr(best, name) == pytest.approx(1.0)
    assert scores.frequency_weighted_iou <= scores.pixel_accuracy + 1e-12


def test_matrices_of_other_classes_do_not_merge() -> None:
    with pytest.raises(ValueError, match="merge"):
        ConfusionMatrix(2).merge(ConfusionMatrix(3))
