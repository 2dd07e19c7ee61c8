"""One pass over the images against the experiments one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel, ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.session import CascadeSession
from engine.evaluation.analysis import analyse
from engine.evaluation.difficulty import DifficultyCounts
from engine.evaluation.evaluate import ScoringOptions, evaluate_model
from engine.evaluation.stage_classes import StageClassCounts
from engine.refine.resampling import upsampled
from tests.engine.training.tiny import CLASS_NAMES, Squares, TinyNetwork

RHOS = (1.0, 0.6, 0.45)


@pytest.fixture
def model() -> CascadeModel:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    info = ModelInfo("tiny", "", "", CLASS_NAMES, Squares.palette, (0.5,) * 3, (0.25,) * 3, 0.45)
    return CascadeModel(info, LayerCascade(TinyNetwork().eval()), "cpu", "fp32", 1)


def test_it_equals_an_evaluation_and_the_experiments_one_by_one(model: CascadeModel) -> None:
    data = Squares(4, side=75, unreadable=frozenset({1}))
    result = analyse(model, data, rho=0.5, rhos=RHOS)
    alone = evaluate_model(model, data, rhos=(*RHOS, 0.5), options=ScoringOptions(boundary=True, dense_stages=True))
    assert result.evaluation.failed == alone.failed == ("square1",)
    assert [row.rho for row in result.evaluation.rows] == [1.0, 0.6, 0.45, 0.5]
    for ours, theirs in zip(result.evaluation.rows, alone.rows, strict=True):
        np.testing.assert_array_equal(ours.scores.per_class, theirs.scores.per_class)
        assert ours.shares == theirs.shares
    difficulty, stages = DifficultyCounts(3), StageClassCounts(3, 3)
    for index in (0, 2, 3):
        sample = data.load(index)
        dense = CascadeSession(model, sample.rgb).run(1.0)
        confidence = upsampled(dense.probabilities, (75, 75)).max(axis=0)
        difficulty.add(sample.labels, dense.label_map, confidence)
        stages.add(sample.labels, CascadeSession(model, sample.rgb).run(0.5).deciding_stage)
    assert result.difficulty == difficulty.summary(CLASS_NAMES)
    assert result.stage_classes == stages.summary(CLASS_NAMES, rho=0.5)


def test_cancelled_it_speaks_of_the_images_done(model: CascadeModel) -> None:
    token = CancelToken()
    result = analyse(model, Squares(4), rho=0.5, rhos=RHOS, on_image=lambda done, total: token.cancel(), cancel=token)
    assert not result.evaluation.complete
    assert result.evaluation.images == 1
    assert result.difficulty == analyse(model, Squares(1), rho=0.5, rhos=RHOS).difficulty
