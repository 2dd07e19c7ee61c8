"""The steps of a RegionProgram as the compiled kernels take them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from engine.cascade.kernels.library import PlannedArray, PlannedStep, ProgramFields
from engine.cascade.packed import Activation
from engine.cascade.region import Window
from engine.cascade.region_kernel import RegionKernel

_ALIGNED: Final = 64  # bytes


@dataclass(frozen=True)
class Place:
    """Columns of one of a program's arrays; array 0 is what the program is given."""

    array: int
    first: int
    width: int


@dataclass(frozen=True)
class Step:
    """activation(convolution of `source` + `onto`) written to `to`; None for the kernel's own activation."""

    kernel: RegionKernel
    window: Window
    source: Place
    to: Place
    onto: Place | None
    activation: Activation | None

    @property
    def strided(self) -> bool:
        return self.window.stride != (1, 1)


class ProgramPlan:
    """What does not change from call to call; valid while the steps' kernels live.

    Args:
        widths: of all arrays, in columns.
        coarse: the arrays behind the strided step.

    Attributes:
        fields: for the library.
        windows: the tables of neighbours that a call brings, in this order: a window, and whether it moves over a
            coarse array. The strided step's own table follows them.
    """

    def __init__(self, widths: Sequence[int], coarse: Set[int], steps: Sequence[Step]) -> None:
        wanted = ((s.window, s.source.array in coarse) for s in steps if s.window.taps > 1 and not s.strided)
        self.windows = list(dict.fromkeys(wanted))
        size = steps[0].kernel.dtype.itemsize
        between = [(at, width) for at, width in enumerate(widths) if at not in (0, steps[-1].to.array)]
        self._row_bytes = [
            sum(width * size for at, width in between if (at in coarse) == kind) for kind in (False, True)
        ]
        self._rounding = _ALIGNED * len(between)
        self._scratch_bytes = max(step.kernel.scratch_bytes for step in steps)
        planned = [self._planned(step, coarse) for step in steps]
        arrays = [PlannedArray(width, at in coarse) for at, width in enumerate(widths)]
        self.fields = ProgramFields(
            (PlannedStep * len(planned))(*planned), len(planned), (PlannedArray * len(arrays))(*arrays), len(arrays),
            self._scratch_bytes,
        )  # fmt: skip

    def memory(self, rows: tuple[int, int], threads: int) -> int:
        """Bytes that a call needs: `rows` of the arrays before and behind the stride."""
        arrays = rows[0] * self._row_bytes[0] + rows[1] * self._row_bytes[1] + self._rounding
        return arrays + threads * self._scratch_bytes

    def _planned(self, step: Step, coarse: Set[int]) -> PlannedStep:
        planned = step.kernel.planned(step.activation)
        planned.source, planned.source_column = step.source.array, step.source.first
        planned.to, planned.to_column = step.to.array, step.to.first
        planned.onto = -1
        if step.onto is not None:
            planned.onto, planned.onto_column = step.onto.array, step.onto.first
        planned.table = -1
        if step.strided:
            planned.table = len(self.windows)
        elif step.window.taps > 1:
            planned.table = self.windows.index((step.window, step.source.array in coarse))
        return planned
