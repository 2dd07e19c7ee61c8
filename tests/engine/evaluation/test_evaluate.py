"""Evaluation of a cascade against the same run by hand."""

from __future__ import annotations

import logging
import time

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.preparation import resized
from engine.cascade.session import CascadeSession, SessionOptions
from engine.errors import SettingError
from engine.evaluation.confusion import ConfusionMatrix
from engine.evaluation.evaluate import Preparation, ScoringOptions, evaluate, evaluate_model, tally_images
from engine.evaluation.tally import Tally
from engine.evaluation.views import Answer, PhotoViews, Views
from tests.engine.training.tiny import CLASS_NAMES, Squares, TinyNetwork

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


def _model(*, seed: int = 1, side: int = 640) -> CascadeModel:
    torch.manual_seed(seed)
    info = ModelInfo("tiny", "", "", CLASS_NAMES, Squares.palette, PREPARATION.mean, PREPARATION.std, 0.5, {}, side)
    return CascadeModel(info, LayerCascade(TinyNetwork().eval()), "cpu", "fp32", 1)


def test_views_are_averaged_at_the_size_of_the_labels(cascade: LayerCascade) -> None:
    model, rgb = _model(), Squares(1, side=75).load(0).rgb
    answer = PhotoViews(model, rgb, Views(scales=(1.0, 2.0), flip=True)).run(0.45)
    total = np.zeros((3, 75, 75), dtype=np.float64)
    for side in (64, 128):
        scaled = resized(rgb, (side, side))
        for mirrored in (False, True):
            view = np.ascontiguousarray(scaled[:, ::-1]) if mirrored else scaled
            result = CascadeSession(model, view, options=SessionOptions(max_side=0)).run(0.45)
            planes = F.interpolate(
                torch.from_numpy(result.probabilities)[None], (75, 75), mode="bilinear", align_corners=False
            )[0].numpy()
            total += planes[:, :, ::-1] if mirrored else planes
    np.testing.assert_allclose(answer.probabilities, total / 4, atol=2e-5)
    np.testing.assert_array_equal(answer.label_map, answer.probabilities.argmax(axis=0))
    assert answer.decided.sum() == 2 * (8 * 8 + 16 * 16)


def test_a_mirrored_photo_with_flip_gives_the_mirrored_answer(cascade: LayerCascade) -> None:
    model, rgb = _model(), Squares(1).load(0).rgb
    views = Views(flip=True)
    straight = PhotoViews(model, rgb, views).run(0.45)
    mirrored = PhotoViews(model, np.ascontiguousarray(rgb[:, ::-1]), views).run(0.45)
    np.testing.assert_allclose(straight.probabilities, mirrored.probabilities[:, :, ::-1], atol=1e-6)


def test_each_stage_alone_is_averaged_over_views_too(cascade: LayerCascade) -> None:
    photo = PhotoViews(_model(), Squares(1).load(0).rgb, Views(scales=(0.5, 1.0)))
    alone = photo.dense_stages()
    np.testing.assert_array_equal(alone[2].probabilities, photo.run(1.0).probabilities)
    np.testing.assert_array_equal(alone[0].probabilities, photo.run(0.0).probabilities)
    with pytest.raises(ValueError, match="before"):
        photo.dense_stages()


def test_large_photos_are_computed_in_tiles(cascade: LayerCascade) -> None:
    model, data = _model(), Squares(1, side=256)
    starts: list[tuple[int, ...]] = []
    original = type(model.cascade.network).first

    def first(network: TinyNetwork, image: torch.Tensor) -> torch.Tensor:
        starts.append(tuple(image.shape))
        return original(network, image)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model.cascade.network), "first", first)
        options = ScoringOptions(views=Views(max_side=0, tile=128, overlap=32))
        tiled = evaluate_model(model, data, rhos=[0.0], options=options)
    whole = evaluate_model(model, data, rhos=[0.0], options=ScoringOptions(views=Views(max_side=0)))
    assert len(starts) > 1
    assert max(starts[0][2:]) <= 128
    # Stage 1 of this network sees no further than its own cell, so tiles change nothing.
    np.testing.assert_array_equal(tiled.rows[0].scores.per_class, whole.rows[0].scores.per_class)


