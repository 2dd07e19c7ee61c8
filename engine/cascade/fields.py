"""Fields: the three forms in which features meet a block that is written once.

Dense is the plain N×C×h×w tensor. Rows holds only the cells of M, compressed to n×C. Masked is the dense×mask
reference that
defines the truth (reference D8a): it computes everything everywhere, and every k×k convolution reads zero outside M.
Channels are dimension 1 in all three, so pointwise operations and concatenation need no case distinction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cascade.region import RegionIndex


@dataclass(frozen=True)
class Rows:
    """Features of the n cells of a region: values n×C."""

    values: Tensor
    index: RegionIndex


@dataclass(frozen=True)
class Masked:
    """Dense features N×C×h×w of which only the cells of the N×1×h×w bool mask count."""

    values: Tensor
    mask: Tensor


Field = Tensor | Rows | Masked


def values_of(field: Field) -> Tensor:
    """The tensor inside: N×C×h×w, or n×C for Rows."""
    return field if isinstance(field, Tensor) else field.values


def with_values(field: Field, values: Tensor) -> Field:
    """A field of the same form and region around new values."""
    if isinstance(field, Rows):
        return Rows(values, field.index)
    if isinstance(field, Masked):
        return Masked(values, field.mask)
    return values


def pointwise(operation: Callable[..., Tensor], *fields: Field) -> Field:
    """Applies an operation that treats cells independently (sum, ReLU, concatenation over dimension 1)."""
    return with_values(fields[0], operation(*(values_of(f) for f in fields)))


def concatenate(*fields: Field) -> Field:
    """Joins channels; all fields have the same form and region."""
    return pointwise(lambda *parts: torch.cat(parts, dim=1), *fields)


def gather(features: Tensor, index: RegionIndex) -> Rows:
    """The rows of a dense N×C×h×w map at the region's cells; cheapest where the map is channels-last."""
    channels = features.shape[1]
    cells = features.permute(0, 2, 3, 1).reshape(-1, channels)
    return Rows(cells.index_select(0, index.sites), index)


def scatter(rows: Rows) -> Tensor:
    """A dense channels-last N×C×h×w map with the rows in place and exact zeros outside the region."""
    images, height, width = rows.index.shape
    channels = rows.values.shape[1]
    cells = rows.values.new_zeros(images * height * width, channels)
    cells.index_copy_(0, rows.index.sites, rows.values)
    return cells.reshape(images, height, width, channels).permute(0, 3, 1, 2)


def whole(features: Tensor) -> Rows:
    """A dense map as the region of all its cells; a view where the map is channels-last."""
    images, channels, height, width = features.shape
    cells = torch.arange(images * height * width, device=features.device)
    return Rows(features.permute(0, 2, 3, 1).reshape(-1, channels), RegionIndex(cells, (images, height, width)))


def dense_of(rows: Rows) -> Tensor:
    """The channels-last map of a region of all cells, as a view."""
    images, height, width = rows.index.shape
    return rows.values.reshape(images, height, width, rows.values.shape[1]).permute(0, 3, 1, 2)


def narrow(rows: Rows, keep: Tensor) -> Rows:
    """The rows where `keep` (bool [n]) holds, with the index of the smaller region."""
    return Rows(rows.values[keep], rows.index.narrowed(keep))
