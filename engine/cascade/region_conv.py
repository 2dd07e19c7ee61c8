"""Region convolution: a convolution evaluated only at the cells of a region (reference §4, decision D6, D8b).

Neighbours outside the region read as zero, so a stage may keep nothing but its rows. Gradients are exact (D9).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Rows
from engine.cascade.region import RegionIndex, Window


def region_conv(rows: Rows, weight: Tensor, bias: Tensor | None, *, window: Window, groups: int = 1) -> Rows:
    """Convolution on rows.

    Args:
        rows: n×C_in.
        weight: C_out×(C_in/groups)×kh×kw; groups is 1, or C_in for a depthwise convolution.
        bias: C_out or None.
        window: must keep the map's size.

    Returns:
        n×C_out rows of the same region.

    Raises:
        ValueError: the window changes the map's size, or groups is neither 1 nor C_in.
    """
    if not window.keeps_size:
        raise ValueError(f"a convolution on rows must keep the map's size: {window}")
    if groups == 1:
        return Rows(_full(rows, weight, bias, window), rows.index)
    if groups == rows.values.shape[1] == weight.shape[0]:
        return Rows(_depthwise(rows, weight, bias, window), rows.index)
    raise ValueError(f"region convolution knows plain and depthwise convolutions, not {groups} groups")


def region_conv_from_dense(
    features: Tensor, index: RegionIndex, weight: Tensor, bias: Tensor | None, *, window: Window
) -> Rows:
    """Convolution from a dense map into a region, where the window may be strided: neighbours keep their true values.

    Args:
        features: N×C_in×H×W.
        index: region on the output grid.
        weight: C_out×C_in×kh×kw.

    Returns:
        n×C_out rows.
    """
    images, channels, height, width = features.shape
    cells = features.permute(0, 2, 3, 1).reshape(images * height * width, channels)
    table = index.sources(window, (height, width))
    return Rows(F.linear(_im2col(cells, table), _tap_major(weight), bias), index)


def _full(rows: Rows, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    if window.taps == 1:
        return F.linear(rows.values, weight.flatten(1), bias)
    table = rows.index.neighbours(window)
    return F.linear(_im2col(rows.values, table), _tap_major(weight), bias)


def _im2col(cells: Tensor, table: Tensor) -> Tensor:
    """n×(taps·C): the neighbours of each kept cell side by side, zero where the table points one past the end."""
    padded = torch.cat([cells, cells.new_zeros(1, cells.shape[1])])
    return padded.index_select(0, table.reshape(-1)).reshape(table.shape[0], table.shape[1] * cells.shape[1])


def _tap_major(weight: Tensor) -> Tensor:
    """C_out×(taps·C_in), the order in which _im2col lays the neighbours out."""
    return weight.permute(0, 2, 3, 1).reshape(weight.shape[0], -1)


def _depthwise(rows: Rows, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    """Scatter, convolve channels-last, gather.

    Nine gathered neighbours move nine times the data of one dense channels-last pass, which is memory-bound and
    quick. A
    dilated convolution never mixes cells of different phase (row and column modulo the dilation), so the phases are
    laid out
    as images of their own and convolved undilated: the same sums, and on CPUs a backward pass several times as fast.
    """
    values = rows.values
    channels = values.shape[1]
    phases = rows.index.phases(window.dilation)
    images, height, width = phases.shape
    cells = values.new_zeros(images * height * width, channels)
    cells.index_copy_(0, phases.sites, values)
    dense = cells.reshape(images, height, width, channels).permute(0, 3, 1, 2)
    padding = (window.kernel[0] // 2, window.kernel[1] // 2)
    dense = F.conv2d(dense, weight, bias, padding=padding, groups=channels)
    return dense.permute(0, 2, 3, 1).reshape(-1, channels).index_select(0, phases.sites)
