"""Convolutions on rows in the form that the compiled kernels take, see engine/cascade/kernels."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from engine.cascade.kernels.library import PlannedStep, panel_columns, runs_region_steps, scratch_bytes
from engine.cascade.packed import Activation

_CHUNK_BYTES: Final = 64
_MOST_TAPS: Final = 64  # of a depthwise convolution, kMostTaps in depthwise.h
_ACTIVATIONS: Final[dict[Activation, int]] = {"none": 0, "relu": 1, "relu6": 2}


class RegionKernel:
    """activation(convolution of gathered rows + bias), for inference where available(); run by a RegionProgram.

    Sums are taken in fp32 and rounded once. Those of a row do not depend on how many rows are computed with it.

    Args:
        weight: C_out×taps×C_in, or C_out×taps×1 for a depthwise convolution; fp32 or bf16, on the CPU. Kept only in the
            laid-out form.
        bias: C_out.

    Raises:
        RuntimeError: there are no kernels for this type here.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, *, activation: Activation = "none", depthwise: bool = False
    ) -> None:
        if not runs_region_steps(weight.dtype):
            raise RuntimeError(f"there are no kernels for {weight.dtype} here")
        self.outputs, self.taps = int(weight.shape[0]), int(weight.shape[1])
        self.channels = self.outputs if depthwise else int(weight.shape[2])
        self.depthwise = depthwise
        self.dtype = weight.dtype
        self.activation: Activation = activation
        weight = weight.detach()
        self.weights = weight[:, :, 0].float().t().contiguous() if depthwise else _in_panels(weight)
        self.bias = bias.detach().float().contiguous()
        self.scratch_bytes = (
            0 if depthwise else scratch_bytes(channels=self.channels, taps=self.taps, dtype=weight.dtype)
        )

    @staticmethod
    def available(weight: Tensor, *, depthwise: bool = False) -> bool:
        """Whether a kernel takes a weight C_out×C_in×kh×kw of this type, where it is."""
        fits = not depthwise or weight.shape[2] * weight.shape[3] <= _MOST_TAPS
        return weight.device.type == "cpu" and runs_region_steps(weight.dtype) and fits

    def planned(self, activation: Activation | None) -> PlannedStep:
        """What a step of a program takes from it; `activation` instead of its own. Valid while the kernel lives."""
        return PlannedStep(
            taps=self.taps, channels=self.channels, outputs=self.outputs,
            activation=_ACTIVATIONS[activation or self.activation],
            bf16=self.dtype == torch.bfloat16, depthwise=self.depthwise,
            weights=self.weights.data_ptr(), bias=self.bias.data_ptr(),
        )  # fmt: skip


def _in_panels(weight: Tensor) -> Tensor:
    """Panels of some outputs; in each the taps, in each the channels in words of 4 bytes, in each the outputs."""
    outputs, taps, channels = weight.shape
    in_word = 4 // weight.element_size()
    in_chunk = _CHUNK_BYTES // weight.element_size()
    columns = panel_columns()
    panels, padded = -(-outputs // columns), -(-channels // in_chunk) * in_chunk
    full = weight.new_zeros(panels * columns, taps, padded)
    full[:outputs, :, :channels] = weight
    words = full.view(panels, columns, taps * padded // in_word, in_word)
    laid_out = words.permute(0, 2, 1, 3).contiguous()
    assert laid_out.data_ptr() % _CHUNK_BYTES == 0, "PyTorch's memory starts at multiples of 64 bytes"
    return laid_out
