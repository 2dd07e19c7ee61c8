"""Which model is wanted and which one is there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.shared import Shared
from app.explore.views import ModelSummary
from engine.errors import RhoscopeError


class ModelChoice(QObject):
    """The old model stays until the new one is loaded, and for good where that fails.

    Where no model is there and the wanted one cannot be loaded, the bundled one is tried: a checkpoint that was
    deleted since the last time must not leave the window without a model.
    """

    #: The spec (str) that the engine should load.
    wanted = Signal(str)
    #: It is another model than the remembered one, so what is remembered of a model (ρ) is out of date.
    exchanged = Signal()
    #: ModelSummary once it is loaded; None where there is no model, when loading begins and when it fails.
    changed = Signal(object)
    #: Loading failed and the former model goes on, which was stopped for it.
    kept = Signal()

    def __init__(self, shared: Shared, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shared = shared
        self._summary: ModelSummary | None = None
        self._loading: str | None = None
        self._missing = False

    @property
    def summary(self) -> ModelSummary | None:
        return self._summary

    @property
    def missing(self) -> bool:
        """Loading failed and there is no former model; False while another attempt is under way."""
        return self._missing

    def start(self) -> None:
        """Load the remembered model."""
        self.choose(self._shared.settings.text("explore/model"))

    def choose(self, spec: str) -> None:
        if self._shared.closing.begun:
            return
        self._loading = spec
        self._set_missing(False)
        self.wanted.emit(spec)
        if spec == "default":
            text = self.tr("loading the model")
        else:
            text = self.tr("loading the model {name}").format(name=Path(spec).name)
        self._shared.board.set("model", Activity(text))

    def take(self, summary: ModelSummary) -> None:
        """The engine serves this model from now on."""
        if self._shared.closing.begun:
            return
        self._summary = summary
        self._shared.board.set_device(summary.device)
        if summary.spec == self._loading:
            self._loading = None
            self._shared.board.set("model", None)
        if summary.spec != self._shared.settings.text("explore/model"):
            self._shared.settings.set("explore/model", summary.spec)
            self.exchanged.emit()
        self.changed.emit(summary)

    def take_failure(self, spec: str, error: RhoscopeError) -> None:
        """The engine could not load this one."""
        if self._shared.closing.begun:
            return
        self._shared.problems.report_error(error)
        if spec != self._loading:
            return
        self._loading = None
        self._shared.board.set("model", None)
        if self._summary is not None:
            self.kept.emit()
        elif spec != "default":
            self.choose("default")
        else:
            self._set_missing(True)

    def _set_missing(self, missing: bool) -> None:
        if missing != self._missing:
            self._missing = missing
            self.changed.emit(None)
