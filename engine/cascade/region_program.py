"""Runs compiled kernels on the rows of a region: one convolution, or those of a whole block in one call.

Between two calls Python and PyTorch take longer than gathering a few rows does; a program crosses over once a block,
and what passes between its convolutions stays in memory that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cascade.fields import Rows
from engine.cascade.kernels.library import StepFields, run_steps
from engine.cascade.packed import Activation
from engine.cascade.region import RegionIndex, Window
from engine.cascade.region_kernel import RegionKernel
from engine.cascade.scratch import scratch

_BYTES = torch.empty(0, dtype=torch.uint8)


def run_kernel(
    kernel: RegionKernel,
    rows: Rows,
    window: Window,
    *,
    onto: Tensor | None = None,
    out: Tensor | None = None,
    activation: Activation | None = None,
) -> Tensor:
    """One convolution on rows, n×C_out; see RegionKernel.step."""
    values = _columns_in_line(rows.values)
    if out is None:
        out = values.new_empty(len(rows.index), kernel.outputs)
    onto = None if onto is None else _columns_in_line(onto)
    table = _table(kernel, rows.index, window)
    _run([kernel.step(values, table, out, onto=onto, activation=activation)], scratch_bytes=kernel.scratch_bytes)
    return out


def kernel_on_map(kernel: RegionKernel, features: Tensor, window: Window) -> Tensor:
    """One convolution on a dense map N×C×H×W, of any stride; channels-last."""
    program = RegionProgram(kernel.channels)
    program.add(kernel, window, source=program.given, to=program.array(kernel.outputs))
    return program.on_map(features)


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
    activation: Activation | None


class RegionProgram:
    """Convolutions one after another, each from and to a place; the last one's is what the program returns.

    Args:
        width: channels of the rows that it is given.
    """

    def __init__(self, width: int) -> None:
        self._widths = [width]
        self._items: list[_Item] = []
        self._strided: Window | None = None
        self._coarse: set[int] = set()  # the arrays behind a strided convolution
        self.given = Place(0, 0, width)

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
        """Adds activation(convolution of `source` + `onto`), written to `to`.

        Raises:
            ValueError: a second one with a stride.
        """
        if window.stride != (1, 1):
            if self._strided is not None:
                raise ValueError("a program has one strided convolution at most")
            self._strided = window
        if window.stride != (1, 1) or source.array in self._coarse:
            self._coarse.add(to.array)
        self._items.append(_Item(kernel, window, source, to, onto, activation))

    def __call__(self, rows: Rows) -> Rows:
        """Runs it on a region; the returned rows are a new array.

        Raises:
            ValueError: it has a stride, which a region cannot have.
        """
        if self._strided is not None:
            raise ValueError(f"a program on a region must keep the map's size: {self._strided}")
        return Rows(self._values(rows.values, rows.index, rows.index), rows.index)

    def on_map(self, features: Tensor) -> Tensor:
        """Runs it on a dense map N×C×H×W, of which it makes another, channels-last."""
        images, channels, *size = features.shape
        height, width = size if self._strided is None else self._strided.output_size((size[0], size[1]))
        fine, coarse = RegionIndex.of_all(images, *size), RegionIndex.of_all(images, height, width)
        values = self._values(features.permute(0, 2, 3, 1).reshape(-1, channels), fine, coarse)
        return values.view(images, height, width, -1).permute(0, 3, 1, 2)

    def _values(self, values: Tensor, fine: RegionIndex, coarse: RegionIndex) -> Tensor:
        """On the cells of `fine`, and behind a stride on those of `coarse`."""
        values = _columns_in_line(values)
        last = self._items[-1].to.array
        arrays = [values]
        for at, width in enumerate(self._widths[1:], start=1):
            count = len(coarse if at in self._coarse else fine)
            kept = at != last
            arrays.append(scratch(f"array {at}", count, width, like=values) if kept else values.new_empty(count, width))

        def columns(place: Place) -> Tensor:
            whole = arrays[place.array]
            return whole if place.width == whole.shape[1] else whole[:, place.first : place.first + place.width]

        def table(item: _Item) -> Tensor | None:
            if item.window.stride != (1, 1):
                return coarse.sources(item.window, fine.shape[1:])
            return _table(item.kernel, coarse if item.source.array in self._coarse else fine, item.window)

        steps = [
            item.kernel.step(
                columns(item.source),
                table(item),
                columns(item.to),
                onto=None if item.onto is None else columns(item.onto),
                activation=item.activation,
            )
            for item in self._items
        ]
        _run(steps, scratch_bytes=max(item.kernel.scratch_bytes for item in self._items))
        return arrays[last]


def _run(steps: list[StepFields], *, scratch_bytes: int) -> None:
    threads = torch.get_num_threads()
    working = scratch("tiles", threads, max(scratch_bytes, 1), like=_BYTES)
    run_steps(steps, threads=threads, scratch=working.data_ptr(), scratch_bytes=scratch_bytes)


def _table(kernel: RegionKernel, index: RegionIndex, window: Window) -> Tensor | None:
    return None if kernel.taps == 1 else index.neighbours(window)


def _columns_in_line(values: Tensor) -> Tensor:
    return values if values.stride(1) == 1 else values.contiguous()
