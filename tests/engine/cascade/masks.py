"""Masks that region code must survive: random, blob, one cell, a corner, none and all."""

from __future__ import annotations

import torch
from torch import Tensor

KINDS = ("random", "blob", "single", "corner", "empty", "full")


def make_mask(kind: str, shape: tuple[int, int, int], *, seed: int = 0) -> Tensor:
    """N×h×w bool."""
    images, height, width = shape
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(shape, dtype=torch.bool)
    if kind == "random":
        return torch.rand(shape, generator=generator) < 0.4
    if kind == "blob":
        y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        disc = (y - height / 2) ** 2 + (x - width / 3) ** 2 < (min(height, width) / 3) ** 2
        return disc.expand(shape).clone()
    if kind == "single":
        mask[images - 1, height // 2, width // 2] = True
    elif kind == "corner":
        mask[0, 0, 0] = True
        mask[0, height - 1, width - 1] = True
    elif kind == "full":
        mask[:] = True
    return mask
