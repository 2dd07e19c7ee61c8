"""Products and convolutions whose weights are laid out once for the CPU's kernels, with bias and activation in the same
pass.

Rows meet their weights as (n×C_in)·(C_in×C_out), dense maps in a convolution. A plain call lays the weights out anew
each time, which costs a tenth of a product at the cascade's sizes, and an activation of its own reads and writes every
value once more; these keep the laid-out copy. Where oneDNN is missing, the plain product serves.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.region import Window

Activation = Literal["none", "relu", "relu6"]

# oneDNN's name of each activation and its parameters.
ONEDNN_ATTRIBUTES: dict[Activation, tuple[str, list[float]]] = {
    "none": ("none", []),
    "relu": ("relu", []),
    "relu6": ("hardtanh", [0.0, 6.0]),
}


# Length of the image that a product's convolution is laid out for; others are as right.
_IMAGE_ROWS = 1024


def activate_(values: Tensor, activation: Activation) -> Tensor:
    """Applies the activation in place and returns the tensor."""
    if activation == "relu":
        return values.relu_()
    return values.clamp_(0.0, 6.0) if activation == "relu6" else values


class Product:
    """activation(x·Wᵀ + b) for x n×C_in, for inference.

    Args:
        weight: C_out×C_in; kept only in the laid-out form where that form is used.
        bias: C_out or None.
        sums: it is mostly called as `onto`. In bf16 the rows then pass as a 1×n image through a convolution, whose
            kernel adds and rectifies on the way: up to a tenth less for a few hundred rows. In fp32 it is no quicker.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None, *, activation: Activation = "none", sums: bool = False
    ) -> None:
        self.outputs = int(weight.shape[0])
        self._bias = None if bias is None else bias.detach().contiguous()
        self._activation: Activation = activation
        self._packed = packing_available(weight.dtype) and weight.device.type == "cpu"
        weight = weight.detach().contiguous()
        self._convolution: PackedConvolution | None = None
        if sums and self._packed and bias is not None and weight.dtype == torch.bfloat16:
            kernel = weight[:, :, None, None]
            self._convolution = PackedConvolution(
                kernel, bias, window=Window((1, 1)), activation=activation, size=(1, _IMAGE_ROWS)
            )
            return
        self._weight: Tensor = _ops()._reorder_linear_weight(weight, None) if self._packed else weight

    def onto(self, x: Tensor, other: Tensor, *, relu: bool) -> Tensor:
        """x·Wᵀ + b + other (n×C_out, left as it is), ReLU optional; without the activation."""
        if self._convolution is None or x.shape[0] == 0:
            total = self(x).add_(other)
            return total.relu_() if relu else total
        return _as_rows(self._convolution.onto(_as_image(x), _as_image(other), relu=relu))

    def __call__(self, x: Tensor) -> Tensor:
        if x.shape[0] == 0:
            return x.new_zeros(0, self.outputs)
        if self._convolution is not None:
            return _as_rows(self._convolution(_as_image(x)))
        if not self._packed:
            return activate_(F.linear(x, self._weight, self._bias), self._activation)
        attribute, scalars = ONEDNN_ATTRIBUTES[self._activation]
        result: Tensor = _ops()._linear_pointwise(x.contiguous(), self._weight, self._bias, attribute, scalars, "")
        return result


def _as_image(rows: Tensor) -> Tensor:
    """n×C rows as a channels-last image 1×C×1×n, as a view where they are contiguous."""
    return rows.contiguous().view(1, 1, *rows.shape).permute(0, 3, 1, 2)


def _as_rows(image: Tensor) -> Tensor:
    """The n×C rows of a channels-last image 1×C×1×n, as a view."""
    return image.permute(0, 2, 3, 1).reshape(image.shape[3], image.shape[1])


class PackedConvolution:
    """activation(convolution + bias) on dense maps N×C_in×H×W, for inference where packing_available; channels-last.

    Args:
        weight: C_out×(C_in/groups)×kh×kw.
        bias: C_out.
        size: height and width of the maps to lay the weights out for; other sizes give the same values.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor,
        *,
        window: Window,
        groups: int = 1,
        activation: Activation = "none",
        size: tuple[int, int],
    ) -> None:
        self._geometry = [list(window.padding), list(window.stride), list(window.dilation), groups]
        shape = [1, weight.shape[1] * groups, *size]
        self._weight = _ops()._reorder_convolution_weight(weight.detach().contiguous(), *self._geometry, shape)
        self._bias = bias.detach().contiguous()
        self._attribute, self._scalars = ONEDNN_ATTRIBUTES[activation]

    def __call__(self, features: Tensor) -> Tensor:
        result: Tensor = _ops()._convolution_pointwise(
            features, self._weight, self._bias, *self._geometry, self._attribute, self._scalars, ""
        )
        return result

    def onto(self, features: Tensor, other: Tensor, *, relu: bool) -> Tensor:
        """convolution + other, ReLU optional, in one kernel; without the activation."""
        unary = "relu" if relu else None
        result: Tensor = _ops()._convolution_pointwise.binary(
            features, other, self._weight, self._bias, *self._geometry, "add", 1.0, unary, [], ""
        )
        return result


def _ops() -> Any:
    return torch.ops.mkldnn


@functools.cache
def packing_available(dtype: torch.dtype) -> bool:
    """Whether oneDNN's laid-out products and convolutions work here for this precision; tried once on small ones."""
    if dtype not in (torch.float32, torch.bfloat16) or not torch._C._has_mkldnn:
        return False
    x = torch.linspace(-1, 1, 3 * 16).reshape(3, 16).to(dtype)
    weight = torch.linspace(-1, 1, 8 * 16).reshape(8, 16).to(dtype)
    expected = F.linear(x, weight).clamp(0.0, 6.0)
    try:
        packed = _ops()._reorder_linear_weight(weight, None)
        got = _ops()._linear_pointwise(x, packed, None, "hardtanh", [0.0, 6.0], "")
        window = Window((1, 1))
        convolution = PackedConvolution(
            weight.reshape(8, 16, 1, 1), weight.new_zeros(8), window=window, activation="relu6", size=(1, 3)
        )
        convolved = convolution(x.reshape(1, 1, 3, 16).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).reshape(3, 8)
    except (RuntimeError, AttributeError, NotImplementedError):
        # These operators belong to PyTorch's CPU back end without a promise; without them the plain product serves.
        return False
    return all(torch.allclose(found.float(), expected.float(), atol=0.05) for found in (got, convolved))
