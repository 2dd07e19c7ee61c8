"""Products and convolutions whose weights are laid out once for the CPU's kernels, with bias and activation in the same
pass.

Rows meet their weights as (n×C_in)·(C_in×C_out), dense maps in a convolution. A plain call lays the weights out anew
each time, which costs a tenth of a product at the cascade's sizes, and an activation of its own reads and writes every
value once more; these keep the laid-out copy. Where oneDNN is missing, the plain product serves.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from typing import Any, Final, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cascade.region import Window
from engine.cascade.row_counts import rounded_within
from engine.cascade.scratch import scratch

Activation = Literal["none", "relu", "relu6"]

# Copying more rows than that takes longer than a kernel for their number is worth.
_COPIED_BYTES: Final = 3 << 17
# Sizes of maps for which a convolution keeps its weights laid out.
_LAYOUTS: Final = 2

# oneDNN's name of each activation and its parameters.
ONEDNN_ATTRIBUTES: dict[Activation, tuple[str, list[float]]] = {
    "none": ("none", []),
    "relu": ("relu", []),
    "relu6": ("hardtanh", [0.0, 6.0]),
}


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
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, *, activation: Activation = "none") -> None:
        self.outputs = int(weight.shape[0])
        self._bias = None if bias is None else bias.detach().contiguous()
        self._activation: Activation = activation
        self._packed = packing_available(weight.dtype) and weight.device.type == "cpu"
        weight = weight.detach().contiguous()
        self._weight: Tensor = _ops()._reorder_linear_weight(weight, None) if self._packed else weight

    def __call__(self, x: Tensor) -> Tensor:
        if x.shape[0] == 0:
            return x.new_zeros(0, self.outputs)
        if not self._packed:
            return activate_(F.linear(x, self._weight, self._bias), self._activation)
        attribute, scalars = ONEDNN_ATTRIBUTES[self._activation]
        count = x.shape[0]
        rows = _familiar(x.contiguous())
        result: Tensor = _ops()._linear_pointwise(rows, self._weight, self._bias, attribute, scalars, "")
        return result[:count]


def _familiar(x: Tensor) -> Tensor:
    """The rows, where they are small with more behind them, so that their number is one of a few."""
    count = rounded_within(x.shape[0], row_bytes=x.shape[1] * x.element_size(), limit=_COPIED_BYTES)
    if count == x.shape[0]:
        return x
    rows = scratch("familiar", count, x.shape[1], like=x)
    rows[: x.shape[0]] = x
    rows[x.shape[0] :] = 0.0
    return rows


class PackedConvolution:
    """activation(convolution + bias) on dense maps N×C_in×H×W, for inference where packing_available; channels-last.

    Args:
        weight: C_out×(C_in/groups)×kh×kw.
        bias: C_out.
        size: height and width of the maps that come first.

    Weights laid out for one size are laid out anew in every call for another, which can take as long as the
    convolution. So those of the sizes met last are kept: photos come upright and across.
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
        self._inputs = weight.shape[1] * groups
        self._layouts = OrderedDict({size: self._laid_out(weight.detach().contiguous(), size)})
        self._bias = bias.detach().contiguous()
        self._attribute, self._scalars = ONEDNN_ATTRIBUTES[activation]

    def __call__(self, features: Tensor) -> Tensor:
        result: Tensor = _ops()._convolution_pointwise(
            features, self._weight_for(features), self._bias, *self._geometry, self._attribute, self._scalars, ""
        )
        return result

    def onto(self, features: Tensor, other: Tensor, *, relu: bool) -> Tensor:
        """convolution + other, ReLU optional, in one kernel; without the activation."""
        unary = "relu" if relu else None
        result: Tensor = _ops()._convolution_pointwise.binary(
            features, other, self._weight_for(features), self._bias, *self._geometry, "add", 1.0, unary, [], ""
        )
        return result

    def _weight_for(self, features: Tensor) -> Tensor:
        size = (features.shape[2], features.shape[3])
        found = self._layouts.get(size)
        if found is None:
            found = self._laid_out(next(iter(self._layouts.values())).to_dense(), size)
            self._layouts[size] = found
            if len(self._layouts) > _LAYOUTS:
                self._layouts.popitem(last=False)
        self._layouts.move_to_end(size)
        return found

    def _laid_out(self, weight: Tensor, size: tuple[int, int]) -> Tensor:
        shape = [1, self._inputs, *size]
        laid_out: Tensor = _ops()._reorder_convolution_weight(weight, *self._geometry, shape)
        return laid_out


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
