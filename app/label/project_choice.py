"""Which project is open: opening a folder makes one or finds it again, and a damaged one is recovered."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.images import Listing
from app.label.views import ProjectView
from app.services.engine_protocol import ModelSummary
from app.services.project_files import (
    OpenedProject,
    described,
    model_classes,
    new_project,
    open_file,
    photos_in,
    project_file,
    recover_project,
)
from app.services.project_thread import ProjectThread
from engine.cancel import CancelToken
from engine.errors import ImageError, ProjectError, RhoscopeError
from engine.project.connection import DAMAGED_CURE
from engine.project.project import Project
from engine.project.records import SUFFIX, Order, ProjectClass
from engine.project.recovery import Recovered


class ProjectChoice(QObject):
    """One project at a time; the former one is closed once the new one is open.

    Signals:
        opened(object, object): OpenedProject, whose project is `project` from now on, and its Listing.
        grown(object): Listing with further images.
        changed(object): ProjectView or None.
        damaged(object): Path of a project that can only be recovered.
        recovered(object, object): Path of the new file, Recovered.
        busyChanged(str): what is being done, "" for nothing.
    """

    opened = Signal(object, object)
    grown = Signal(object)
    changed = Signal(object)
    damaged = Signal(object)
    recovered = Signal(object, object)
    busyChanged = Signal(str)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._project: Project | None = None
        self._view: ProjectView | None = None
        self._model: ModelSummary | None = None
        self._token = CancelToken()
        self._busy = ""
        self._search = ProjectThread(post=context.post, name="photos")

    @property
    def project(self) -> Project | None:
        """To be used in the project's thread alone."""
        return self._project

    @property
    def view(self) -> ProjectView | None:
        return self._view

    @property
    def busy(self) -> str:
        return self._busy

    @property
    def service(self) -> ProjectThread:
        """What closing has to stop."""
        return self._search

    def set_model(self, summary: ModelSummary | None) -> None:
        """Whose classes a new project begins with."""
        self._model = summary

    def open(self, path: Path) -> None:
        """A folder of photos, or a project file.

        A folder that has a project already is there at once; images that have come since follow when they are found.
        """
        if self._context.closing.begun:
            return
        self._token.cancel()
        self._token = token = CancelToken()
        self._set_busy(self.tr("opening {name}").format(name=path.name))
        path = Path(os.path.abspath(path))  # noqa: PTH100 - as the project stores folders

        def find() -> tuple[Path | None, list[Path]]:
            """The project's file where there is one, else the images for a new one. In a thread of its own."""
            if path.suffix == SUFFIX and not path.is_dir():
                return path, []
            if not path.is_dir():
                raise ProjectError("is no folder", path=path, cure="choose the folder of the photos")
            file = project_file(path)
            if file.is_file():
                return file, []
            images = photos_in(path, cancel=token, on_found=self._found(token), on_problem=self._tell)
            if not images:
                raise ProjectError("holds no images", path=path, cure="choose the folder of the photos")
            return None, images

        def take(found: tuple[Path | None, list[Path]]) -> None:
            self._context.project.do(lambda: self._opened(path, *found), lambda ready: self._take(ready, token), failed)

        def failed(error: RhoscopeError) -> None:
            if token is not self._token or token.cancelled:
                return
            self._set_busy("")
            self._context.problems.report_error(error, path=path)
            if error.cure == DAMAGED_CURE and error.path is not None:
                self.damaged.emit(error.path)

        self._search.do(find, take, failed)

    def _opened(self, path: Path, file: Path | None, images: list[Path]) -> tuple[OpenedProject, Listing]:
        """In the project's thread."""
        model, project = self._model, self._project
        if file is None:
            classes = () if model is None else model_classes(model.class_names, model.palette)
            opened = new_project(path, images, classes=classes)
        elif project is not None and project.path == file:
            opened = described(project)  # opened anew it would find itself locked
        else:
            opened = open_file(file)
        return opened, _listing(opened)

    def _look_for_more(self, opened: OpenedProject, token: CancelToken) -> None:
        """Images that have come since the project was open last."""
        project = opened.project

        def find() -> list[tuple[Path, list[Path]]]:
            known = {opened.folders[row.root] / row.below for row in opened.rows}
            found = []
            for folder in opened.folders.values():
                if folder.is_dir():
                    photos = photos_in(folder, cancel=token, on_problem=self._tell)
                    found.append((folder, [path for path in photos if path not in known]))
            return found

        def add(found: list[tuple[Path, list[Path]]]) -> Listing | None:
            if not sum(project.add_images(paths, root=folder) for folder, paths in found if paths):
                return None
            return _listing(described(project))

        def take(listing: Listing | None) -> None:
            if listing is not None and self._project is project:
                self.grown.emit(listing)

        def hand_over(found: list[tuple[Path, list[Path]]]) -> None:
            if self._project is project:
                self._context.project.do(lambda: add(found), take, self._context.problems.report_error)

        self._search.do(find, hand_over, lambda _error: None)

    def _found(self, token: CancelToken) -> Callable[[int], None]:
        def progress(count: int) -> None:
            text = self.tr("looking for images, {count} found").format(count=count)
            self._context.post(lambda: self._set_busy(text) if token is self._token else None)

        return progress

    def _tell(self, problem: ImageError) -> None:
        self._context.post(lambda: self._context.problems.report_error(problem))

    def recover(self, path: Path) -> None:
        """Save what can be read of a damaged project into a new file, and open that."""
        self._set_busy(self.tr("recovering {name}").format(name=path.name))

        def done(outcome: tuple[Path, Recovered]) -> None:
            target, what = outcome
            self.recovered.emit(target, what)
            self.open(target)

        def failed(error: RhoscopeError) -> None:
            self._set_busy("")
            self._context.problems.report_error(error, path=path)

        self._context.project.do(lambda: recover_project(path), done, failed)

    def relink(self, old: Path, new: Path) -> None:
        """A folder of photos has moved."""
        project = self._project
        if project is None:
            return
        file = project.path

        def failed(error: RhoscopeError) -> None:
            self._context.problems.report_error(error, path=new)

        self._context.project.do(lambda: project.relink(old, new), lambda _count: self.open(file), failed)

    def cancel(self) -> None:
        """Stop looking for images; the project that was open stays."""
        self._token.cancel()
        self._set_busy("")

    def take_classes(self, classes: tuple[ProjectClass, ...]) -> None:
        """The project has other classes now."""
        view = self._view
        if view is not None:
            self._view = replace(view, classes=classes)
            self.changed.emit(self._view)

    def close(self) -> None:
        """At the end; jobs that were given before are done first."""
        self._token.cancel()
        project, self._project = self._project, None
        if project is not None:
            self._context.project.do(project.close)

    def _take(self, ready: tuple[OpenedProject, Listing], token: CancelToken) -> None:
        opened, listing = ready
        if self._context.closing.begun or (token is not self._token and opened.project is not self._project):
            self._context.project.do(opened.project.close)
            return
        former, self._project = self._project, opened.project
        self._view = ProjectView(
            opened.project.path,
            tuple(opened.folders.values()),
            opened.project.writable,
            self._why(opened.project),
            opened.classes,
        )
        self._set_busy("")
        self.opened.emit(opened, listing)
        self.changed.emit(self._view)
        if former is not None and former is not opened.project:
            self._context.project.do(former.close)
        if opened.project.writable:
            self._look_for_more(opened, token)

    def _why(self, project: Project) -> str:
        if project.writable:
            return ""
        if project.other_owner is not None:
            return self.tr("open for looking only: {owner} has it").format(owner=project.other_owner)
        return self.tr("open for looking only: its folder cannot be written")

    def _set_busy(self, text: str) -> None:
        if text != self._busy:
            self._busy = text
            self.busyChanged.emit(text)


def _listing(opened: OpenedProject) -> Listing:
    order: Order = "difficulty" if opened.project.setting("order") == "difficulty" else "name"
    return Listing.of(opened.rows, opened.folders, order=order)
