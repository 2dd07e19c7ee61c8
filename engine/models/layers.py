"""Building pieces shared by the architectures: written once on fields, so they serve dense maps and regions alike."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from engine.cascade.convolution import BatchNorm2d, Conv2d
from engine.cascade.fields import Field, Rows, concatenate, pointwise, values_of, with_values

Kernel = int | tuple[int, int]


class ConvUnit(nn.Module):
    """Convolution without bias, batch norm, ReLU (optional); keys conv.* and bn.* as in timm.

    Args:
        padding: None keeps the map's size at stride 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Kernel,
        *,
        eps: float,
        stride: int = 1,
        dilation: int = 1,
        relu: bool = True,
    ) -> None:
        super().__init__()
        size = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (dilation * (size[0] - 1) // 2, dilation * (size[1] - 1) // 2)
        self.conv = Conv2d(inputs, outputs, size, stride, padding, dilation, bias=False)
        self.bn = BatchNorm2d(outputs, eps=eps)
        self.relu = relu
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, field: Field) -> Field:
        normed: Field = self.bn(self.conv(field))
        return pointwise(F.relu, normed) if self.relu else normed


class ChannelDropout(nn.Module):
    """nn.Dropout2d on fields: in training it leaves whole channels of an image out, of all its cells alike."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, field: Field) -> Field:
        if not self.training:
            return field
        values = values_of(field)
        if isinstance(field, Rows):
            factors = F.dropout(values.new_ones(field.index.shape[0], values.shape[1]), self.rate)
            return with_values(field, values * factors[field.index.images()])
        return with_values(field, F.dropout2d(values, self.rate))


class Branches(nn.Module):
    """Parallel branches on one input, their outputs concatenated; keys branch0, branch1, …"""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        for number, branch in enumerate(branches):
            self.add_module(f"branch{number}", branch)

    @property
    def branches(self) -> list[nn.Module]:
        return [module for name, module in self.named_children() if name.startswith("branch")]

    def forward(self, field: Field) -> Field:
        return concatenate(*(branch(field) for branch in self.branches))


class Residual(Branches):
    """x + scale · project(branches(x)), then ReLU (optional).

    Args:
        project: the last 1×1 convolution, key conv2d.*, without an activation of its own.
    """

    def __init__(self, *branches: nn.Module, project: nn.Module, scale: float, relu: bool = True) -> None:
        super().__init__(*branches)
        self.conv2d = project
        self.scale = scale
        self.relu = relu

    def forward(self, field: Field) -> Field:
        branch: Field = self.conv2d(super().forward(field))
        total = pointwise(lambda x, b: torch.add(x, b, alpha=self.scale), field, branch)
        return pointwise(F.relu, total) if self.relu else total


class ParallelSum(nn.Module):
    """The sum of several modules on one input."""

    def __init__(self, *terms: nn.Module) -> None:
        super().__init__()
        self.terms = nn.ModuleList(terms)

    def forward(self, field: Field) -> Field:
        return pointwise(lambda first, *rest: sum(rest, start=first), *(term(field) for term in self.terms))
