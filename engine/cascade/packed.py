"""Matrix products whose weights are laid out once for the CPU's kernels, with bias and activation in the same pass.

Rows meet their weights as (n×C_in)·(C_in×C_out). A plain call lays the weights out anew each time, which costs a tenth
of a product at the cascade's sizes; these products keep the laid-out copy. Where oneDNN is missing, the plain product
serves.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Activation = Literal["none", "relu", "relu6"]

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
        result: Tensor = _ops()._linear_pointwise(x.contiguous(), self._weight, self._bias, attribute, scalars, "")
        return result


def _ops() -> Any:
    return torch.ops.mkldnn


@functools.cache
def packing_available(dtype: torch.dtype) -> bool:
    """Whether oneDNN's laid-out products work here for this precision; tried once on a small product."""
    if dtype not in (torch.float32, torch.bfloat16) or not torch._C._has_mkldnn:
        return False
    x = torch.linspace(-1, 1, 3 * 16).reshape(3, 16).to(dtype)
    weight = torch.linspace(-1, 1, 8 * 16).reshape(8, 16).to(dtype)
    expected = F.linear(x, weight).clamp(0.0, 6.0)
    try:
        packed = _ops()._reorder_linear_weight(weight, None)
        got = _ops()._linear_pointwise(x, packed, None, "hardtanh", [0.0, 6.0], "")
    except (RuntimeError, AttributeError, NotImplementedError):
        # These operators belong to PyTorch's CPU back end without a promise; without them the plain product serves.
        return False
    return bool(torch.allclose(got.float(), expected.float(), atol=0.05))
