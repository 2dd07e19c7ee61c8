"""Every block type on a region equals the dense×mask reference, forward and backward; so does its inference form."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.cascade.fields import Field, Masked, Rows, dense_of, gather, whole
from engine.cascade.fused import is_packed, pack_regions
from engine.cascade.region import RegionIndex
from engine.models.inverted_residual import InvertedResidual
from engine.models.mobilenetv2_cascade import Head, _fuse_all
from engine.models.optimise import fused_module
from tests.engine.cascade.masks import KINDS, make_mask
from tests.engine.models.blocks import REGION_BLOCKS, build_block

SIZE = (8, 10)


def assert_near(got: Tensor, truth: Tensor) -> None:
    """Within 1e-5 of the truth's own scale, where that is above 1."""
    assert got.shape == truth.shape
    if truth.numel():
        assert float((got - truth).abs().max()) <= 1e-5 * max(1.0, float(truth.abs().max()))


def features_for(channels: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(1, channels, *SIZE, generator=generator).relu()


def values_in(field: Field, index: RegionIndex) -> Tensor:
    if isinstance(field, Rows):
        return field.values
    return gather(field.values if isinstance(field, Masked) else field, index).values


def gradients(block: nn.Module, features: Tensor, mask: Tensor, *, rows: bool) -> dict[str, Tensor]:
    """Gradients of a weighted sum of the outputs in M, at the input's cells in M and at every parameter."""
    index = RegionIndex.from_mask(mask)
    x = features.clone().requires_grad_()
    field: Field = gather(x, index) if rows else Masked(x, mask.unsqueeze(1))
    outputs = values_in(block(field), index)
    weights = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(2))
    block.zero_grad()
    (outputs * weights).sum().backward()
    assert x.grad is not None
    named = {name: p.grad.clone() for name, p in block.named_parameters() if p.grad is not None}
    return {"input": gather(x.grad, index).values, **named}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REGION_BLOCKS)
def test_rows_equal_the_masked_reference(name: str, kind: str) -> None:
    channels, block = build_block(name)
    features, mask = features_for(channels), make_mask(kind, (1, *SIZE))
    index = RegionIndex.from_mask(mask)
    with torch.no_grad():
        truth = values_in(block(Masked(features, mask.unsqueeze(1))), index)
        assert_near(values_in(block(gather(features, index)), index), truth)
        if kind == "full":
            assert_near(gather(block(features), index).values, truth)


@pytest.mark.parametrize("kind", ["random", "blob", "single", "full"])
@pytest.mark.parametrize("name", REGION_BLOCKS)
def test_gradients_equal_the_masked_reference(name: str, kind: str) -> None:
    channels, block = build_block(name)
    features, mask = features_for(channels), make_mask(kind, (1, *SIZE))
    truth = gradients(block, features, mask, rows=False)
    got = gradients(block, features, mask, rows=True)
    assert got.keys() == truth.keys()
    for key, value in truth.items():
        assert_near(got[key], value)


def test_an_empty_region_has_gradients_too() -> None:
    channels, block = build_block("timm B")
    mask = make_mask("empty", (1, *SIZE))
    got = gradients(block, features_for(channels), mask, rows=True)
    assert all(not value.any() for value in got.values())


def for_inference(block: nn.Module) -> nn.Module:
    if isinstance(block, InvertedResidual | Head):
        _fuse_all(block)
        return block
    return fused_module(block)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REGION_BLOCKS)
@pytest.mark.usefixtures("either_way")
def test_the_inference_form_computes_the_same(name: str, kind: str) -> None:
    channels, block = build_block(name)
    features, mask = features_for(channels), make_mask(kind, (1, *SIZE))
    features = features.contiguous(memory_format=torch.channels_last)
    index = RegionIndex.from_mask(mask)
    masked = Masked(features, mask.unsqueeze(1))
    with torch.inference_mode():
        truth = values_in(block(masked), index)
        dense_truth = block(features)
        fast = for_inference(block)
        assert_near(values_in(fast(gather(features, index)), index), truth)
        assert_near(values_in(fast(masked), index), truth)
        assert_near(fast(features), dense_truth)
        pack_regions(fast)
        assert is_packed(fast)
        assert_near(values_in(fast(gather(features, index)), index), truth)
        assert_near(values_in(fast(masked), index), truth)
        assert_near(fast(features), dense_truth)
        assert_near(dense_of(fast(whole(features))), dense_truth)
