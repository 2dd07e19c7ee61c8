"""The masked forward pass of training is the cascade of test time."""

from __future__ import annotations

import pytest
import torch

from engine.cascade.layer_cascade import LayerCascade, merged_probabilities
from engine.training.forward import dense_scores, region_scores
from tests.engine.cascade.tiny import TinyNetwork

IMAGE = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(5))


def _rho(network: TinyNetwork, share: float) -> float:
    confidence = torch.softmax(network.all_scores(IMAGE)[0], dim=1).amax(dim=1)
    return float(confidence.flatten().quantile(share).detach())


def test_dense_scores_are_those_of_the_deeply_supervised_network_up_to_the_depth() -> None:
    network = TinyNetwork()
    expected = network.all_scores(IMAGE)
    for depth in (1, 2, 3):
        stages = dense_scores(network, IMAGE, depth=depth)
        assert len(stages) == depth
        for stage, scores in zip(stages, expected, strict=False):
            assert stage.region is None
            assert torch.equal(stage.scores, scores)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_region_scores_merge_to_what_the_cascade_answers(share: float) -> None:
    network = TinyNetwork()
    rho = _rho(network, share)
    states = LayerCascade(network)(IMAGE, rho)
    stages = region_scores(network, IMAGE, depth=3, rho=rho)
    assert len(stages) == 3
    for stage, state in zip(stages[1:], states[1:], strict=True):
        assert stage.region is not None
        assert torch.equal(stage.region, state.index.mask())
        assert 0 < len(state.index) < stage.region.numel()
    merged = merged_probabilities(states)
    torch.testing.assert_close(stages[-1].scores.exp().permute(0, 2, 3, 1), merged)


def test_rho_one_is_the_dense_pass_and_rho_zero_stops_after_stage_one() -> None:
    network = TinyNetwork()
    full = region_scores(network, IMAGE, depth=3, rho=1.0)
    for stage, dense in zip(full, dense_scores(network, IMAGE, depth=3), strict=True):
        assert stage.region is None or stage.region.all()
        torch.testing.assert_close(stage.scores, torch.log_softmax(dense.scores, dim=1))
    assert len(region_scores(network, IMAGE, depth=3, rho=0.0)) == 1


def test_a_later_stage_sends_no_gradient_into_what_it_did_not_compute() -> None:
    network = TinyNetwork()
    stages = region_scores(network, IMAGE, depth=2, rho=_rho(network, 0.5))
    outside = ~stages[1].region.unsqueeze(1)  # type: ignore[union-attr]
    (stages[1].scores * outside).sum().backward()
    for parameter in network.parameters():
        assert parameter.grad is None or torch.count_nonzero(parameter.grad) == 0