@pytest.mark.parametrize("shares", [[[0, 1, 2, 3, 4]], [[4], [0, 2], [3, 1]], [[0], [1], [2], [3], [4]]])
def test_any_sharing_out_of_images_gives_the_same_evaluation(cascade: LayerCascade, shares: list[list[int]]) -> None:
    model, data = _model(), Squares(5, unreadable=frozenset({3}))
    options = ScoringOptions(boundary=True, dense_stages=True)
    whole = evaluate_model(model, data, rhos=[0.6, 0.45], options=options)
    merged: Tally | None = None
    for indices in shares:
        part = Tally([0.6, 0.45], class_count=3, stage_count=3, boundary=True, dense_stages=True)
        assert tally_images(part, model, data, options=options, indices=indices, cancel=CancelToken())
        if merged is None:
            merged = part
        else:
            merged.merge(part)
    assert merged is not None
    result = merged.evaluation()
    assert (result.images, result.failed) == (whole.images, whole.failed) == (4, ("square3",))
    for ours, theirs in zip(result.rows, whole.rows, strict=True):
        np.testing.assert_array_equal(ours.scores.per_class, theirs.scores.per_class)
        assert ours.shares == theirs.shares
        assert ours.boundary_iou == theirs.boundary_iou
    for mine, yours in zip(result.stages, whole.stages, strict=True):
        np.testing.assert_array_equal(mine.per_class, yours.per_class)


def test_tallies_that_count_different_things_do_not_merge() -> None:
    with pytest.raises(ValueError, match="do not count"):
        Tally([0.5], class_count=3, stage_count=3).merge(Tally([0.6], class_count=3, stage_count=3))


def test_cancelling_keeps_the_images_done_whole(cascade: LayerCascade) -> None:
    token = CancelToken()

    def stop(done: int, total: int) -> None:
        if done == 2:
            token.cancel()

    model, data = _model(), Squares(4)
    options = ScoringOptions(boundary=True, dense_stages=True)
    some = evaluate_model(model, data, rhos=[0.6, 0.45], options=options, on_image=stop, cancel=token)
    first = evaluate_model(model, data, rhos=[0.6, 0.45], options=options, indices=[0, 1])
    assert not some.complete
    assert first.complete
    assert some.images == 2
    for ours, theirs in zip(some.rows, first.rows, strict=True):
        np.testing.assert_array_equal(ours.scores.per_class, theirs.scores.per_class)


def test_refinement_is_scored_and_timed_and_label_maps_are_kept(cascade: LayerCascade) -> None:
    kept: list[tuple[str, float]] = []
    data = Squares(2)

    def perfect(rgb: np.ndarray, answer: Answer) -> np.ndarray:
        time.sleep(0.02)
        truth = next(data.load(i).labels for i in range(2) if np.array_equal(data.load(i).rgb, rgb))
        return np.where(truth == 255, 0, truth).astype(np.uint8)

    options = ScoringOptions(refine=perfect, keep=lambda name, rho, labels: kept.append((name, rho)))
    result = evaluate_model(_model(), data, rhos=[0.6, 0.4], options=options)
    assert [row.scores.mean_iou for row in result.rows] == [1.0, 1.0]
    assert all(row.median_ms > 20 and row.median_ms > sum(row.stage_ms) for row in result.rows)
    assert kept == [("square0", 0.6), ("square0", 0.4), ("square1", 0.6), ("square1", 0.4)]


@pytest.mark.parametrize("scales", [(), (0.0,), (-1.0,), (float("nan"),), (9.0,)])
def test_impossible_scales_are_refused(scales: tuple[float, ...]) -> None:
    with pytest.raises(SettingError, match="scales"):
        Views(scales=scales)
