"""The laws of the cascade."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cascade.fields import Masked, gather, values_of
from engine.cascade.layer_cascade import LayerCascade, merged_probabilities
from engine.cascade.region import RegionIndex
from tests.engine.cascade.masks import KINDS, make_mask
from tests.engine.cascade.tiny import TinyNetwork


@pytest.fixture
def image() -> torch.Tensor:
    return torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(5))


def test_rho_one_is_the_dense_deeply_supervised_network_exactly(image: torch.Tensor) -> None:
    network = TinyNetwork().eval()
    with torch.inference_mode():
        states = LayerCascade(network)(image, 1.0)
        dense = network.all_scores(image)
    for state, scores in zip(states, dense, strict=True):
        expected = torch.softmax(scores.permute(0, 2, 3, 1).reshape(-1, network.num_classes), dim=1)
        assert torch.equal(state.probabilities, expected)
    assert torch.equal(merged_probabilities(states).reshape(-1, network.num_classes), states[-1].probabilities)


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_regions_are_nested_and_stage_one_accepts_more_as_rho_falls(low: float, high: float) -> None:
    low, high = sorted((low, high))
    photo = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(6))
    cascade = LayerCascade(TinyNetwork())
    with torch.inference_mode():
        strict, loose = cascade(photo, high), cascade(photo, low)
    assert len(loose[1].index) <= len(strict[1].index)
    for states in (strict, loose):
        for before, after in itertools.pairwise(states):
            assert set(after.index.sites.tolist()) <= set(before.index.sites.tolist())
            accepted = before.confidence > (high if states is strict else low)
            assert set(before.index.sites[~accepted].tolist()) == set(after.index.sites.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_masked_reference_agree_through_both_stages(kind: str, image: torch.Tensor) -> None:
    network = TinyNetwork()
    mask = make_mask(kind, (2, 8, 12))
    index = RegionIndex.from_mask(mask)
    gradients = []
    for form in ("rows", "masked"):
        features = network.first(image)
        field = gather(features, index) if form == "rows" else Masked(features, mask.unsqueeze(1))
        scores = network.classify(3, network.deeper(3, network.deeper(2, field)))
        values = values_of(scores)
        rows = values if form == "rows" else gather(values, index).values
        network.zero_grad()
        (rows * torch.linspace(-1, 1, rows.numel()).reshape(rows.shape)).sum().backward()
        gradients.append([rows.detach()] + [p.grad.clone() for p in network.parameters() if p.grad is not None])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)


def test_the_dense_fallback_gives_the_same_answer(image: torch.Tensor) -> None:
    with torch.inference_mode():
        rows = LayerCascade(TinyNetwork(), dense_above=1.0)(image, 0.6)
        masked = LayerCascade(TinyNetwork(), dense_above=0.0)(image, 0.6)
    assert 0 < len(rows[2].index) < len(rows[1].index) < rows[0].index.sites.numel()
    for ours, theirs in zip(rows, masked, strict=True):
        torch.testing.assert_close(ours.probabilities, theirs.probabilities, atol=1e-5, rtol=1e-5)


def test_with_true_neighbours_every_stage_says_what_the_dense_network_says(image: torch.Tensor) -> None:
    network = TinyNetwork().eval()
    with torch.inference_mode():
        states = LayerCascade(network, context="identity")(image, (0.5, 0.45))
        zeros = LayerCascade(network)(image, (0.5, 0.45))
        dense = network.all_scores(image)
    assert 0 < len(states[2].index) < len(states[1].index) < len(states[0].index)
    for state, scores in zip(states, dense, strict=True):
        expected = gather(scores.softmax(dim=1), state.index).values
        torch.testing.assert_close(state.probabilities, expected)
    assert torch.equal(states[1].index.sites, zeros[1].index.sites)
    assert not torch.allclose(states[1].probabilities, zeros[1].probabilities)


def test_nothing_left_to_do_is_fine(image: torch.Tensor) -> None:
    with torch.inference_mode():
        states = LayerCascade(TinyNetwork())(image, 0.0)
    assert [len(s.index) for s in states] == [192, 0, 0]
    assert torch.equal(merged_probabilities(states).reshape(-1, 4), states[0].probabilities)


def test_one_threshold_for_each_stage(image: torch.Tensor) -> None:
    with torch.inference_mode():
        states = LayerCascade(TinyNetwork())(image, [1.0, 0.0])
    assert [len(s.index) for s in states] == [192, 192, 0]
