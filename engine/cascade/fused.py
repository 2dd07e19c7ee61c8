"""Convolutions for inference: batch norm folded in, activation in the same step, weights laid out for rows once.

A FusedConv2d starts as a plain dense convolution. After pack_regions() it keeps its weights only in the form that rows
need and computes every field as rows, a dense map as the region of all its cells: at full density that costs a few
percent more than the best dense convolution, and a stage's weights are held once. After pack_maps() it keeps them in
the form that dense maps need and takes nothing else: for stage 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.convolution import fold_batch_norm
from engine.cascade.fields import Field, Masked, Rows, gather, pointwise, scatter, values_of
from engine.cascade.packed import Activation, PackedConvolution, Product, activate_, packing_available
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_conv import region_conv
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.region_program import RegionProgram
from engine.cascade.row_counts import rounded_within
from engine.cascade.scratch import scratch

# Rows whose neighbours are laid side by side at a time: bounds the copy without splitting the product too finely.
_GATHER_BYTES = 8 << 20
# Gathered rows whose number is brought to one of a few; of more, the further ones would cost too much.
_ROUNDED_BYTES = 3 << 18
# Size of the maps of a depthwise convolution on rows: as much as a core's own cache is good for.
_MAP_BYTES = 3 << 19
# A depthwise convolution takes the strip where the map has at least so many cells for each of the region.
_STRIP_SHARE = 8


class FusedConv2d(nn.Module):
    """activation(convolution + bias) on any field, for inference only.

    Args:
        weight: C_out×(C_in/groups)×kh×kw, batch norm folded in.
        bias: C_out.
        window: geometry; must keep the map's size where the field is a region.

    Attributes:
        small_maps: it meets only dense maps so small that the kernels for rows are quicker; set before packing.
        overwrites: a depthwise convolution on rows writes its results over its input, which then nothing else may
            read. Saves the largest array of an inverted residual.
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
        self.small_maps = False
        self.overwrites = False
        self.kernel: RegionKernel | None = None
        self._program: RegionProgram | None = None
        self._product: Product | None = None
        self._for_maps = False
        self._convolution: PackedConvolution | None = None

    @property
    def packed(self) -> bool:
        return self._product is not None or self.kernel is not None

    @property
    def packed_for_maps(self) -> bool:
        return self._for_maps

    @property
    def projects_first(self) -> bool:
        """Whether rows are multiplied before their neighbours are gathered, which moves less where C_out is small."""
        return self.window.taps > 1 and 2 * self.outputs <= self.inputs

    def pack(self) -> None:
        """Lays the weights out for rows and gives up the dense form, on their final device.

        A depthwise convolution keeps it where no kernel takes it.
        """
        if self.weight is None:
            return
        if self.window.keeps_size and self._takes_kernel():
            return
        if self.groups > 1:
            return
        if self.projects_first:
            self._product = Product(self.weight.permute(2, 3, 0, 1).reshape(-1, self.inputs), None)
        else:
            tap_major = self.weight.permute(0, 2, 3, 1).reshape(self.outputs, -1)
            self._product = Product(tap_major, self.bias, activation=self.activation)
        self.weight = None

    def _takes_kernel(self) -> bool:
        """Lays the weights out for a kernel and gives them up, where there is one that takes them."""
        depthwise = self.groups > 1
        if self.weight is None or not RegionKernel.available(self.weight, depthwise=depthwise):
            return False
        by_taps = self.weight.permute(0, 2, 3, 1).flatten(1, 2)
        self.kernel = RegionKernel(by_taps, self.bias, activation=self.activation, depthwise=depthwise)
        self._program = RegionProgram.of(self.kernel, self.window)
        self.weight = None
        return True

    def pack_for_maps(self) -> None:
        """Keeps the weights as dense maps need them, the only fields that it takes from then on; on their final device.

        They are laid out for the first map that comes: the layout that is best for one size can cost another more than
        it saves.
        """
        if self.small_maps and self._takes_kernel():
            self._for_maps = True
        elif self.weight is not None and self.weight.device.type == "cpu":
            self._for_maps = packing_available(self.weight.dtype)

    def _laid_out_for(self, size: tuple[int, int]) -> PackedConvolution:
        if self._convolution is None:
            assert self.weight is not None
            self._convolution = PackedConvolution(
                self.weight, self.bias, window=self.window, groups=self.groups, activation=self.activation, size=size
            )
            self.weight = None
        return self._convolution

    def divided(self, widths: list[int]) -> list[FusedConv2d]:
        """The convolutions that compute consecutive shares of the outputs: what joined() put together."""
        assert self.weight is not None, "divide before packing"
        return [
            FusedConv2d(weight, bias, window=self.window, activation=self.activation)
            for weight, bias in zip(torch.split(self.weight, widths), torch.split(self.bias, widths), strict=True)
        ]

    def forward(self, field: Field) -> Field:
        if self._for_maps and not isinstance(field, Tensor):
            raise TypeError("a convolution packed for dense maps takes no region")
        if self.packed:
            return self._as_rows(field)
        if self._for_maps:
            assert isinstance(field, Tensor)
            return self._laid_out_for((field.shape[2], field.shape[3]))(field)
        assert self.weight is not None
        if isinstance(field, Rows):
            if self.groups > 1 and self.window.keeps_size and field.values.device.type == "cpu":
                return Rows(activate_(self._depthwise(field, self.weight), self.activation), field.index)
            rows = region_conv(field, self.weight, self.bias, window=self.window, groups=self.groups)
            return Rows(activate_(rows.values, self.activation), rows.index)
        if isinstance(field, Masked):
            seen = field.values if self.window.taps == 1 else field.values * field.mask
            return Masked(self._dense(seen, self.weight), field.mask)
        return self._dense(field, self.weight)

    def onto(self, field: Field, other: Field, *, activation: Activation = "none") -> Field:
        """activation(convolution + other), where the convolution itself has no activation."""
        return pointwise(lambda branch, x: activate_(branch.add_(x), activation), self(field), other)

    def into(self, rows: Rows, out: Tensor) -> None:
        """Writes the results to n×C_out, which may be a slice of the columns of a wider array."""
        if self._program is not None:
            self._program(rows, out=out)
        else:
            out.copy_(values_of(self(rows)))

    def _dense(self, features: Tensor, weight: Tensor) -> Tensor:
        window = self.window
        values = F.conv2d(features, weight, self.bias, window.stride, window.padding, window.dilation, self.groups)
        return activate_(values, self.activation)

    def _depthwise(self, rows: Rows, weight: Tensor) -> Tensor:
        if len(rows.index) == 0:
            return torch.empty_like(rows.values)
        few = _STRIP_SHARE * len(rows.index) <= rows.index.cells
        return self._along_strip(rows, weight) if few else self._on_maps(rows, weight)

    def _along_strip(self, rows: Rows, weight: Tensor) -> Tensor:
        """Lays the cells side by side, three lines for a kernel of three, and convolves along them.

        Its work grows with the region, that of maps with the map.
        """
        channels = rows.values.shape[1]
        strip, kernel = rows.index.strip(self.window), self.window.kernel
        lines = scratch("strip", kernel[0] * strip.length, channels, like=rows.values)
        torch.index_select(_with_zero_row(rows.values), 0, strip.sources, out=lines)
        image = lines.view(1, kernel[0], strip.length, channels).permute(0, 3, 1, 2)
        found = self._convolved(image, weight, self.bias, Window(kernel, padding=(0, kernel[1] // 2)))
        found = found.permute(0, 2, 3, 1).reshape(strip.length, channels)
        if not self.overwrites:
            return found.index_select(0, strip.places)
        return torch.index_select(found, 0, strip.places, out=rows.values)

    def _on_maps(self, rows: Rows, weight: Tensor) -> Tensor:
        """Scatters, convolves and gathers a few channels at a time, so that the maps in between stay in the cache.

        As in region_conv, the phases of a dilation are images of their own. Cells outside M are zero from the first
        channels on, and stay so.
        """
        if len(rows.index) == rows.index.cells:
            dense = self._convolved(dense_of(rows), weight, self.bias, self.window)
            return dense.permute(0, 2, 3, 1).reshape(-1, self.outputs)
        phases = rows.index.phases(self.window.dilation)
        images, height, width = phases.shape
        kernel = self.window.kernel
        undilated = Window(kernel, padding=(kernel[0] // 2, kernel[1] // 2))
        step = max(32, _MAP_BYTES // (phases.cells * rows.values.element_size()) // 32 * 32)
        outputs = rows.values if self.overwrites else torch.empty_like(rows.values)
        cells = rows.values.new_zeros(phases.cells, min(step, self.outputs))
        for at in range(0, self.outputs, step):
            part = slice(at, min(at + step, self.outputs))
            if part.stop - at < cells.shape[1]:
                cells = cells.new_zeros(phases.cells, part.stop - at)
            cells.index_copy_(0, phases.sites, rows.values[:, part])
            dense = cells.view(images, height, width, -1).permute(0, 3, 1, 2)
            found = self._convolved(dense, weight[part], self.bias[part], undilated).permute(0, 2, 3, 1)
            outputs[:, part] = found.reshape(phases.cells, -1).index_select(0, phases.sites)
        return outputs

    @staticmethod
    def _convolved(features: Tensor, weight: Tensor, bias: Tensor, window: Window) -> Tensor:
        return F.conv2d(features, weight, bias, window.stride, window.padding, window.dilation, weight.shape[0])

    def _as_rows(self, field: Field) -> Field:
        if isinstance(field, Rows):
            return self._on_rows(field)
        if isinstance(field, Masked):
            rows = gather(field.values, RegionIndex.from_mask(field.mask[:, 0]))
            return Masked(scatter(self._on_rows(rows)), field.mask)
        if self._program is not None:
            return self._program.on_map(field)
        return dense_of(self._on_rows(whole(field)))

    def _on_rows(self, rows: Rows) -> Rows:
        if self._program is not None:
            return self._program(rows)
        assert self._product is not None
        return Rows(self._rows(rows.values, rows.index, self._product), rows.index)

    def _rows(self, values: Tensor, index: RegionIndex, product: Product) -> Tensor:
        if self.window.taps == 1:
            return product(values)
        if len(index) == 0:
            return values.new_zeros(0, self.outputs)
        table = index.neighbours(self.window)
        if self.projects_first:
            return self._projected(product(values), table)
        count, channels = values.shape
        padded = _with_zero_row(values)
        step = max(1, _GATHER_BYTES // (self.window.taps * channels * values.element_size()))
        parts = [table[at : at + step] for at in range(0, count, step)]
        found = [product(_side_by_side(padded, part))[: len(part)] for part in parts]
        return found[0] if len(found) == 1 else torch.cat(found)

    def _projected(self, products: Tensor, table: Tensor) -> Tensor:
        """Sums each row's taps from its neighbours' products (n×(taps·C_out))."""
        count, taps = table.shape
        inside = table < count
        # Neighbours outside M point anywhere and count nothing; a row of zeros would cost a copy of all products.
        sources = torch.where(inside, table * taps + torch.arange(taps, device=table.device), 0)
        flat = products.reshape(count * taps, self.outputs)
        sums = F.embedding_bag(sources, flat, mode="sum", per_sample_weights=inside.to(flat.dtype))
        return activate_(sums.add_(self.bias), self.activation)


def _with_zero_row(values: Tensor) -> Tensor:
    """(n+1)×C: the rows and a last one of zeros, which stands for every cell outside M."""
    count, channels = values.shape
    padded = scratch("padded", count + 1, channels, like=values)
    padded[:count] = values
    padded[count] = 0.0
    return padded


def _side_by_side(padded: Tensor, table: Tensor) -> Tensor:
    """m×(taps·C): the neighbours of each row in one row; few rows have some of zeros behind them, see row_counts."""
    count, taps = table.shape
    channels = padded.shape[1]
    rows = rounded_within(count, row_bytes=taps * channels * padded.element_size(), limit=_ROUNDED_BYTES)
    neighbours = scratch("neighbours", rows * taps, channels, like=padded)
    torch.index_select(padded, 0, table.reshape(-1), out=neighbours[: count * taps])
    neighbours[count * taps :] = 0.0
    return neighbours.view(rows, taps * channels)


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
        weight, bias = (folded.detach() for folded in fold_batch_norm(conv, norm))
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


@runtime_checkable
class Separable(Protocol):
    """A module that joins convolutions of one input, which kernels on rows are quicker without."""

    def separate(self) -> None:
        """Divides them again; before they are packed."""
        ...


def pack_regions(module: nn.Module) -> None:
    """Packs every fused convolution below `module`.

    For the stages that run on regions, once they are on their final device and in their final precision. On CUDA the
    plain form serves both dense maps and rows, and nothing is packed.
    """
    for child in list(module.modules()):
        if isinstance(child, Separable) and _has_kernels(child):
            child.separate()
    for child in module.modules():
        if isinstance(child, FusedConv2d) and child.bias.device.type == "cpu":
            child.pack()


def _has_kernels(module: nn.Module) -> bool:
    convs = [child for child in module.modules() if isinstance(child, FusedConv2d)]
    return all(conv.weight is not None and RegionKernel.available(conv.weight) for conv in convs)


def pack_maps(module: nn.Module) -> None:
    """Packs every fused convolution below `module` for dense maps, where the CPU's kernels can take them so.

    For stage 1, once it is on its final device and in its final precision.
    """
    for child in module.modules():
        if isinstance(child, FusedConv2d):
            child.pack_for_maps()
