"""Depthwise convolution with gradients that can be trusted on every device and in every precision."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.region import Window


def depthwise_conv2d(features: Tensor, weight: Tensor, bias: Tensor | None, *, window: Window) -> Tensor:
    """F.conv2d with one filter a channel.

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
    return F.conv2d(
        features, weight, bias, stride=window.stride, padding=window.padding, dilation=window.dilation, groups=channels
    )


def _gradient_is_unsound(features: Tensor, weight: Tensor, window: Window) -> bool:
    if features.device.type != "cpu" or window.dilation == (1, 1) or not window.keeps_size:
        return False
    if not (torch.is_grad_enabled() and weight.requires_grad):
        return False
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") == torch.bfloat16
    return features.dtype == torch.bfloat16


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
