"""MobileNetV2's building blocks on fields, under torchvision's key names (Sandler et al., CVPR 2018, table 1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.cascade.block_program import Programmed, block_program
from engine.cascade.convolution import BatchNorm2d, Conv2d, Pointwise, convolve_and_normalise
from engine.cascade.fields import Field, pointwise
from engine.cascade.fused import FusedConv2d
from engine.cascade.region_program import RegionProgram


class ConvNorm(nn.Sequential):
    """Convolution and batch norm; keys 0 and 1."""

    def __init__(
        self, inputs: int, outputs: int, *, kernel: int = 1, stride: int = 1, dilation: int = 1, groups: int = 1
    ) -> None:
        padding = dilation * (kernel - 1) // 2
        conv = Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)
        super().__init__(conv, BatchNorm2d(outputs))

    def forward(self, field: Field) -> Field:
        return convolve_and_normalise(self[0], self[1], field)


class ConvNormAct(ConvNorm):
    """Convolution, batch norm, ReLU6; keys 0 and 1 as in torchvision."""

    def __init__(
        self, inputs: int, outputs: int, *, kernel: int = 1, stride: int = 1, dilation: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel=kernel, stride=stride, dilation=dilation, groups=groups)
        self.append(Pointwise(nn.ReLU6(inplace=True)))

    def forward(self, field: Field) -> Field:
        activated: Field = self[2](super().forward(field))
        return activated


class InvertedResidual(Programmed, nn.Module):
    """Expand 1×1, depthwise 3×3, project 1×1; keys conv.* as in torchvision."""

    def __init__(self, inputs: int, outputs: int, *, expansion: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvNormAct(inputs, hidden))
        layers.append(ConvNormAct(hidden, hidden, kernel=3, stride=stride, dilation=dilation, groups=hidden))
        layers += ConvNorm(hidden, outputs)
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    @property
    def depthwise(self) -> nn.Module:
        """The depthwise convolution, in training form or fused."""
        layer = self.conv[-3]
        assert isinstance(layer, ConvNormAct)
        return layer[0]

    def forward(self, field: Field) -> Field:
        done = self.by_program(field)
        if done is not None:
            return done
        *before, project, norm = self.conv
        branch = field
        for layer in before:
            branch = layer(branch)
        branch = convolve_and_normalise(project, norm, branch)
        return pointwise(_sum, branch, field) if self.residual else branch

    def as_program(self) -> RegionProgram | None:
        last = self.conv[-2]
        if not isinstance(last, FusedConv2d) or last.kernel is None:
            return None
        *before, project = (module for module in self.conv.modules() if isinstance(module, FusedConv2d))
        return block_program([before], project, residual=self.residual)


def _sum(branch: Tensor, x: Tensor) -> Tensor:
    """branch + x, written over the branch where no gradient is wanted: nothing else holds it."""
    if torch.is_grad_enabled() or branch.dtype != x.dtype:
        return branch + x
    return branch.add_(x)
