"""Runs compiled kernels on the rows of a region or on a dense map: one convolution, or those of a block in one call.

Between two calls Python and PyTorch take longer than gathering a few rows does; a program crosses over once a block,
and what passes between its convolutions stays in memory that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.cascade.fields import Rows
from engine.cascade.kernels.library import StepFields, run_steps
from engine.cascade.packed import Activation
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.scratch import scratch

_BYTES: Final = torch.empty(0, dtype=torch.uint8)


@dataclass(frozen=True)
class Place:
    """Columns of one of a program's arrays; array 0 is what the program is given."""

    array: int
    first: int
    width: int


@dataclass(frozen=True)
class _Item:
    kernel: RegionKernel
    window: Window
    source: Place
    to: Place
    onto: Place | None


class RegionProgram:
    """Convolutions one after another, each from and to a place; the last one's array is what the program returns.

    Args:
        width: channels of the rows that it is given.
    """

    def __init__(self, width: int) -> None:
        self._widths = [width]
        self._items: list[_Item] = []
        self._fields = b""  # of all steps, what does not change
        self._strided: Window | None = None
        self._coarse: set[int] = set()  # the arrays behind a strided convolution
        self.given = Place(0, 0, width)

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
        if wanted != found or kernel.dtype != (self._items[0].kernel if self._items else kernel).dtype:
            raise ValueError(f"channels, outputs, sum and taps of {wanted} {kernel.dtype} wanted, got {found}")
        if window.stride != (1, 1):
            if self._strided is not None:
                raise ValueError("a program has one strided convolution at most")
            self._strided = window
        if window.stride != (1, 1) or source.array in self._coarse:
            self._coarse.add(to.array)
        self._items.append(_Item(kernel, window, source, to, onto))
        self._fields += bytes(kernel.fields(activation))

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
        counts = [len(coarse if at in self._coarse else fine) for at in range(len(self._widths))]
        result = self._items[-1].to.array
        out = self._checked(values, out, counts[result])
        values = values if values.stride(1) == 1 else values.contiguous()
        arrays = [
            values if at == 0 else out if at == result else scratch(f"array {at}", counts[at], width, like=values)
            for at, width in enumerate(self._widths)
        ]
        addresses = [array.data_ptr() for array in arrays]
        strides = [array.stride(0) for array in arrays]
        size = values.element_size()
        tables = []  # hold what addresses point to
        steps = (StepFields * len(self._items)).from_buffer_copy(self._fields)
        for item, step in zip(self._items, steps, strict=True):
            source, to, onto = item.source, item.to, item.onto
            step.x, step.x_stride = addresses[source.array] + source.first * size, strides[source.array]
            step.sources, step.rows = counts[source.array], counts[to.array]
            if item.kernel.taps > 1 or item.window.stride != (1, 1):
                table = self._table(item, fine, coarse)
                tables.append(table)
                step.table = table.data_ptr()
            step.weights, step.bias = item.kernel.weights.data_ptr(), item.kernel.bias.data_ptr()
            if onto is not None:
                step.add, step.add_stride = addresses[onto.array] + onto.first * size, strides[onto.array]
            step.out, step.out_stride = addresses[to.array] + to.first * size, strides[to.array]
        threads = torch.get_num_threads()
        working_bytes = max(item.kernel.scratch_bytes for item in self._items)
        working = scratch("tiles", threads, max(working_bytes, 1), like=_BYTES)
        run_steps(steps, threads=threads, scratch=working.data_ptr(), scratch_bytes=working_bytes)
        return out

    def _checked(self, values: Tensor, out: Tensor | None, count: int) -> Tensor:
        dtype, width = self._items[0].kernel.dtype, self._items[-1].kernel.outputs
        if values.dtype != dtype or values.shape[1] != self._widths[0]:
            raise ValueError(f"rows of {self._widths[0]} {dtype} wanted, got {values.shape[1]} {values.dtype}")
        if out is None:
            return values.new_empty(count, width)
        if out.dtype != dtype or out.shape != (count, width) or (out.stride(1) != 1 and out.numel() > 0):
            raise ValueError(f"{count}×{width} {dtype} wanted to write to, got {tuple(out.shape)} {out.dtype}")
        return out

    def _table(self, item: _Item, fine: RegionIndex, coarse: RegionIndex) -> Tensor:
        if item.window.stride != (1, 1):
            return coarse.sources(item.window, fine.shape[1:])
        return (coarse if item.source.array in self._coarse else fine).neighbours(item.window)
