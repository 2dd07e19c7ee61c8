"""A network's modules in their form for inference: the same function in fewer and larger steps.

Batch norms are folded into their convolutions, activations computed with them, residual scales folded into the last
weights, and the 1×1 convolutions that read one input joined into a single product.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import nn

from engine.cascade.block_program import Programmed, block_program
from engine.cascade.convolution import Conv2d, Pointwise
from engine.cascade.fields import Field, Rows, concatenate, values_of, with_values
from engine.cascade.fused import FusedConv2d, fuse, joined
from engine.cascade.packed import Activation
from engine.cascade.region_program import RegionProgram
from engine.models.layers import Branches, ChannelDropout, ConvUnit, ParallelSum, Residual
from engine.models.resnet import ResNet


class FusedBranches(nn.Module):
    """Parallel branches whose leading 1×1 convolutions are one product; the concatenation keeps the branches' order.

    Args:
        branches: every branch as its fused steps in order.
        join: whether the leading convolutions become one product.
    """

    def __init__(self, branches: Sequence[Sequence[nn.Module]], *, join: bool = True) -> None:
        super().__init__()
        leading = [steps[0] if steps and _is_plain_1x1(steps[0]) else None for steps in branches]
        shared = [conv for conv in leading if isinstance(conv, FusedConv2d)]
        join = join and len(shared) > 1
        self.leading = joined(shared) if join else None
        self.widths = [conv.outputs for conv in shared] if join else []
        self.takes_share = [join and conv is not None for conv in leading]
        self.branches = nn.ModuleList(
            nn.Sequential(*(steps[1:] if share else steps))
            for steps, share in zip(branches, self.takes_share, strict=True)
        )

    def forward(self, field: Field) -> Field:
        if isinstance(field, Rows) and self.leading is None:
            return self._side_by_side(field)
        shares = iter(self._split(self.leading(field)) if self.leading is not None else ())
        outputs = [
            branch(next(shares) if share else field)
            for branch, share in zip(self.branches, self.takes_share, strict=True)
        ]
        return concatenate(*outputs)

    def _side_by_side(self, rows: Rows) -> Rows:
        """Every branch writes its own columns of one array."""
        ends = [_steps_of(branch) for branch in self.branches]
        widths = [_outputs(steps, rows.values.shape[1]) for steps in ends]
        values = rows.values.new_empty(len(rows.index), sum(widths))
        for steps, columns in zip(ends, torch.split(values, widths, dim=1), strict=True):
            *before, last = steps or [nn.Identity()]
            branch: Field = rows
            for step in before:
                branch = step(branch)
            if isinstance(last, FusedConv2d):
                assert isinstance(branch, Rows)
                last.into(branch, columns)
            else:
                columns.copy_(values_of(last(branch)))
        return Rows(values, rows.index)

    def separate(self) -> None:
        """Every branch computes its own leading convolution from now on; before packing."""
        branches = self.separate_branches()
        self.leading, self.widths = None, []
        self.takes_share = [False] * len(branches)
        self.branches = nn.ModuleList(nn.Sequential(*steps) for steps in branches)

    def separate_branches(self) -> list[list[nn.Module]]:
        """The branches as fused steps in order, each with its own leading convolution again; before packing."""
        weights = iter(() if self.leading is None else self.leading.divided(self.widths))
        return [
            [*([next(weights)] if share else []), *branch.children()]
            for branch, share in zip(self.branches, self.takes_share, strict=True)
        ]

    def _split(self, field: Field) -> list[Field]:
        values = values_of(field)
        ends = accumulate(self.widths)
        return [with_values(field, values[:, end - w : end]) for w, end in zip(self.widths, ends, strict=True)]


class FusedResidual(Programmed, nn.Module):
    """x + branches(x), ReLU optional; the scale is folded into the projection's weights."""

    def __init__(self, branches: FusedBranches, project: FusedConv2d, *, relu: bool) -> None:
        super().__init__()
        self.branches = branches
        self.project = project
        self.relu = relu

    def forward(self, field: Field) -> Field:
        done = self.by_program(field)
        if done is not None:
            return done
        return self.project.onto(self.branches(field), field, activation=self._activation)

    def as_program(self) -> RegionProgram | None:
        if self.project.kernel is None:
            return None
        branches = [_convolutions(branch) for branch in self.branches.branches]
        if self.branches.leading is not None or not all(branches):
            return None
        return block_program(branches, self.project, activation=self._activation)

    @property
    def _activation(self) -> Activation:
        return "relu" if self.relu else "none"


