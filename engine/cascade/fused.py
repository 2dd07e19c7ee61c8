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
from engine.cascade.fields import Field, Masked, Rows, dense_of, gather, pointwise, scatter, values_of, whole
from engine.cascade.gathered_product import GatheredProduct
from engine.cascade.packed import Activation, PackedConvolution, activate_, packing_available
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_conv import region_conv
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.region_program import RegionProgram
from engine.cascade.row_depthwise import depthwise_on_rows


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
        self._product: GatheredProduct | None = None
        self._for_maps = False
        self._convolution: PackedConvolution | None = None

    @property
    def packed(self) -> bool:
        return self._product is not None or self.kernel is not None

    @property
    def packed_for_maps(self) -> bool:
        return self._for_maps

    def pack(self) -> None:
        """Lays the weights out for rows and gives up the dense form, on their final device.

        A depthwise convolution keeps it where no kernel takes it.
        """
        if self.weight is None:
            return
        if (self.window.keeps_size and self._takes_kernel()) or self.groups > 1:
            return
        self._product = GatheredProduct(self.weight, self.bias, self.window, activation=self.activation)
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
                return self._depthwise(field, self.weight)
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

    def _depthwise(self, rows: Rows, weight: Tensor) -> Rows:
        values = depthwise_on_rows(rows, weight, self.bias, self.window, overwrites=self.overwrites)
        return Rows(activate_(values, self.activation), rows.index)

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
        return self._product(rows)


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
