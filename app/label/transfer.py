"""Labels into other programs' formats and back: looked through first, then done, in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.project_work import ProjectWork
from engine.cancel import Cancelled, CancelToken
from engine.errors import RhoscopeError
from engine.labels.formats.export import ExportSummary, export_labels, look_through
from engine.labels.formats.registry import FORMATS
from engine.project.export_source import ProjectExport, project_classes
from engine.project.label_import import import_all, look_into
from engine.project.project import Project

Step = Literal["looking", "looked", "writing", "done", "failed"]


@dataclass(frozen=True, eq=False)
class ExportView:
    """An export: looked through (summary says what it will hold and lose), being written, or done."""

    step: Step
    format: str
    folder: Path
    summary: ExportSummary | None = None
    done: int = 0
    total: int = 0
    problem: str = ""


@dataclass(frozen=True, eq=False)
class ImportView:
    """An import: looked through (matched images of those found), being taken, or done.

    Attributes:
        found: label maps in the folder.
        matched: those whose photo is in the project.
        changed: images that were changed, once done.
        failed: problems, each naming its file.
    """

    step: Step
    format: str
    folder: Path
    found: int = 0
    matched: int = 0
    done: int = 0
    changed: int = 0
    failed: tuple[str, ...] = ()
    problem: str = ""


class Transfer(ProjectWork):
    """Signals:

    exportChanged(object): ExportView.
    importChanged(object): ImportView.
    imported(object): tuple of image ids whose labels are others now.
    """

    exportChanged = Signal(object)
    importChanged = Signal(object)
    imported = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(context, "transfer", parent)

    # --- out

    def look(self, *, format: str, folder: Path, without: tuple[int, ...] = ()) -> None:
        """What an export would hold and lose, some classes left out; writes nothing."""
        self._export(format, folder, without, write=False)

    def write(self, *, format: str, folder: Path, without: tuple[int, ...] = ()) -> None:
        """Write, read everything back and compare."""
        self._export(format, folder, without, write=True)

    def _export(self, format: str, folder: Path, without: tuple[int, ...], *, write: bool) -> None:
        project = self._project
        if project is None or self._context.closing.begun:
            return
        self.cancel()
        token, file = self._token, project.path
        self._tell_export(token, ExportView("writing" if write else "looking", format, folder))

        def progress(done: int, total: int) -> None:
            self._tell_export(token, ExportView("writing", format, folder, done=done, total=total))

        def work() -> ExportSummary:
            # A second connection, for reading: the person goes on drawing meanwhile.
            with Project.open(file) as reading:
                classes, source = project_classes(reading), ProjectExport(reading, without=without)
                if not write:
                    return look_through(source, FORMATS[format](folder, classes), cancel=token)[0]
                return export_labels(
                    source, format=format, folder=folder, classes=classes, on_progress=progress, cancel=token
                )

        def run() -> None:
            try:
                summary = work()
            except Cancelled:
                return
            except RhoscopeError as error:
                self._tell_export(token, ExportView("failed", format, folder, problem=str(error)))
                return
            self._tell_export(token, ExportView("done" if write else "looked", format, folder, summary))

        # What was drawn just now is in the journal before the export looks at it.
        self._context.project.do(lambda: None, lambda _none: self._submit(run, token))

    def _tell_export(self, token: CancelToken, view: ExportView) -> None:
        self._context.post(lambda: self.exportChanged.emit(view) if token is self._token else None)

    def _submit(self, run: Callable[[], None], token: CancelToken) -> None:
        if token is self._token:
            self._pool.submit(run)

    # --- in

    def look_into(self, *, format: str, folder: Path) -> None:
        """How many label maps a folder holds, and of how many the photos are here."""
        self._import(format, folder, take=False)

    def take(self, *, format: str, folder: Path) -> None:
        """Take them, one step an image; a person's pixels here stay."""
        self._import(format, folder, take=True)

    def _import(self, format: str, folder: Path, *, take: bool) -> None:
        project = self._project
        if project is None or self._context.closing.begun:
            return
        self.cancel()
        token = self._token
        self._tell_import(token, ImportView("writing" if take else "looking", format, folder))

        def work() -> ImportView:
            match = look_into(project, format=format, folder=folder)
            view = ImportView("looked", format, folder, match.found, len(match.matched))
            if not take:
                return view

            def progress(done: int, _total: int) -> None:
                self._tell_import(token, replace(view, step="writing", done=done))

            summary = import_all(project, match, on_progress=progress, cancel=token)
            self._context.post(lambda: self.imported.emit(summary.changed))
            problems = tuple(str(problem) for problem in summary.failed)
            return replace(view, step="done", done=view.matched, changed=len(summary.changed), failed=problems)

        def failed(error: RhoscopeError) -> None:
            self._tell_import(token, ImportView("failed", format, folder, problem=str(error)))

        self._context.project.do(work, lambda view: self._tell_import(token, view), failed)

    def _tell_import(self, token: CancelToken, view: ImportView) -> None:
        self._context.post(lambda: self.importChanged.emit(view) if token is self._token else None)
