"""Saving what is on the screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.answer import Answer
from app.explore.closing import Service
from app.explore.refinement import Refinement
from app.explore.selection import Selection
from app.explore.shared import Shared
from app.explore.views import Problem
from app.services.saving import Saver, Shown
from engine.errors import RhoscopeError


class Saving(QObject):
    """What is written is what was shown when saving was asked for, whatever is selected while it is being written."""

    #: Path that was written: a file, or the folder of the stage maps.
    saved = Signal(object)

    def __init__(
        self,
        shared: Shared,
        *,
        selection: Selection,
        answer: Answer,
        refinement: Refinement,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shared = shared
        self._selection = selection
        self._answer = answer
        self._refinement = refinement
        self._saver = Saver(post=shared.post, on_saved=self._saved, on_failed=self._failed)

    def label_map(self, path: Path) -> None:
        """Write the final labels as a palette PNG."""
        if (shown := self._shown(path)) is not None:
            self._saver.label_map(path, shown)
            self._tell_jobs()

    def overlay(self, path: Path, *, opacity: float) -> None:
        """Write the photo under its labels, as JPEG or PNG by the suffix; opacity in 0..1."""
        if (shown := self._shown(path)) is not None:
            self._saver.overlay(path, shown, opacity=opacity)
            self._tell_jobs()

    def stage_maps(self, folder: Path) -> None:
        """Write <stem>.stage.png and <stem>.confidence.png into the folder."""
        if (shown := self._shown(folder)) is not None:
            self._saver.stage_maps(folder, shown)
            self._tell_jobs()

    @property
    def service(self) -> Service:
        """What closing has to stop."""
        return self._saver

    def _shown(self, target: Path) -> Shown | None:
        """What saving would write; where there is nothing yet, that is a problem."""
        image, result, labels = self._selection.image, self._answer.result, self._refinement.final_labels
        closing, complete = self._shared.closing.begun, self._answer.complete
        if closing or image is None or result is None or labels is None or not complete:
            text = self.tr("not saved, there is no finished result yet")
            self._shared.problems.report(Problem(target, text))
            return None
        return Shown(source=image.path, rgb=image.rgb, labels=labels, result=result)

    def _saved(self, target: Path) -> None:
        self._tell_jobs()
        self.saved.emit(target)

    def _failed(self, target: Path, error: RhoscopeError) -> None:
        self._tell_jobs()
        self._shared.problems.report_error(error, path=target)

    def _tell_jobs(self) -> None:
        jobs = self._saver.jobs
        self._shared.board.set("save", Activity(self.tr("saving"), jobs=jobs) if jobs else None)
