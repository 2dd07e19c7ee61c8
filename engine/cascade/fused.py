"""Convolutions for inference: batch norm folded in, activation in the same step, weights laid out for rows once.

A FusedConv2d starts as a plain dense convolution. After pack_regions() it keeps its weights only in the form that rows
need and computes every field as rows, a dense map as the region of all its cells: at full density that costs a few
percent more than the best dense convolution, and a stage's weights are held once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.convolution import fold_batch_norm
from engine.cascade.fields import Field, Masked, Rows, gather, scatter
from engine.cascade.packed import Activation, Product, activate_
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_conv import region_conv
from engine.cascade.scratch import scratch

# Rows whose neighbours are laid side by side at a time: bounds the copy without splitting the product too finely.
_GATHER_BYTES = 16 << 20


class FusedConv2d(nn.Module):
    """activation(convolution + bias) on any field, for inference only.

    Args:
        weight: C_out×(C_in/groups)×kh×kw, batch norm folded in.
        bias: C_out.
        window: geometry; must keep the map's size where the field is a region.
    """

    weight: Tensor | None
    bias: Tensor

    def __init__(
        self, weight: Tensor, bias: Tensor, *, window: Window, groups: int = 1, activation: Activation = "none"
    ) -> None:
        super().__init__()
        self.outputs, self.inputs = int(weight.shape[0]), int(weight.shape[1]) * groups
        self.window = window
        self.groups = groups
        self.activation: Activation = activation
        self.register_buffer("weight", weight.detach().to(memory_format=torch.channels_last))
        self.register_buffer("bias", bias.detach().clone())
        self._product: Product | None = None

    @property
    def packed(self) -> bool:
        return self._product is not None

    @property
    def projects_first(self) -> bool:
        """Whether rows are multiplied before their neighbours are gathered, which moves less where C_out is small."""
        return self.window.taps > 1 and 2 * self.outputs <= self.inputs

    def pack(self) -> None:
        """Lays the weights out for rows and gives up the dense form; plain convolutions only, on their final device."""
        if self.groups != 1 or self.weight is None:
            return
        taps = self.weight.permute(2, 3, 0, 1)
        if self.projects_first:
            self._product = Product(taps.reshape(-1, self.inputs), None)
        else:
            tap_major = self.weight.permute(0, 2, 3, 1).reshape(self.outputs, -1)
            self._product = Product(tap_major, self.bias, activation=self.activation)
        self.weight = None

    def divided(self, widths: list[int]) -> list[FusedConv2d]:
        """The convolutions that compute consecutive shares of the outputs: what joined() put together."""
        assert self.weight is not None, "divide before packing"
        return [
            FusedConv2d(weight, bias, window=self.window, activation=self.activation)
            for weight, bias in zip(torch.split(self.weight, widths), torch.split(self.bias, widths), strict=True)
        ]

    def forward(self, field: Field) -> Field:
        if self._product is not None:
            return self._as_rows(field, self._product)
        assert self.weight is not None
        if isinstance(field, Rows):
            rows = region_conv(field, self.weight, self.bias, window=self.window, groups=self.groups)
            return Rows(activate_(rows.values, self.activation), rows.index)
        if isinstance(field, Masked):
            seen = field.values if self.window.taps == 1 else field.values * field.mask
            return Masked(self._dense(seen, self.weight), field.mask)
        return self._dense(field, self.weight)

    def _dense(self, features: Tensor, weight: Tensor) -> Tensor:
        window = self.window
        values = F.conv2d(features, weight, self.bias, window.stride, window.padding, window.dilation, self.groups)
        return activate_(values, self.activation)

    def _as_rows(self, field: Field, product: Product) -> Field:
        if isinstance(field, Rows):
            return Rows(self._rows(field.values, field.index, product), field.index)
        if isinstance(field, Masked):
            rows = gather(field.values, RegionIndex.from_mask(field.mask[:, 0]))
            return Masked(scatter(Rows(self._rows(rows.values, rows.index, product), rows.index)), field.mask)
        rows = whole(field)
        return dense_of(Rows(self._rows(rows.values, rows.index, product), rows.index))

    def _rows(self, values: Tensor, index: RegionIndex, product: Product) -> Tensor:
        if self.window.taps == 1:
            return product(values)
        if len(index) == 0:
            return values.new_zeros(0, self.outputs)
        table = index.neighbours(self.window)
        if self.projects_first:
            return self._projected(product(values), table)
        padded = scratch("padded", (len(index) + 1, values.shape[1]), like=values)
        padded[:-1].copy_(values)
        padded[-1].zero_()
        step = max(1, _GATHER_BYTES // (table.shape[1] * values.shape[1] * values.element_size()))
        parts = [product(_side_by_side(padded, part)) for part in torch.split(table, step)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _projected(self, products: Tensor, table: Tensor) -> Tensor:
        """Sums each row's taps from its neighbours' products (n×(taps·C_out))."""
        count, taps = table.shape
        sources = torch.where(table == count, count * taps, table * taps + torch.arange(taps, device=table.device))
        flat = products.reshape(count * taps, self.outputs)
        sums = F.embedding_bag(sources, torch.cat([flat, flat.new_zeros(1, self.outputs)]), mode="sum")
        return activate_(sums.add_(self.bias), self.activation)


def _side_by_side(padded: Tensor, table: Tensor) -> Tensor:
    """m×(taps·C): the neighbours of each row in one row."""
    neighbours = scratch("neighbours", (table.numel(), padded.shape[1]), like=padded)
    torch.index_select(padded, 0, table.reshape(-1), out=neighbours)
    return neighbours.view(table.shape[0], table.shape[1] * padded.shape[1])


def whole(features: Tensor) -> Rows:
    """A dense map as the region of all its cells; a view where the map is channels-last."""
    images, channels, height, width = features.shape
    cells = torch.arange(images * height * width, device=features.device)
    return Rows(features.permute(0, 2, 3, 1).reshape(-1, channels), RegionIndex(cells, (images, height, width)))


def dense_of(rows: Rows) -> Tensor:
    """The channels-last map of a region of all cells, as a view."""
    images, height, width = rows.index.shape
    return rows.values.reshape(images, height, width, rows.values.shape[1]).permute(0, 3, 1, 2)


def run_whole(modules: Iterable[nn.Module], features: Tensor) -> Tensor:
    """Packed modules one after another on a dense map, as rows of one region, whose neighbour tables they share."""
    field: Field = whole(features)
    for module in modules:
        field = module(field)
    assert isinstance(field, Rows)
    return dense_of(field)


def is_packed(module: nn.Module) -> bool:
    """Whether pack_regions was applied to it."""
    return any(isinstance(child, FusedConv2d) and child.packed for child in module.modules())


def fuse(conv: nn.Conv2d, norm: nn.BatchNorm2d | None = None, *, activation: Activation = "none") -> FusedConv2d:
    """The fused form of a convolution, an optional frozen batch norm and an activation."""
    pair = tuple[int, int]
    window = Window(
        cast(pair, conv.kernel_size), cast(pair, conv.dilation), cast(pair, conv.stride), cast(pair, conv.padding)
    )
    if norm is not None:
        weight, bias = fold_batch_norm(conv, norm)
    else:
        weight = conv.weight
        bias = conv.bias if conv.bias is not None else conv.weight.new_zeros(conv.out_channels)
    return FusedConv2d(weight, bias, window=window, groups=conv.groups, activation=activation)


def joined(convs: list[FusedConv2d]) -> FusedConv2d:
    """One 1×1 convolution that computes several on the same input side by side; all share one activation."""
    first = convs[0]
    weights = [c.weight for c in convs if c.weight is not None]
    assert len(weights) == len(convs), "join before packing"
    return FusedConv2d(
        torch.cat(weights), torch.cat([c.bias for c in convs]), window=first.window, activation=first.activation
    )


def pack_regions(module: nn.Module) -> None:
    """Packs every fused convolution below `module`.

    For the stages that run on regions, once they are on their final device and in their final precision. On CUDA the
    plain form serves both dense maps and rows, and nothing is packed.
    """
    for child in module.modules():
        if isinstance(child, FusedConv2d) and child.bias.device.type == "cpu":
            child.pack()
