"""Convolution with a frozen batch norm: the fold is the same function, and everything in it learns."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from engine.cascade.convolution import BatchNorm2d, Conv2d, convolve_and_normalise
from engine.cascade.fields import Field, Masked, gather, values_of
from engine.cascade.region import RegionIndex


def _pair(*, groups: int) -> tuple[Conv2d, BatchNorm2d]:
    torch.manual_seed(0)
    conv, norm = Conv2d(8, 8, 3, padding=1, groups=groups, bias=False), BatchNorm2d(8)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2.0)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return conv, norm.eval()


@pytest.mark.parametrize("form", ["dense", "masked", "rows"])
@pytest.mark.parametrize("groups", [1, 8])
def test_values_and_gradients_are_those_of_one_after_the_other(form: str, groups: int) -> None:
    features = torch.randn(2, 8, 6, 7, generator=torch.Generator().manual_seed(1))
    mask = torch.rand(2, 6, 7, generator=torch.Generator().manual_seed(2)) < 0.6
    forms: dict[str, Field] = {
        "dense": features,
        "masked": Masked(features, mask.unsqueeze(1)),
        "rows": gather(features, RegionIndex.from_mask(mask)),
    }
    conv, norm = _pair(groups=groups)
    reference = copy.deepcopy((conv, norm))
    joint = values_of(convolve_and_normalise(conv, norm, forms[form]))
    plain = values_of(reference[1](reference[0](forms[form])))
    torch.testing.assert_close(joint, plain, atol=1e-5, rtol=1e-5)
    weights = torch.randn(joint.shape, generator=torch.Generator().manual_seed(3))
    (joint * weights).sum().backward()
    (plain * weights).sum().backward()
    for mine, theirs in zip(
        (*conv.parameters(), *norm.parameters()), (*reference[0].parameters(), *reference[1].parameters()), strict=True
    ):
        assert mine.grad is not None
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-4, rtol=1e-4)


def test_batch_statistics_are_left_to_the_batch_norm() -> None:
    conv, norm = _pair(groups=1)
    norm.train()
    assert norm.running_mean is not None
    before = norm.running_mean.clone()
    features = torch.randn(2, 8, 6, 7)
    answer = convolve_and_normalise(conv, norm, features)
    assert not torch.equal(norm.running_mean, before)
    # Batch statistics leave each channel with the shift as its mean.
    torch.testing.assert_close(values_of(answer).mean(dim=(0, 2, 3)), norm.bias, atol=1e-5, rtol=0)
