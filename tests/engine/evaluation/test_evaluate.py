"""Evaluation of a cascade against the same run by hand."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.cascade.layer_cascade import LayerCascade
from engine.evaluation.confusion import ConfusionMatrix
from engine.evaluation.evaluate import Preparation, evaluate
from tests.engine.training.tiny import Squares, TinyNetwork

PREPARATION = Preparation((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture
def cascade() -> LayerCascade:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    return LayerCascade(TinyNetwork().eval())


def _image(rgb: np.ndarray) -> torch.Tensor:
    pixels = torch.from_numpy(rgb.astype(np.float32) / 255.0)
    return ((pixels - 0.5) / 0.25).permute(2, 0, 1).unsqueeze(0)


@torch.inference_mode()
def test_each_stage_alone_and_rho_one_equal_the_dense_network(cascade: LayerCascade) -> None:
    data = Squares(4)
    result = evaluate(cascade, data, rhos=[1.0], preparation=PREPARATION, dense_stages=True)
    expected = [ConfusionMatrix(3) for _ in range(3)]
    for index in range(4):
        sample = data.load(index)
        for matrix, scores in zip(expected, cascade.network.all_scores(_image(sample.rgb)), strict=True):
            pixels = F.interpolate(
                torch.softmax(scores, dim=1), sample.labels.shape, mode="bilinear", align_corners=False
            )
            matrix.add(sample.labels, pixels.argmax(dim=1)[0].numpy().astype(np.uint8))
    for stage, matrix in zip(result.stages, expected, strict=True):
        assert stage.mean_iou == pytest.approx(matrix.scores().mean_iou, abs=1e-3)
    assert result.rows[0].scores.mean_iou == pytest.approx(result.stages[2].mean_iou)
    assert result.rows[0].shares == (0.0, 0.0, 1.0)
    assert result.images == 4


def test_shares_sum_to_one_and_grow_as_rho_falls(cascade: LayerCascade) -> None:
    result = evaluate(cascade, Squares(4), rhos=[1.0, 0.6, 0.45, 0.0], preparation=PREPARATION)
    first = [row.shares[0] for row in result.rows]
    assert all(sum(row.shares) == pytest.approx(1.0) for row in result.rows)
    assert first == sorted(first)
    assert first[0] == 0.0
    assert 0.0 < first[2] < 1.0
    assert first[3] == 1.0
    assert all(row.median_ms > 0 for row in result.rows)


def test_rho_zero_is_stage_one_alone(cascade: LayerCascade) -> None:
    result = evaluate(cascade, Squares(4), rhos=[0.0], preparation=PREPARATION, dense_stages=True)
    np.testing.assert_array_equal(result.rows[0].scores.per_class, result.stages[0].per_class)


def test_unreadable_images_are_named_and_left_out(cascade: LayerCascade, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[tuple[int, int]] = []
    with caplog.at_level(logging.WARNING):
        result = evaluate(
            cascade,
            Squares(4, unreadable=frozenset({1})),
            rhos=[0.5],
            preparation=PREPARATION,
            on_image=lambda done, total: seen.append((done, total)),
        )
    assert result.failed == ("square1",)
    assert result.images == 3
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert "left out" in caplog.text


def test_a_subset_is_scored_as_if_it_were_the_set(cascade: LayerCascade) -> None:
    some = evaluate(cascade, Squares(4), rhos=[0.5], preparation=PREPARATION, indices=[0, 1])
    small = evaluate(cascade, Squares(2), rhos=[0.5], preparation=PREPARATION)
    np.testing.assert_array_equal(some.rows[0].scores.per_class, small.rows[0].scores.per_class)


def test_photos_of_any_size_are_scored_at_their_own_size(cascade: LayerCascade) -> None:
    result = evaluate(cascade, Squares(2, side=75), rhos=[0.5], preparation=PREPARATION)
    assert result.images == 2
