"""Pooling over the whole map where only a region of it is computed, and back from the pools to the region's cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.fields import Field, Masked, Rows, scatter, with_values
from engine.cascade.region import RegionIndex
from engine.models.supervision import resized


def pooled(field: Field, bins: int) -> Tensor:
    """N×C×bins×bins: means over adaptive windows, of a region the means of its own cells in them.

    A window without a cell of the region takes the mean over the image's cells. On a full region exactly adaptive
    average pooling.
    """
    if isinstance(field, Tensor):
        return F.adaptive_avg_pool2d(field, bins)
    if isinstance(field, Rows):
        values, mask = scatter(field), field.index.mask().unsqueeze(1)
    else:
        mask = field.mask
        values = field.values * mask
    covered = F.adaptive_avg_pool2d(mask.float(), bins)
    sums = F.adaptive_avg_pool2d(values, bins).float()
    means = sums / covered.clamp(min=torch.finfo(torch.float32).tiny)
    # A sum, as a mean of bf16 values would first copy them all to fp32.
    whole = values.sum(dim=(2, 3), keepdim=True).float() / mask.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    return torch.where(covered > 0, means, whole).to(values.dtype)


def spread(maps: Tensor, like: Field) -> Field:
    """Pools N×C×b×b at the cells of a field, interpolated bilinearly, corner on corner."""
    if isinstance(like, Rows):
        return Rows(_at_cells(maps, like.index), like.index)
    size = (like.values if isinstance(like, Masked) else like).shape
    return with_values(like, resized(maps, (size[2], size[3])))


def _at_cells(maps: Tensor, index: RegionIndex) -> Tensor:
    """n×C. A cell's value is a product of few weights with its image's b² pools; no map of all cells is made."""
    images, height, width = index.shape
    cell = index.sites % (height * width)
    down, across = (_line_weights(maps, size) for size in (height, width))
    weights = (down[cell // width].unsqueeze(2) * across[cell % width].unsqueeze(1)).flatten(1)
    pools = maps.flatten(2).transpose(1, 2)
    if images == 1:
        return weights @ pools[0]
    counts = torch.bincount(index.images(), minlength=images).tolist()
    parts = (part @ own for part, own in zip(torch.split(weights, counts), pools, strict=True))
    return torch.cat(list(parts))


def _line_weights(maps: Tensor, size: int) -> Tensor:
    """size×b: how much each of b pools counts at each of `size` cells in a line."""
    line = torch.eye(maps.shape[2], dtype=torch.float32, device=maps.device).unsqueeze(0)
    return F.interpolate(line, size, mode="linear", align_corners=True)[0].T.to(maps.dtype)
