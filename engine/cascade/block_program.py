"""The programs of blocks: parallel branches side by side, a projection of them, and what it is added to."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from engine.cascade.fields import Field, Masked, Rows
from engine.cascade.fused import FusedConv2d
from engine.cascade.packed import Activation
from engine.cascade.program_plan import Place
from engine.cascade.region_program import RegionProgram


class Programmed:
    """A block of fused convolutions that runs as one program once they have kernels; mixed into modules."""

    _program: RegionProgram | None = None

    def as_program(self) -> RegionProgram | None:
        """The block as a program, None while a convolution has no kernel."""
        raise NotImplementedError

    def by_program(self, field: Field) -> Rows | Tensor | None:
        """The block on rows or a dense map by its program; None where the field is masked or there is no program."""
        if isinstance(field, Masked):
            return None
        if self._program is None:
            self._program = self.as_program()
        if self._program is None:
            return None
        return self._program(field) if isinstance(field, Rows) else self._program.on_map(field)


def block_program(
    branches: Sequence[Sequence[FusedConv2d]],
    project: FusedConv2d,
    *,
    residual: bool = True,
    beside: FusedConv2d | None = None,
    activation: Activation = "none",
) -> RegionProgram | None:
    """activation(project(branches side by side) + beside) on rows; None where a convolution has no kernel.

    Args:
        branches: each with its convolutions in order, at least one.
        project: reads all branches side by side.
        residual: whether something is added; without, `project` keeps its own activation.
        beside: convolution of the input that is added; None adds the input itself.
        activation: after the sum.
    """
    every = [*(conv for branch in branches for conv in branch), project, *([beside] if beside else [])]
    if any(conv.kernel is None for conv in every):
        return None
    program = RegionProgram(branches[0][0].inputs)
    joined = program.array(sum(branch[-1].outputs for branch in branches))
    first = 0
    for *before, last in branches:
        place = program.given
        for conv in before:
            place = _added(program, conv, source=place, to=program.array(conv.outputs))
        _added(program, last, source=place, to=Place(joined.array, first, last.outputs))
        first += last.outputs
    result = program.array(project.outputs)
    if not residual:
        _added(program, project, source=joined, to=result)
        return program
    onto = program.given
    if beside is not None:
        onto = _added(program, beside, source=onto, to=program.array(beside.outputs))
    _added(program, project, source=joined, to=result, onto=onto, activation=activation)
    return program


def _added(
    program: RegionProgram,
    conv: FusedConv2d,
    *,
    source: Place,
    to: Place,
    onto: Place | None = None,
    activation: Activation | None = None,
) -> Place:
    assert conv.kernel is not None
    program.add(conv.kernel, conv.window, source=source, to=to, onto=onto, activation=activation)
    return to
