"""Region convolution equals dense convolution of the masked map, values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.convolution import BatchNorm2d, Conv2d
from engine.cascade.fields import Masked, gather, scatter, values_of
from engine.cascade.fused import fuse
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_conv import region_conv, region_conv_from_dense
from tests.engine.cascade.masks import KINDS, make_mask

CASES = {
    "1x1": (Window((1, 1)), False),
    "3x3": (Window((3, 3), padding=(1, 1)), False),
    "1x7": (Window((1, 7), padding=(0, 3)), False),
    "7x1 dilated": (Window((7, 1), dilation=(2, 1), padding=(6, 0)), False),
    "3x3 dilated 4": (Window((3, 3), dilation=(4, 4), padding=(4, 4)), False),
    "depthwise": (Window((3, 3), padding=(1, 1)), True),
    "depthwise dilated": (Window((3, 3), dilation=(2, 2), padding=(2, 2)), True),
}


def reference(x: Tensor, mask: Tensor, weight: Tensor, bias: Tensor, window: Window, groups: int) -> Tensor:
    seen = x * mask.unsqueeze(1)
    dense = F.conv2d(seen, weight, bias, padding=window.padding, dilation=window.dilation, groups=groups)
    return dense.permute(0, 2, 3, 1)[mask]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_equals_the_dense_mask_reference_forward_and_backward(kind: str, case: str) -> None:
    torch.manual_seed(1)
    window, depthwise = CASES[case]
    inputs, outputs = 8, 8 if depthwise else 6
    groups = inputs if depthwise else 1
    mask = make_mask(kind, (2, 9, 11))
    index = RegionIndex.from_mask(mask)
    x = torch.randn(2, inputs, 9, 11, requires_grad=True)
    weight = torch.randn(outputs, inputs // groups, *window.kernel, requires_grad=True)
    bias = torch.randn(outputs, requires_grad=True)
    cotangent = torch.randn(len(index), outputs)

    truth = reference(x, mask, weight, bias, window, groups)
    expected = torch.autograd.grad((truth * cotangent).sum(), (x, weight, bias))
    rows = region_conv(gather(x, index), weight, bias, window=window, groups=groups).values
    found = torch.autograd.grad((rows * cotangent).sum(), (x, weight, bias))

    torch.testing.assert_close(rows, truth, atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_bf16_stays_near_fp32(case: str) -> None:
    torch.manual_seed(2)
    window, depthwise = CASES[case]
    groups = 8 if depthwise else 1
    index = RegionIndex.from_mask(make_mask("random", (1, 9, 11)))
    x = torch.randn(1, 8, 9, 11)
    weight, bias = torch.randn(8, 8 // groups, *window.kernel) / 8, torch.randn(8)
    exact = region_conv(gather(x, index), weight, bias, window=window, groups=groups).values
    half = region_conv(
        gather(x.bfloat16(), index), weight.bfloat16(), bias.bfloat16(), window=window, groups=groups
    ).values
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), exact, atol=0.08, rtol=0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stride", [1, 2])
def test_the_boundary_from_a_dense_map_may_be_strided_and_sees_true_neighbours(kind: str, stride: int) -> None:
    torch.manual_seed(3)
    window = Window((3, 3), stride=(stride, stride), padding=(1, 1))
    x = torch.randn(2, 5, 8, 10, requires_grad=True)
    weight, bias = torch.randn(4, 5, 3, 3), torch.randn(4)
    dense = F.conv2d(x, weight, bias, stride=stride, padding=1)
    mask = make_mask(kind, (2, dense.shape[2], dense.shape[3]))
    truth = dense.permute(0, 2, 3, 1)[mask]
    rows = region_conv_from_dense(x, RegionIndex.from_mask(mask), weight, bias, window=window).values
    torch.testing.assert_close(rows, truth, atol=1e-5, rtol=1e-5)
    cotangent = torch.randn_like(truth)
    ours = torch.autograd.grad((rows * cotangent).sum(), x)[0]
    theirs = torch.autograd.grad((truth * cotangent).sum(), x)[0]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_grouped_convolutions_that_are_not_depthwise_are_refused() -> None:
    index = RegionIndex.from_mask(make_mask("full", (1, 3, 3)))
    with pytest.raises(ValueError, match="groups"):
        region_conv(
            gather(torch.zeros(1, 8, 3, 3), index), torch.zeros(8, 2, 1, 1), None, window=Window((1, 1)), groups=4
        )


@pytest.mark.parametrize("kind", KINDS)
def test_scatter_undoes_gather_inside_and_is_zero_outside(kind: str) -> None:
    mask = make_mask(kind, (2, 4, 5))
    x = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(scatter(gather(x, RegionIndex.from_mask(mask))), x * mask.unsqueeze(1), atol=0, rtol=0)


@pytest.mark.parametrize("groups", [1, 6])
def test_folding_a_batch_norm_changes_nothing(groups: int) -> None:
    torch.manual_seed(4)
    conv, norm = Conv2d(6, 6, 3, padding=1, groups=groups, bias=groups == 1), BatchNorm2d(6).eval()
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x = torch.randn(1, 6, 5, 5)
    mask = make_mask("random", (1, 5, 5))
    for field in (x, gather(x, RegionIndex.from_mask(mask)), Masked(x, mask.unsqueeze(1))):
        expected = values_of(norm(conv(field)))
        torch.testing.assert_close(values_of(fuse(conv, norm)(field)), expected, atol=1e-5, rtol=1e-5)


def test_batch_statistics_of_a_region_are_refused() -> None:
    norm = BatchNorm2d(3).train()
    with pytest.raises(RuntimeError, match="frozen"):
        norm(gather(torch.zeros(1, 3, 2, 2), RegionIndex.from_mask(make_mask("full", (1, 2, 2)))))
