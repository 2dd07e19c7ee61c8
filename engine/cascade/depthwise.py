"""Depthwise convolution with gradients that can be trusted on every device and in every precision."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.region import Window


def depthwise_conv2d(features: Tensor, weight: Tensor, bias: Tensor | None, *, window: Window) -> Tensor:
    """F.conv2d with one filter a channel.

    A strided one in bf16 takes its input gradient in fp32 on CPUs: oneDNN's bf16 form of it takes 4 to 100 times as
    long.

    On CPUs, PyTorch 2.13 leaves the weight gradient of a *dilated* depthwise convolution of channels-last bf16 maps
    wider than 32 cells to values that it never computed; the input gradient, fp32, strides and dilation 1 are right.
    While gradients are wanted there, the convolution is therefore done undilated on each of the d×d interleaved
    sub-grids: the same sums of products, and backwards several times quicker.

    Args:
        features: N×C×H×W.
        weight: C×1×kh×kw.
        window: its stride must be 1 and it must keep the map's size where it is dilated.
    """
    channels = features.shape[1]
    if _gradient_is_unsound(features, weight, window):
        return _on_subgrids(features, weight, bias, window)
    if features.device.type == "cpu" and window.stride != (1, 1) and _learns_in_bf16(features, weight):
        bias = None if bias is None else bias.bfloat16()
        strided: Tensor = _StridedDepthwise.apply(  # type: ignore[no-untyped-call]
            features.bfloat16(), weight.bfloat16(), bias, window
        )
        return strided
    return F.conv2d(
        features, weight, bias, stride=window.stride, padding=window.padding, dilation=window.dilation, groups=channels
    )


def _gradient_is_unsound(features: Tensor, weight: Tensor, window: Window) -> bool:
    if features.device.type != "cpu" or window.dilation == (1, 1) or not window.keeps_size:
        return False
    return _learns_in_bf16(features, weight)


def _learns_in_bf16(features: Tensor, weight: Tensor) -> bool:
    if not (torch.is_grad_enabled() and weight.requires_grad):
        return False
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") == torch.bfloat16
    return features.dtype == torch.bfloat16


class _StridedDepthwise(torch.autograd.Function):
    """A depthwise convolution in bf16 whose input gradient is computed in fp32."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        ctx.save_for_backward(features, weight)
        ctx.window = window
        return F.conv2d(
            features, weight, bias, window.stride, window.padding, window.dilation, groups=features.shape[1]
        )

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        features, weight = ctx.saved_tensors
        for_input, for_weight, for_bias, _ = ctx.needs_input_grad
        input_gradient = None
        if for_input:
            # Only the shape of the features matters here.
            like = torch.empty_like(features, dtype=torch.float32)
            wanted = [True, False, False]
            found = _gradients(upstream.float(), like, weight.float(), ctx.window, wanted)
            input_gradient = found[0].to(features.dtype)
        _, weight_gradient, bias_gradient = _gradients(
            upstream, features, weight, ctx.window, [False, for_weight, for_bias]
        )
        return input_gradient, weight_gradient, bias_gradient, None


def _gradients(
    upstream: Tensor, features: Tensor, weight: Tensor, window: Window, wanted: list[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    channels = weight.shape[0]
    gradients: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
        upstream, features, weight, [channels], list(window.stride), list(window.padding), list(window.dilation),
        False, [0, 0], channels, wanted,
    )  # fmt: skip
    return gradients


def _on_subgrids(features: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    """Every d-th row and column forms a grid of its own, on which the dilated kernel is an ordinary one."""
    images, channels, height, width = features.shape
    down, across = window.dilation
    # Zeros below and to the right are what the convolution's own padding would be.
    padded = F.pad(features, (0, -width % across, 0, -height % down))
    rows, columns = padded.shape[2] // down, padded.shape[3] // across
    grids = padded.permute(0, 2, 3, 1).reshape(images, rows, down, columns, across, channels)
    grids = grids.permute(0, 2, 4, 1, 3, 5).reshape(images * down * across, rows, columns, channels)
    padding = (window.padding[0] // down, window.padding[1] // across)
    outputs = F.conv2d(grids.permute(0, 3, 1, 2), weight, bias, padding=padding, groups=channels)
    outputs = outputs.permute(0, 2, 3, 1).reshape(images, down, across, rows, columns, channels)
    outputs = outputs.permute(0, 3, 1, 4, 2, 5).reshape(images, rows * down, columns * across, channels)
    return outputs[:, :height, :width].permute(0, 3, 1, 2)
