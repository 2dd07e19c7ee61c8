"""The two forward passes of training: dense with masked labels, and masked as at test time (reference D10)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Field, Rows, gather, narrow, scatter
from engine.cascade.layer_cascade import forwarded
from engine.cascade.region import RegionIndex
from engine.training.losses import StageScores
from engine.training.passes import Passes


def dense_scores(network: Passes, image: Tensor, *, depth: int) -> list[StageScores]:
    """Scores of stages 1..depth for every cell; deeper stages are not computed."""
    field: Field = network.first(image)
    stages = [StageScores(_dense(network.classify(1, field)))]
    for stage in range(2, depth + 1):
        field = network.deeper(stage, field)
        stages.append(StageScores(_dense(network.classify(stage, field))))
    return stages


def region_scores(network: Passes, image: Tensor, *, depth: int, rho: float) -> list[StageScores]:
    """Scores of stages 1..depth, each later stage only at the cells that the one before does not accept at ρ.

    Features of the other cells are zero to it, exactly as at test time. ρ = 1 forwards all cells, still as rows: on
    CPUs they train faster than maps. Stops early where every cell is accepted. Scores are log-probabilities, so that
    those of different stages may stand side by side in one map.
    """
    features = network.first(image)
    merged = F.log_softmax(_dense(network.classify(1, features)).float(), dim=1)
    stages = [StageScores(merged)]
    keep = forwarded(merged.detach().amax(dim=1).exp(), rho)
    index = RegionIndex.from_mask(keep)
    field = gather(features, index)
    for stage in range(2, depth + 1):
        if len(index) == 0:
            break
        deeper = network.deeper(stage, field)
        scores = network.classify(stage, deeper)
        assert isinstance(deeper, Rows)
        assert isinstance(scores, Rows)
        answer = Rows(F.log_softmax(scores.values.float(), dim=1), index)
        region = index.mask()
        merged = torch.where(region.unsqueeze(1), scatter(answer), merged.detach())
        stages.append(StageScores(merged, region))
        field = narrow(deeper, forwarded(answer.values.detach().amax(dim=1).exp(), rho))
        index = field.index
    return stages


def _dense(field: Field) -> Tensor:
    assert isinstance(field, Tensor)
    return field
