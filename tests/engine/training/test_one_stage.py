"""A network of one stage trains with one loss weight, through the loop that cascades use."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.cascade.layer_cascade import LayerCascade
from engine.evaluation.evaluate import Preparation, evaluate
from engine.training.loop import Trainer
from engine.training.stream import SampleStream
from tests.engine.cascade.one_stage import OneStageNetwork
from tests.engine.training.tiny import CLASS_NAMES, Squares, recipe


@pytest.mark.parametrize("stride", [1, 8])
def test_it_learns(stride: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, data = OneStageNetwork(classes=len(CLASS_NAMES), stride=stride), Squares()
    job = recipe({"iterations": 30, "loss_weights": [1.0], "lr": 0.1})

    def score() -> float:
        result = evaluate(
            LayerCascade(network.eval()),
            data,
            rhos=[0.9],
            preparation=Preparation(job.model.mean, job.model.std),
            dense_stages=True,
        )
        assert result.rows[0].shares == (1.0,)
        assert len(result.stages) == 1
        return float(np.nan_to_num(result.rows[0].scores.mean_iou))

    before = score()
    assert Trainer(network, SampleStream(data, seed=job.seed), job).run() == "finished"
    assert score() > before + 0.1
