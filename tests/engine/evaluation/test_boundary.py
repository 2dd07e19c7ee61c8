"""Boundary IoU against the authors' recipe, one mask at a time, and against its laws."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from engine.cascade.result import IGNORE
from engine.evaluation.boundary import BoundaryCounts, band_width, inner_boundary

CLASSES = 3


def label_maps(*values: int) -> st.SearchStrategy[np.ndarray]:
    return nps.arrays(np.uint8, (12, 15), elements=st.sampled_from(values))


def _band(mask: np.ndarray, distance: int) -> np.ndarray:
    """The paper's inner boundary of one mask: the mask without its `distance` erosions, zeros around the image."""
    padded = np.pad(mask.astype(np.uint8), 1)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=distance)[1:-1, 1:-1]
    return mask & ~eroded.astype(bool)


def _brute_force(truth: np.ndarray, prediction: np.ndarray) -> list[float]:
    valid = truth != IGNORE
    distance = band_width(truth.shape)
    values = []
    for c in range(CLASSES):
        ours, theirs = (_band((m == c) & valid, distance) for m in (truth, prediction))
        either = int((ours | theirs).sum())
        values.append(int((ours & theirs).sum()) / either if either else math.nan)
    return values


def _blobs(seed: int, *, void: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    labels = np.zeros((60, 90), dtype=np.uint8)
    for _ in range(6):
        centre = (int(rng.integers(90)), int(rng.integers(60)))
        colour = IGNORE if void and rng.random() < 0.3 else int(rng.integers(CLASSES))
        cv2.circle(labels, centre, int(rng.integers(3, 25)), colour, -1)
    return labels


@pytest.mark.parametrize("seed", range(8))
def test_all_bands_at_once_equal_one_mask_at_a_time(seed: int) -> None:
    truth, prediction = _blobs(seed, void=True), _blobs(seed + 100)
    counts = BoundaryCounts(CLASSES)
    counts.add(truth, prediction)
    np.testing.assert_allclose(counts.per_class(), _brute_force(truth, prediction))
    for distance in (1, 2, 5):
        bands = inner_boundary(truth, distance)
        for c in range(CLASSES):
            np.testing.assert_array_equal(bands & (truth == c), _band(truth == c, distance))


def test_the_width_is_two_percent_of_the_diagonal() -> None:
    assert band_width((300, 400)) == 10
    assert band_width((4, 4)) == 1


def test_a_shifted_large_square_keeps_its_iou_and_loses_its_boundary() -> None:
    truth, prediction = (np.zeros((200, 200), dtype=np.uint8) for _ in range(2))
    truth[20:180, 20:180] = 1
    prediction[20:180, 26:186] = 1
    counts = BoundaryCounts(2)
    counts.add(truth, prediction)
    iou = 154 / 166
    assert counts.per_class()[1] < 0.6 < 0.9 < iou


@given(label_maps(0, 1, 2, IGNORE), label_maps(0, 1, 2))
@settings(max_examples=60, deadline=None)
def test_laws(truth: np.ndarray, prediction: np.ndarray) -> None:
    counts, again, perfect = (BoundaryCounts(CLASSES) for _ in range(3))
    counts.add(truth, prediction)
    values = counts.per_class()
    known = values[~np.isnan(values)]
    assert ((known >= 0) & (known <= 1)).all()
    again.add(truth, np.where(truth == IGNORE, 2 - prediction, prediction).astype(np.uint8))
    np.testing.assert_array_equal(again.either, counts.either)  # what is predicted on void changes nothing
    np.testing.assert_array_equal(again.shared, counts.shared)
    perfect.add(truth, np.where(truth == IGNORE, 0, truth).astype(np.uint8))
    assert all(value == 1.0 for value in perfect.per_class() if not math.isnan(value))
    present = set(np.unique(truth).tolist()) - {IGNORE}
    assert {c for c in range(CLASSES) if not math.isnan(perfect.per_class()[c])} == present
    mirrored = BoundaryCounts(CLASSES)
    mirrored.add(truth[:, ::-1], prediction[:, ::-1])
    np.testing.assert_array_equal(mirrored.shared, counts.shared)


@given(st.lists(st.tuples(label_maps(0, 1, IGNORE), label_maps(0, 1)), min_size=1, max_size=4), st.data())
@settings(max_examples=25, deadline=None)
def test_parts_merge_to_the_whole(pairs: list[tuple[np.ndarray, np.ndarray]], data: st.DataObject) -> None:
    whole, left, right = (BoundaryCounts(2) for _ in range(3))
    for truth, prediction in pairs:
        whole.add(truth, prediction)
        (left if data.draw(st.booleans()) else right).add(truth, prediction)
    left.merge(right)
    np.testing.assert_array_equal(left.shared, whole.shared)
    np.testing.assert_array_equal(left.either, whole.either)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="prediction"):
        BoundaryCounts(2).add(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8))
    with pytest.raises(ValueError, match="merge"):
        BoundaryCounts(2).merge(BoundaryCounts(3))
    with pytest.raises(ValueError, match="classes"):
        BoundaryCounts(255)
