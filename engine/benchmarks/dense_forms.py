"""The dense forms of a block that region convolution has to beat: the layouts and kernels of PyTorch's CPU back end,
and the kernels for regions on all cells.

All have batch norms folded and activations done in place or in the kernel.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from engine.cascade.fields import Field, Rows, dense_of, whole
from engine.cascade.fused import FusedConv2d, pack_regions
from engine.cascade.kernels.library import runs_region_steps
from engine.cascade.packed import PackedConvolution, packing_available
from engine.models.optimise import FusedBranches, FusedResidual

Form = Callable[[], object]


class PrepackedConv2d(nn.Module):
    """A dense convolution with weights laid out beforehand for this input size; bias and activation in the kernel."""

    def __init__(self, conv: FusedConv2d, size: tuple[int, int]) -> None:
        super().__init__()
        assert conv.weight is not None
        self.convolution = PackedConvolution(
            conv.weight, conv.bias, window=conv.window, groups=conv.groups, activation=conv.activation, size=size
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.convolution(x)


class PrepackedResidual(nn.Module):
    """A residual block of prepacked convolutions; the sum happens in the last one's kernel."""

    def __init__(self, block: FusedResidual, size: tuple[int, int]) -> None:
        super().__init__()
        self.branches = prepacked(block.branches, size)
        self.project = PrepackedConv2d(block.project, size)
        self.relu = block.relu

    def forward(self, x: Tensor) -> Tensor:
        return self.project.convolution.onto(self.branches(x), x, relu=self.relu)


def prepacked(module: nn.Module, size: tuple[int, int]) -> nn.Module:
    """A copy of a fused module with every dense convolution prepacked for maps of `size`."""
    if isinstance(module, FusedConv2d):
        return PrepackedConv2d(module, size)
    if isinstance(module, FusedResidual):
        return PrepackedResidual(module, size)
    clone = copy.copy(module)
    clone._modules = {name: prepacked(child, size) for name, child in module.named_children()}
    return clone


def unjoined(module: nn.Module) -> nn.Module:
    """A copy of a fused module in which every branch computes its own leading 1×1 convolution."""
    if isinstance(module, FusedBranches) and module.leading is not None:
        return FusedBranches(module.separate_branches(), join=False)
    clone = copy.copy(module)
    clone._modules = {name: unjoined(child) for name, child in module.named_children()}
    return clone


def dense_forms(block: nn.Module, features: Tensor) -> dict[str, Form]:
    """Every dense form of a fused, unpacked block on features N×C×h×w, by name.

    Args:
        block: computes the same in every form; left as it is.
    """
    size = (features.shape[2], features.shape[3])
    last = features.contiguous(memory_format=torch.channels_last)
    first = features.contiguous()
    modules: dict[str, tuple[nn.Module, Tensor]] = {}
    for name, module in (("joined", block), ("separate", unjoined(block))):
        modules[f"channels-last, {name}"] = (module, last)
        modules[f"nchw, {name}"] = (_weights_contiguous(module), first)
        if packing_available(features.dtype):
            modules[f"prepacked channels-last, {name}"] = (prepacked(module, size), last)
    forms = {name: _form(module, x) for name, (module, x) in modules.items()}
    if runs_region_steps(features.dtype):
        packed = copy.deepcopy(block)
        pack_regions(packed)
        forms["compiled kernels, all cells"] = _as_rows(packed, whole(last))
    return forms


def _as_rows(module: nn.Module, rows: Rows) -> Form:
    def run() -> Tensor:
        return dense_of(module(rows))

    return run


def _form(module: nn.Module, x: Tensor) -> Form:
    def run() -> Field:
        result: Any = module(x)
        return result  # type: ignore[no-any-return]

    return run


def _weights_contiguous(module: nn.Module) -> nn.Module:
    clone = copy.deepcopy(module)
    for child in clone.modules():
        if isinstance(child, FusedConv2d) and child.weight is not None:
            child.weight = child.weight.contiguous()
    return clone
