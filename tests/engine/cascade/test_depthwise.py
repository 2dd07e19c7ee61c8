"""Depthwise convolution: values and gradients against arithmetic in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.convolution import Conv2d
from engine.cascade.depthwise import depthwise_conv2d
from engine.cascade.fields import Field, Masked, gather, values_of
from engine.cascade.region import RegionIndex, Window

CHANNELS = 16


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _inputs(height: int, width: int, kernel: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(height * width)
    features = torch.randn(3, CHANNELS, height, width, generator=generator)
    weight = torch.randn(CHANNELS, 1, *kernel, generator=generator)
    bias = torch.randn(CHANNELS, generator=generator)
    upstream = torch.randn(3, CHANNELS, height, width, generator=generator)
    # Values that bf16 holds exactly, so that only the arithmetic can differ.
    features, weight, bias, upstream = (t.bfloat16().float() for t in (features, weight, bias, upstream))
    return features.contiguous(memory_format=torch.channels_last), weight, bias, upstream


def _relative(value: Tensor, truth: Tensor) -> float:
    return float((value.double() - truth).norm() / truth.norm())


@pytest.mark.parametrize("precision", ["fp32", "bf16", "autocast"])
@pytest.mark.parametrize(("height", "width"), [(36, 36), (13, 18), (37, 43), (3, 5)])
@pytest.mark.parametrize(
    ("kernel", "dilation"), [((3, 3), (1, 1)), ((3, 3), (2, 2)), ((3, 3), (4, 4)), ((1, 5), (1, 2)), ((5, 3), (3, 2))]
)
def test_values_and_all_gradients_are_those_of_exact_arithmetic(
    precision: str, height: int, width: int, kernel: tuple[int, int], dilation: tuple[int, int]
) -> None:
    padding = (dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2)
    window = Window(kernel, dilation, padding=padding)
    features, weight, bias, upstream = _inputs(height, width, kernel)

    exact = [t.double().requires_grad_() for t in (features, weight, bias)]
    truth = F.conv2d(*exact, padding=padding, dilation=dilation, groups=CHANNELS)
    truth.backward(upstream.double())

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    given = [t.to(dtype).requires_grad_() for t in (features, weight, bias)]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "autocast"):
        result = depthwise_conv2d(given[0], given[1], given[2], window=window)
    result.backward(upstream.to(result.dtype))

    tolerance = 1e-5 if precision == "fp32" else 1e-2
    assert result.shape == truth.shape
    assert _relative(result.detach(), truth.detach()) < tolerance
    for mine, reference in zip(given, exact, strict=True):
        assert mine.grad is not None
        assert reference.grad is not None
        assert _relative(mine.grad, reference.grad) < tolerance


@pytest.mark.parametrize("precision", ["fp32", "bf16", "autocast"])
@pytest.mark.parametrize(("height", "width"), [(36, 36), (13, 18), (2, 3)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_a_strided_one_has_the_gradients_of_exact_arithmetic(
    precision: str, height: int, width: int, with_bias: bool
) -> None:
    window = Window((3, 3), stride=(2, 2), padding=(1, 1))
    features, weight, bias, upstream = _inputs(height, width, (3, 3))
    upstream = upstream[:, :, ::2, ::2].contiguous(memory_format=torch.channels_last)
    inputs = (features, weight, bias) if with_bias else (features, weight)

    exact = [t.double().requires_grad_() for t in inputs]
    truth = F.conv2d(*exact, stride=2, padding=1, groups=CHANNELS)
    truth.backward(upstream.double())

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    given = [t.to(dtype).requires_grad_() for t in inputs]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "autocast"):
        result = depthwise_conv2d(given[0], given[1], given[2] if with_bias else None, window=window)
    result.backward(upstream.to(result.dtype))

    assert result.dtype == (torch.float32 if precision == "fp32" else torch.bfloat16)
    tolerance = 1e-5 if precision == "fp32" else 1e-2
    assert _relative(result.detach(), truth.detach()) < tolerance
    for mine, reference in zip(given, exact, strict=True):
        assert mine.grad is not None
        assert reference.grad is not None
        assert _relative(mine.grad, reference.grad) < tolerance


@pytest.mark.parametrize("form", ["dense", "masked", "rows"])
def test_a_depthwise_layer_learns_rightly_in_bf16_in_every_form(form: str) -> None:
    features, weight, _, upstream = _inputs(36, 38, (3, 3))
    layer = Conv2d(CHANNELS, CHANNELS, 3, padding=2, dilation=2, groups=CHANNELS, bias=False)
    layer.weight.data.copy_(weight)
    mask = torch.rand(3, 1, 36, 38, generator=torch.Generator().manual_seed(1)) < 0.6
    if form == "dense":
        mask = torch.ones_like(mask)
    index = RegionIndex.from_mask(mask.squeeze(1))

    exact = weight.double().requires_grad_()
    truth = F.conv2d(features.double() * mask, exact, padding=2, dilation=2, groups=CHANNELS)
    (truth * mask).backward(upstream.double())

    fields: dict[str, Field] = {"dense": features, "masked": Masked(features, mask), "rows": gather(features, index)}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answer = values_of(layer(fields[form]))
    (answer * mask if form == "masked" else answer).backward(
        gather(upstream, index).values.to(answer.dtype) if form == "rows" else upstream.to(answer.dtype)
    )
    assert layer.weight.grad is not None
    assert exact.grad is not None
    assert _relative(layer.weight.grad, exact.grad) < 1e-2
