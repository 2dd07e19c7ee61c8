"""A session keeps what a new ρ does not change, and never answers otherwise than a fresh one."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.cancel import Cancelled, CancelToken
from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.fields import Field
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.network import StagedNetwork
from engine.cascade.result import CascadeResult
from engine.cascade.session import CascadeSession, SessionOptions
from engine.errors import SettingError
from tests.engine.cascade.tiny import tiny_model

RHOS = (1.0, 0.9, 0.6, 0.5, 0.61, 0.6, 0.0, 0.9, (0.6, 0.9), (0.6, 0.3))
TILED = SessionOptions(max_side=0, tile=96, overlap=32)


def photo(height: int = 150, width: int = 210) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def assert_same(ours: CascadeResult, theirs: CascadeResult) -> None:
    for field in fields(CascadeResult):
        if field.name in {"milliseconds", "stages"}:
            continue
        np.testing.assert_array_equal(getattr(ours, field.name), getattr(theirs, field.name))
    for a, b in zip(ours.stages, theirs.stages, strict=True):
        np.testing.assert_array_equal(a.labels, b.labels)
        np.testing.assert_array_equal(a.confidence, b.confidence)
        np.testing.assert_array_equal(a.computed, b.computed)


@pytest.mark.parametrize("options", [SessionOptions(), TILED])
@pytest.mark.usefixtures("either_way")
def test_any_order_of_rho_equals_fresh_runs(options: SessionOptions) -> None:
    model, rgb = tiny_model(), photo()
    session = CascadeSession(model, rgb, options=options)
    for rho in RHOS:
        result = session.run(rho)
        assert_same(result, CascadeSession(model, rgb, options=options).run(rho))
        assert sum(result.shares) == pytest.approx(1.0, abs=1e-9)
        assert result.label_map.shape == (150, 210)
        assert result.complete


def test_stage_one_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()
    calls: list[int] = []
    original = type(model.cascade.network).first

    def counted(self: object, image: object) -> object:
        calls.append(1)
        return original(self, image)  # type: ignore[arg-type]

    monkeypatch.setattr(type(model.cascade.network), "first", counted)
    session = CascadeSession(model, photo())
    for rho in RHOS:
        session.run(rho)
    assert len(calls) == 1


def test_early_answers_fill_in_stage_by_stage() -> None:
    early: list[CascadeResult] = []
    final = CascadeSession(tiny_model(), photo()).run(0.6, on_stage=early.append)
    assert [len(r.stages) for r in early] == [1, 2]
    assert not any(r.complete for r in early)
    assert early[0].shares[0] == final.shares[0]
    assert all(sum(r.shares) == pytest.approx(1.0) for r in early)


def test_cancel_keeps_what_was_computed() -> None:
    session = CascadeSession(tiny_model(), photo(), options=TILED)
    token = CancelToken()

    def stop(_: CascadeResult) -> None:
        token.cancel()

    with pytest.raises(Cancelled):
        session.run(0.6, cancel=token, on_stage=stop)
    assert_same(session.run(0.6), CascadeSession(tiny_model(), photo(), options=TILED).run(0.6))


def test_results_are_kept_within_the_byte_budget() -> None:
    session = CascadeSession(tiny_model(), photo(), options=SessionOptions(cache_bytes=10))
    first = session.run(0.6)
    session.run(0.7)
    assert session.run(0.6) is not first
    roomy = CascadeSession(tiny_model(), photo())
    kept = roomy.run(0.6)
    roomy.run(0.7)
    assert roomy.run(0.6) is kept


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3000, 20)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    result = CascadeSession(tiny_model(), photo(*size)).run(0.6)
    assert result.label_map.shape == size


def test_bad_rho_is_refused() -> None:
    with pytest.raises(SettingError):
        CascadeSession(tiny_model(), photo()).run(1.5)


class Sampling(StagedNetwork):
    """One stage whose cell i says whether pixel 8·i is bright, as a network with corners on corners learns to."""

    stage_count = 1
    num_classes = 2

    def first(self, image: Tensor) -> Tensor:
        bright = image[:, :1, ::8, ::8]
        return torch.cat([-bright, bright], dim=1)

    def deeper(self, stage: int, features: Field) -> Field:
        raise ValueError

    def classify(self, stage: int, features: Field) -> Field:
        return features

    def optimised(self) -> Sampling:
        return self


def test_cells_on_corners_are_brought_to_the_middle() -> None:
    """Over all places of an edge within a cell, the label's edge is half a cell off unless the checkpoint says so."""

    def mean_error(metadata: dict[str, str]) -> float:
        half = (0.5, 0.5, 0.5)
        info = ModelInfo("s", "", "", ("dark", "bright"), np.zeros((2, 3), np.uint8), half, half, 1.0, metadata)
        model = CascadeModel(info, LayerCascade(Sampling()), "cpu", "fp32", 1)
        errors = []
        for edge in range(56, 64):
            rgb = np.zeros((64, 128, 3), dtype=np.uint8)
            rgb[:, edge:] = 255
            labels = CascadeSession(model, rgb, options=SessionOptions(max_side=0)).run(1.0).label_map
            errors.append(float((labels[32] == 0).sum()) - edge)
        return float(np.mean(errors))

    assert mean_error({}) > 3.0
    assert abs(mean_error({"cells": "corners"})) <= 1.0