def fused_module(module: nn.Module) -> nn.Module:
    """The inference form of a module of this package; what has none is copied, dropout is left out."""
    if isinstance(module, Residual):
        return FusedResidual(
            FusedBranches([_steps(branch) for branch in module.branches]),
            _scaled(_projection(module.conv2d), module.scale),
            relu=module.relu,
        )
    if isinstance(module, Branches):
        return FusedBranches([_steps(branch) for branch in module.branches])
    if isinstance(module, ParallelSum):
        return ParallelSum(*(fused_module(term) for term in module.terms))
    if isinstance(module, ConvUnit):
        return fuse(module.conv, module.bn, activation="relu" if module.relu else "none")
    if isinstance(module, nn.Sequential):
        return nn.Sequential(*_steps(module))
    if isinstance(module, nn.ModuleList):
        return nn.ModuleList(fused_module(child) for child in module)
    if isinstance(module, ResNet):
        return module.fused()
    if isinstance(module, Conv2d):
        return fuse(module)
    return copy.deepcopy(module)


def _steps(module: nn.Module) -> list[nn.Module]:
    """A branch as fused steps in order; a batch norm and a ReLU after a convolution join it, dropout is left out."""
    if not isinstance(module, nn.Sequential):
        return [] if isinstance(module, nn.Identity) else [fused_module(module)]
    steps: list[nn.Module] = []
    children = [child for child in module if not _is_dropout(child)]
    while children:
        child = children.pop(0)
        if not isinstance(child, Conv2d):
            steps += _steps(child)
            continue
        norm = children.pop(0) if children and isinstance(children[0], nn.BatchNorm2d) else None
        assert norm is None or isinstance(norm, nn.BatchNorm2d)
        activation: Activation = "none"
        if children and _is_pointwise(children[0], nn.ReLU):
            children.pop(0)
            activation = "relu"
        steps.append(fuse(child, norm, activation=activation))
    return steps


def _is_dropout(module: nn.Module) -> bool:
    return isinstance(module, ChannelDropout) or _is_pointwise(module, nn.Dropout)


def _is_pointwise(module: nn.Module, operation: type) -> bool:
    return isinstance(module, Pointwise) and isinstance(module.operation, operation)


def _projection(module: nn.Module) -> FusedConv2d:
    project = fused_module(module)
    assert isinstance(project, FusedConv2d)
    return project


def _scaled(conv: FusedConv2d, scale: float) -> FusedConv2d:
    with torch.no_grad():
        if conv.weight is not None:
            conv.weight.mul_(scale)
        conv.bias.mul_(scale)
    return conv


def _steps_of(branch: nn.Module) -> list[nn.Module]:
    assert isinstance(branch, nn.Sequential)
    return list(branch)


def _convolutions(branch: nn.Module) -> list[FusedConv2d]:
    """The steps of a branch of convolutions; empty where there are others."""
    steps = _steps_of(branch)
    found = [step for step in steps if isinstance(step, FusedConv2d)]
    return found if len(found) == len(steps) else []


def _outputs(steps: Sequence[nn.Module], inputs: int) -> int:
    """Channels behind the steps of a branch; only convolutions change their number."""
    widths = [step.outputs for step in steps if isinstance(step, FusedConv2d)]
    return widths[-1] if widths else inputs


def _is_plain_1x1(module: nn.Module) -> bool:
    return (
        isinstance(module, FusedConv2d)
        and module.window.taps == 1
        and module.window.stride == (1, 1)
        and module.groups == 1
        and module.activation == "relu"
    )
