"""Runs compiled kernels on the rows of a region or on a dense map: one convolution, or those of a block in one call.

Between two calls Python and PyTorch take longer than gathering a few rows does; a program crosses over once a block,
and what passes between its convolutions stays in memory that is kept.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

from engine.cascade.fields import Rows
from engine.cascade.kernels.library import ProgramCall, run_program
from engine.cascade.packed import Activation
from engine.cascade.program_plan import Place, ProgramPlan, Step
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.scratch import scratch_address


class RegionProgram:
    """Convolutions one after another, each from and to a place; the last one's array is what the program returns.

    Args:
        width: channels of the rows that it is given.
    """

    def __init__(self, width: int) -> None:
        self._widths = [width]
        self._steps: list[Step] = []
        self._plan: ProgramPlan | None = None
        self._strided: Window | None = None
        self._coarse: set[int] = set()  # the arrays behind a strided convolution
        self.given = Place(0, 0, width)

    def __getstate__(self) -> dict[str, Any]:
        """Without the plan, whose addresses are of this program's own kernels: a copy makes its own."""
        return self.__dict__ | {"_plan": None}

    @classmethod
    def of(cls, kernel: RegionKernel, window: Window) -> RegionProgram:
        """One convolution."""
        program = cls(kernel.channels)
        program.add(kernel, window, source=program.given, to=program.array(kernel.outputs))
        return program

    def array(self, width: int) -> Place:
        """A new array of so many columns."""
        self._widths.append(width)
        return Place(len(self._widths) - 1, 0, width)

    def add(
        self,
        kernel: RegionKernel,
        window: Window,
        *,
        source: Place,
        to: Place,
        onto: Place | None = None,
        activation: Activation | None = None,
    ) -> None:
        """Adds activation(convolution of `source` + `onto`), written to `to`; `activation` instead of the kernel's own.

        Raises:
            ValueError: widths or types that do not fit, or a second convolution with a stride.
        """
        wanted = [kernel.channels, kernel.outputs, kernel.outputs, kernel.taps]
        found = [source.width, to.width, kernel.outputs if onto is None else onto.width, window.taps]
        if wanted != found or kernel.dtype != (self._steps[0].kernel if self._steps else kernel).dtype:
            raise ValueError(f"channels, outputs, sum and taps of {wanted} {kernel.dtype} wanted, got {found}")
        if window.stride != (1, 1):
            if self._strided is not None:
                raise ValueError("a program has one strided convolution at most")
            self._strided = window
        if window.stride != (1, 1) or source.array in self._coarse:
            self._coarse.add(to.array)
        self._steps.append(Step(kernel, window, source, to, onto, activation))
        self._plan = None

    def __call__(self, rows: Rows, *, out: Tensor | None = None) -> Rows:
        """Runs it on a region.

        Args:
            out: n×C_out to write to, none of the rows; may be a slice of the columns of a wider array. A new one if
                None.

        Raises:
            ValueError: it has a stride, which a region cannot have, or the rows or `out` do not fit.
        """
        if self._strided is not None:
            raise ValueError(f"a program on a region must keep the map's size: {self._strided}")
        return Rows(self._values(rows.values, rows.index, rows.index, out), rows.index)

    def on_map(self, features: Tensor) -> Tensor:
        """Runs it on a dense map N×C×H×W, of which it makes another, channels-last."""
        images, channels, *size = features.shape
        height, width = size if self._strided is None else self._strided.output_size((size[0], size[1]))
        fine, coarse = RegionIndex.of_all(images, *size), RegionIndex.of_all(images, height, width)
        values = self._values(features.permute(0, 2, 3, 1).reshape(-1, channels), fine, coarse, None)
        return values.view(images, height, width, -1).permute(0, 3, 1, 2)

    def _values(self, values: Tensor, fine: RegionIndex, coarse: RegionIndex, out: Tensor | None) -> Tensor:
        """On the cells of `fine`, and behind a stride on those of `coarse`."""
        rows = len(fine), len(coarse)
        out = self._checked(values, out, rows[self._steps[-1].to.array in self._coarse])
        values = values if values.stride(1) == 1 else values.contiguous()
        plan = self._plan
        if plan is None:
            plan = self._plan = ProgramPlan(self._widths, self._coarse, self._steps)
        tables = [(coarse if behind else fine).neighbours(window) for window, behind in plan.windows]
        if self._strided is not None:
            tables.append(coarse.sources(self._strided, fine.shape[1:]))
        addresses = (ctypes.c_void_p * len(tables))(*[table.data_ptr() for table in tables])
        threads = torch.get_num_threads()
        call = ProgramCall(
            x=values.data_ptr(), x_stride=values.stride(0), out=out.data_ptr(), out_stride=out.stride(0),
            tables=ctypes.addressof(addresses), rows=rows, threads=threads,
            memory=scratch_address("program", plan.memory(rows, threads)),
        )  # fmt: skip
        run_program(plan.fields, call)
        return out

    def _checked(self, values: Tensor, out: Tensor | None, count: int) -> Tensor:
        dtype, width = self._steps[0].kernel.dtype, self._steps[-1].kernel.outputs
        if values.dtype != dtype or values.shape[1] != self._widths[0]:
            raise ValueError(f"rows of {self._widths[0]} {dtype} wanted, got {values.shape[1]} {values.dtype}")
        if out is None:
            return values.new_empty(count, width)
        if out.dtype != dtype or out.shape != (count, width) or (out.stride(1) != 1 and out.numel() > 0):
            raise ValueError(f"{count}×{width} {dtype} wanted to write to, got {tuple(out.shape)} {out.dtype}")
        return out
