"""Masks for benchmarks: hard pixels come in blobs along boundaries, so benchmark regions are blobs too."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Cells of smooth noise along one side; sets the size of the blobs.
_COARSE = 9


def blob_mask(density: float, size: tuple[int, int], *, seed: int = 0) -> Tensor:
    """1×h×w bool with exactly round(density·h·w) true cells: the lowest values of smooth noise."""
    height, width = size
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, 1, _COARSE, _COARSE, generator=generator)
    noise = F.interpolate(coarse, size, mode="bicubic", align_corners=False).reshape(-1)
    mask = torch.zeros(height * width, dtype=torch.bool)
    mask[noise.argsort(stable=True)[: round(density * height * width)]] = True
    return mask.reshape(1, height, width)
