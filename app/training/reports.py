"""The report of the selected runs: measured, made and exported step by step, each cancelled by one call."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.services.training_reports import ExportKind, Report, analyse, export_report, is_analysed, make_report
from app.services.training_runs import Run
from app.training.host import Host
from engine.cancel import Cancelled, CancelToken
from engine.errors import RhoscopeError


class ReportModel(QObject):
    """Follows the selection; what was made of another one is forgotten.

    Signals:
        changed() - the report, or what is being done, has changed.
        progressed(object, int, int) - Run that is measured, images done, images.
        exported(int, object) - number of files, Path of their folder.
    """

    changed = Signal()
    progressed = Signal(object, int, int)
    exported = Signal(int, object)

    def __init__(self, host: Host, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self.runs: tuple[Run, ...] = ()
        self.report: Report | None = None
        self.problem = ""
        self.measuring = False
        self.making = False
        self._cancel = CancelToken()
        self._place: Path | None = None

    @property
    def busy(self) -> bool:
        return self.measuring or self.making

    @property
    def measurable(self) -> tuple[Run, ...]:
        """The selected runs that have weights to measure."""
        return tuple(run for run in self.runs if run.data.best == run.data.best)

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        others = [run.folder for run in runs] != [run.folder for run in self.runs]
        self.runs = runs
        if others:
            self.cancel()
            self.report, self.problem = None, ""
        self.changed.emit()

    def measure(self, *, images: int, compare: bool) -> None:
        """The paper's experiments on the weights of each selected run, then the report.

        Args:
            images: of the validation list, 0 = all.
        """
        if self.busy or not self.measurable:
            return
        token, runs = self._begin(), self.measurable
        self.measuring = True
        self.changed.emit()

        def work() -> RhoscopeError | None:
            try:
                for run in runs:
                    self._measure(run, images, token)
            except Cancelled:
                return None
            except RhoscopeError as error:
                return error
            return None

        def done(error: RhoscopeError | None) -> None:
            if token.cancelled:
                return
            self.measuring = False
            self.problem = "" if error is None else str(error)
            if error is None:
                self.make(compare=compare)
            self.changed.emit()

        self._host.run_long("experiments", work, done)

    def make(self, *, compare: bool) -> None:
        """Tables and figures of what is known of the selected runs."""
        if self.busy or not self.runs:
            return
        token, runs, folder = self._begin(), self.runs, self._folder()
        self.making = True
        self.changed.emit()

        def work() -> Report | RhoscopeError | None:
            try:
                return make_report(runs, folder, compare=compare, cancel=token)
            except Cancelled:
                return None
            except RhoscopeError as error:
                return error

        def done(made: Report | RhoscopeError | None) -> None:
            if token.cancelled:
                return
            self.making = False
            if isinstance(made, RhoscopeError):
                self.problem = str(made)
            elif made is not None:
                self.report, self.problem = made, "; ".join(made.problems)
            self.changed.emit()

        self._host.run_long("report", work, done)

    def analysed(self) -> bool:
        """Each of the selected runs that can be measured has been. Looks at files."""
        return all(is_analysed(run.folder) for run in self.measurable)

    def export(self, target: Path, kind: ExportKind) -> None:
        report = self.report
        if report is not None:
            self._host.run_in_background(
                "export report",
                lambda: export_report(report, target, kind),
                lambda paths: self.exported.emit(len(paths), target),
            )

    def cancel(self) -> None:
        """Ends what is being measured or made; what has been made stays."""
        self._cancel.cancel()
        if self.busy:
            self.measuring = self.making = False
            self.changed.emit()

    def clear(self) -> None:
        """Leaves nothing behind, once nothing runs any more."""
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)
            self._place = None

    def _measure(self, run: Run, images: int, token: CancelToken) -> None:
        """Away from the window's thread."""

        def progress(done: int, total: int) -> None:
            self._host.post(lambda: self.progressed.emit(run, done, total) if not token.cancelled else None)

        analyse(run.folder, images=images, threads=run.settings.threads, cancel=token, on_progress=progress)

    def _begin(self) -> CancelToken:
        self._cancel.cancel()
        self._cancel = CancelToken()
        return self._cancel

    def _folder(self) -> Path:
        if self._place is None:
            self._place = Path(tempfile.mkdtemp(prefix="rhoscope-report-"))
        return self._place / "report"
