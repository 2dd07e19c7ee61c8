"""Depthwise convolution on rows by PyTorch's operators, for inference where there are no compiled kernels.

Nine gathered neighbours of every row would move nine times the data, so the cells are laid out as an image: along a
strip where they are few, on maps where they are many.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Rows, dense_of
from engine.cascade.region import Window
from engine.cascade.scratch import scratch, with_zero_row

# Size of the maps: as much as a core's own cache is good for.
_MAP_BYTES: Final = 3 << 19
# The strip is taken where the map has at least so many cells for each of the region.
_STRIP_SHARE: Final = 8


def depthwise_on_rows(rows: Rows, weight: Tensor, bias: Tensor, window: Window, *, overwrites: bool) -> Tensor:
    """n×C, without activation.

    Args:
        weight: C×1×kh×kw.
        window: keeps the map's size.
        overwrites: whether results may be written over the rows, which saves an array.
    """
    if len(rows.index) == 0:
        return torch.empty_like(rows.values)
    few = _STRIP_SHARE * len(rows.index) <= rows.index.cells
    return (_along_strip if few else _on_maps)(rows, weight, bias, window, overwrites)


def _along_strip(rows: Rows, weight: Tensor, bias: Tensor, window: Window, overwrites: bool) -> Tensor:
    """Lays the cells side by side, three lines for a kernel of three, and convolves along them.

    Its work grows with the region, that of maps with the map.
    """
    channels = rows.values.shape[1]
    strip, kernel = rows.index.strip(window), window.kernel
    lines = scratch("strip", kernel[0] * strip.length, channels, like=rows.values)
    torch.index_select(with_zero_row(rows.values), 0, strip.sources, out=lines)
    image = lines.view(1, kernel[0], strip.length, channels).permute(0, 3, 1, 2)
    found = _convolved(image, weight, bias, Window(kernel, padding=(0, kernel[1] // 2)))
    found = found.permute(0, 2, 3, 1).reshape(strip.length, channels)
    if not overwrites:
        return found.index_select(0, strip.places)
    return torch.index_select(found, 0, strip.places, out=rows.values)


def _on_maps(rows: Rows, weight: Tensor, bias: Tensor, window: Window, overwrites: bool) -> Tensor:
    """Scatters, convolves and gathers a few channels at a time, so that the maps in between stay in the cache.

    As in region_conv, the phases of a dilation are images of their own. Cells outside M are zero from the first
    channels on, and stay so.
    """
    outputs = weight.shape[0]
    if len(rows.index) == rows.index.cells:
        dense = _convolved(dense_of(rows), weight, bias, window)
        return dense.permute(0, 2, 3, 1).reshape(-1, outputs)
    phases = rows.index.phases(window.dilation)
    images, height, width = phases.shape
    kernel = window.kernel
    undilated = Window(kernel, padding=(kernel[0] // 2, kernel[1] // 2))
    step = max(32, _MAP_BYTES // (phases.cells * rows.values.element_size()) // 32 * 32)
    results = rows.values if overwrites else torch.empty_like(rows.values)
    cells = rows.values.new_zeros(phases.cells, min(step, outputs))
    for at in range(0, outputs, step):
        part = slice(at, min(at + step, outputs))
        if part.stop - at < cells.shape[1]:
            cells = cells.new_zeros(phases.cells, part.stop - at)
        cells.index_copy_(0, phases.sites, rows.values[:, part])
        dense = cells.view(images, height, width, -1).permute(0, 3, 1, 2)
        found = _convolved(dense, weight[part], bias[part], undilated).permute(0, 2, 3, 1)
        results[:, part] = found.reshape(phases.cells, -1).index_select(0, phases.sites)
    return results


def _convolved(features: Tensor, weight: Tensor, bias: Tensor, window: Window) -> Tensor:
    return F.conv2d(features, weight, bias, window.stride, window.padding, window.dilation, weight.shape[0])
