"""Convolution and batch norm modules that accept any field, under the names and shapes of torch.nn.

They are subclasses, so public state dicts load by their own keys; on a dense tensor they are exactly their base class.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.cascade.depthwise import depthwise_conv2d
from engine.cascade.fields import Field, Masked, Rows, values_of, with_values
from engine.cascade.region import Window
from engine.cascade.region_conv import region_conv


class Conv2d(nn.Conv2d):
    """nn.Conv2d on fields. On rows it is region convolution, on a Masked field the dense×mask reference."""

    @property
    def window(self) -> Window:
        pair = tuple[int, int]
        return Window(
            cast(pair, self.kernel_size), cast(pair, self.dilation), cast(pair, self.stride), cast(pair, self.padding)
        )

    def forward(self, field: Field) -> Field:  # type: ignore[override]
        return self.convolve(field, self.weight, self.bias)

    def convolve(self, field: Field, weight: Tensor, bias: Tensor | None) -> Field:
        """The same convolution with other weights of the same shape."""
        if isinstance(field, Rows):
            return region_conv(field, weight, bias, window=self.window, groups=self.groups)
        if isinstance(field, Masked):
            # A 1×1 convolution needs no mask: what it computes outside M is never read inside.
            seen = field.values if self.window.taps == 1 else field.values * field.mask
            return Masked(self._dense(seen, weight, bias), field.mask)
        return self._dense(field, weight, bias)

    def _dense(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if self.groups == self.in_channels == self.out_channels:
            return depthwise_conv2d(features, weight, bias, window=self.window)
        window = self.window
        return F.conv2d(features, weight, bias, window.stride, window.padding, window.dilation, self.groups)


class BatchNorm2d(nn.BatchNorm2d):
    """nn.BatchNorm2d on fields. With frozen statistics only: on rows, batch statistics would see the region alone."""

    def forward(self, field: Field) -> Field:  # type: ignore[override]
        if isinstance(field, Tensor):
            return super().forward(field)
        if self.training:
            raise RuntimeError("batch norm on a region needs frozen statistics: put it in eval mode")
        return with_values(
            field,
            F.batch_norm(
                values_of(field), self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            ),
        )


class Pointwise(nn.Module):
    """An element-wise module (ReLU, ReLU6, dropout) lifted to fields."""

    def __init__(self, operation: nn.Module) -> None:
        super().__init__()
        self.operation = operation

    def forward(self, field: Field) -> Field:
        return with_values(field, self.operation(values_of(field)))


def convolve_and_normalise(conv: nn.Module, norm: nn.Module, field: Field) -> Field:
    """norm(conv(field)); with frozen statistics as one convolution, which saves a pass over the features forwards and
    two backwards while weights, scale and shift still learn.
    """
    if isinstance(conv, Conv2d) and isinstance(norm, nn.BatchNorm2d) and not norm.training:
        return conv.convolve(field, *fold_batch_norm(conv, norm))
    normalised: Field = norm(conv(field))
    return normalised


def fold_batch_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the single convolution that equals conv followed by norm with its frozen statistics.

    Both are differentiable in the parameters of conv and norm.
    """
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale.reshape(-1, 1, 1, 1)
    bias = norm.bias - norm.running_mean * scale
    if conv.bias is not None:
        bias = bias + conv.bias * scale
    return weight, bias
