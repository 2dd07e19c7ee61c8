"""The answer on the screen: the last result, the ρ that is asked for, and the sets that follow ρ at once."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from app.explore.sets import sets_at
from app.explore.shared import Shared
from app.explore.views import Problem, UInt8
from engine.cascade.result import CascadeResult, StageOutput
from engine.cascade.thresholds import shares_of

# Shown until a model says what it recommends: the value of the paper.
_FIRST_RHO: Final = 0.985


class Answer(QObject):
    """While ρ moves, the result stays the last finished one; the sets are thresholded anew from its confidences.

    Whether ρ is the person's own or the model's is remembered as well: a model's recommendation never replaces what
    a person has chosen for it.
    """

    #: CascadeResult or None.
    resultChanged = Signal(object)
    rhoChanged = Signal(float)
    #: h×w uint8 or None, in the same turn as the change of ρ.
    setsChanged = Signal(object)
    #: tuple of n floats or None; with setsChanged.
    sharesChanged = Signal(object)

    def __init__(self, shared: Shared, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shared = shared
        remembered = shared.settings.number("explore/rho")
        self._rho_known = remembered >= 0.0
        self._rho = remembered if self._rho_known else _FIRST_RHO
        self._result: CascadeResult | None = None
        self._sets: UInt8 | None = None

    @property
    def result(self) -> CascadeResult | None:
        return self._result

    @property
    def complete(self) -> bool:
        """There is a result of all stages."""
        return self._result is not None and self._result.complete

    @property
    def stages(self) -> tuple[StageOutput, ...]:
        """What the sets are computed from; empty without a result."""
        return () if self._result is None else self._result.stages

    @property
    def milliseconds(self) -> float | None:
        """What the complete result took in all."""
        return self._result.milliseconds.get("total") if self._result is not None and self._result.complete else None

    @property
    def rho(self) -> float:
        return self._rho

    @property
    def sets(self) -> UInt8 | None:
        """h×w uint8, the deciding stage of each cell at the current ρ, 0 = pending; None without a result."""
        return self._sets

    @property
    def shares(self) -> tuple[float, ...] | None:
        """The share of cells that each stage decides at the current ρ; their sum is below 1 while cells are pending."""
        if self._sets is None or self._result is None:
            return None
        return shares_of(self._sets, stage_count=self._result.stage_count)

    def show(self, result: CascadeResult | None) -> None:
        self._result = result
        self.resultChanged.emit(result)
        self._show_sets()

    def choose_rho(self, rho: float) -> bool:
        """Take a person's ρ; True where it is another one, which no result belongs to yet.

        Outside 0..1 it is a problem, and rhoChanged repeats the value that stays.
        """
        if not 0.0 <= rho <= 1.0:
            text = self.tr("ρ must lie between 0 and 1, got {value}").format(value=f"{rho:g}")
            self._shared.problems.report(Problem(None, text))
            self.rhoChanged.emit(self._rho)
            return False
        self._rho_known = True
        if rho == self._rho:
            return False
        self._take_rho(rho)
        self._shared.settings.set("explore/rho", float(rho))
        return True

    def forget_rho(self) -> None:
        """What was chosen belongs to another model."""
        self._rho_known = False

    def suggest_rho(self, rho: float) -> None:
        """Take the model's ρ unless a person has chosen one."""
        if not self._rho_known:
            self._shared.settings.set("explore/rho", -1.0)
            self._take_rho(rho)

    def _take_rho(self, rho: float) -> None:
        self._rho = rho
        self.rhoChanged.emit(rho)
        self._show_sets()

    def _show_sets(self) -> None:
        if self._result is None:
            if self._sets is None:
                return
            self._sets = None
        else:
            self._sets = sets_at(self.stages, self._rho, stage_count=self._result.stage_count)
        self.setsChanged.emit(self._sets)
        self.sharesChanged.emit(self.shares)
