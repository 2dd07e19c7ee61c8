"""Convolutions on rows in the form that the compiled kernels take, see engine/cascade/kernels."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from engine.cascade.kernels.library import StepFields, runs_region_steps, scratch_bytes
from engine.cascade.packed import Activation

_PANEL_COLUMNS: Final = 32
_CHUNK_BYTES: Final = 64
_MOST_TAPS: Final = 64  # of a depthwise convolution, kMostTaps in depthwise.cpp
_ACTIVATIONS: Final[dict[Activation, int]] = {"none": 0, "relu": 1, "relu6": 2}


class RegionKernel:
    """activation(convolution of gathered rows + bias), for inference where available().

    Sums are taken in fp32 and rounded once. Those of a row do not depend on how many rows are computed with it.

    Args:
        weight: C_out×taps×C_in, or C_out×taps×1 for a depthwise convolution; fp32 or bf16, on the CPU. Kept only in the
            laid-out form.
        bias: C_out.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, *, activation: Activation = "none", depthwise: bool = False
    ) -> None:
        self.outputs, self.taps = int(weight.shape[0]), int(weight.shape[1])
        self.channels = self.outputs if depthwise else int(weight.shape[2])
        self.depthwise = depthwise
        self.dtype = weight.dtype
        self.activation: Activation = activation
        weight = weight.detach()
        self._weights = weight[:, :, 0].float().t().contiguous() if depthwise else _in_panels(weight)
        self._bias = bias.detach().float().contiguous()
        self.scratch_bytes = (
            0 if depthwise else scratch_bytes(channels=self.channels, taps=self.taps, dtype=weight.dtype)
        )

    @staticmethod
    def available(weight: Tensor, *, depthwise: bool = False) -> bool:
        """Whether a kernel takes a weight C_out×C_in×kh×kw of this type, where it is."""
        fits = not depthwise or weight.shape[2] * weight.shape[3] <= _MOST_TAPS
        return weight.device.type == "cpu" and runs_region_steps(weight.dtype) and fits

    def step(
        self,
        rows: Tensor,
        table: Tensor | None,
        out: Tensor,
        *,
        onto: Tensor | None = None,
        activation: Activation | None = None,
    ) -> StepFields:
        """What a kernel is told; the tensors must outlive the call.

        Args:
            rows: m×C_in; may be a slice of the columns of wider rows.
            table: int64 [n, taps], which of the rows stands at each tap, m or more for zeros; one tap needs none.
            out: n×C_out to write to, none of the others; may be a slice of columns.
            onto: n×C_out, added before the activation; not for depthwise convolutions.
            activation: instead of the kernel's own.

        Raises:
            ValueError: shapes or types that do not fit.
        """
        count = out.shape[0]
        self._check(rows, table, out, onto)
        return StepFields(
            x=rows.data_ptr(), x_stride=rows.stride(0), sources=rows.shape[0],
            table=None if table is None else table.data_ptr(), rows=count, taps=self.taps, channels=self.channels,
            weights=self._weights.data_ptr(), bias=self._bias.data_ptr(),
            add=None if onto is None else onto.data_ptr(), add_stride=0 if onto is None else onto.stride(0),
            out=out.data_ptr(), out_stride=out.stride(0), outputs=self.outputs,
            activation=_ACTIVATIONS[activation or self.activation],
            bf16=self.dtype == torch.bfloat16, depthwise=self.depthwise,
        )  # fmt: skip

    def _check(self, rows: Tensor, table: Tensor | None, out: Tensor, onto: Tensor | None) -> None:
        taps, count = (1, rows.shape[0]) if table is None else (table.shape[1], table.shape[0])
        if rows.dtype != self.dtype or (taps, rows.shape[1]) != (self.taps, self.channels):
            raise ValueError(
                f"{self.taps} taps of {self.channels} {self.dtype} wanted, got {taps} of {rows.shape[1]} {rows.dtype}"
            )
        for other in (out, onto):
            if other is not None and (other.shape != (count, self.outputs) or other.dtype != self.dtype):
                raise ValueError(f"{count}×{self.outputs} {self.dtype} wanted, got {tuple(other.shape)} {other.dtype}")
        if table is not None and not table.is_contiguous():
            raise ValueError("rows of the table must follow one another in memory")
        if any(t is not None and t.stride(1) != 1 and t.numel() > 0 for t in (rows, out, onto)):
            raise ValueError("columns must follow one another in memory")


def _in_panels(weight: Tensor) -> Tensor:
    """Panels of 32 outputs; in each the taps, in each the channels in words of 4 bytes, in each the outputs."""
    outputs, taps, channels = weight.shape
    in_word = 4 // weight.element_size()
    in_chunk = _CHUNK_BYTES // weight.element_size()
    panels, padded = -(-outputs // _PANEL_COLUMNS), -(-channels // in_chunk) * in_chunk
    full = weight.new_zeros(panels * _PANEL_COLUMNS, taps, padded)
    full[:outputs, :, :channels] = weight
    words = full.view(panels, _PANEL_COLUMNS, taps * padded // in_word, in_word)
    laid_out = words.permute(0, 2, 1, 3).contiguous()
    assert laid_out.data_ptr() % _CHUNK_BYTES == 0, "PyTorch's memory starts at multiples of 64 bytes"
    return laid_out
