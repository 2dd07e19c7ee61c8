"""The photo that is open, with its document: decoded, opened in its turn, saved when it is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.explore.views import Problem
from app.label.context import Context
from app.label.editing import Editing
from app.label.images import LabelImages
from app.label.project_choice import ProjectChoice
from app.label.views import LabelPhoto
from app.services.opening import ImageOpener, Opened, ReadImage
from engine.cascade.result import Float32
from engine.errors import ImageError, RhoscopeError
from engine.labels.document import LabelDocument
from engine.project.project import Project


class OpenPhoto(QObject):
    """One photo at a time.

    Attributes:
        current: the selected image's id; while it is being decoded, `photo` is None.
        photo: the open one.

    Signals:
        weightsFound(object): what a pixel of each class counts in the folder, K float32, or None; before `changed`.
        changed(object): LabelPhoto with its document open, or None.
        closed(): for a moment no photo is open; it will be opened again.
    """

    weightsFound = Signal(object)
    changed = Signal(object)
    closed = Signal()

    def __init__(
        self,
        context: Context,
        *,
        images: LabelImages,
        editing: Editing,
        project: ProjectChoice,
        read_image: ReadImage | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._images = images
        self._editing = editing
        self._project = project
        self._opener = ImageOpener(
            post=context.post, on_opened=self._decoded, on_failed=self._unreadable, read=read_image
        )
        self.current: int | None = None
        self.photo: LabelPhoto | None = None
        # The project that the open document belongs to; `project.project` may be another one already.
        self._owner: Project | None = None

    @property
    def service(self) -> ImageOpener:
        """What closing has to stop."""
        return self._opener

    def forget(self) -> None:
        """Open nothing more of what was asked for."""
        self._opener.forget()

    def save(self) -> None:
        """Write a snapshot; every step is in the journal already."""
        project, photo, document = self._owner, self.photo, self._editing.document
        if project is not None and photo is not None and document is not None and project.writable:
            self._editing.when_idle(lambda: self._save(project, photo.image_id, document))

    def closed_for(self, change: Callable[[], None]) -> None:
        """The open image is closed, and opened again behind what the change gives to the project's thread."""
        image_id = self.current

        def go() -> None:
            self.leave()
            self.photo = None
            self.closed.emit()
            change()
            if image_id is not None:
                self.switch(image_id)

        self._editing.when_idle(go)

    def switch(self, image_id: int | None) -> None:
        """In its turn, with nothing under way on the former document."""
        self.leave()
        self.show(None)
        if image_id is None:
            self._opener.forget()
        elif image_id == self.current:
            self._opener.want(self._images.path_of(image_id))

    def leave(self) -> None:
        """Let go of the document; what was done to it is saved."""
        project, photo = self._owner, self.photo
        self._owner = None
        document = self._editing.leave()
        if document is not None and photo is not None and project is not None and document.dirty and project.writable:
            self._save(project, photo.image_id, document)

    def _save(self, project: Project, image_id: int, document: LabelDocument) -> None:
        self._context.project.do(
            lambda: project.save_document(image_id, document),
            lambda _none: self._editing.stateChanged.emit(),
            self._context.problems.report_error,
        )

    def _decoded(self, path: Path, opened: Opened) -> None:
        image_id, project = self.current, self._project.project
        if self._context.closing.begun or image_id is None or project is None or self._images.path_of(image_id) != path:
            return
        photo = LabelPhoto(image_id, path, opened.decoded.rgb, opened.levels)
        self._images.set_error(image_id, None)

        def open_document() -> tuple[LabelDocument, Float32 | None]:
            changed = project.file_state(image_id) == "changed"
            document = project.open_document(image_id, shape=photo.shape)
            if changed and document.history.state.length:
                text = self.tr("the photo was changed since it was labelled; its labels are as they were")
                self._context.post(lambda: self._context.problems.report(Problem(path, text)))
            if project.writable:
                project.set_image_facts(image_id, size=photo.shape)
                project.set_setting("current", image_id)
            proposed = project.proposed_classes()
            return document, proposed.weights(classes=len(project.classes()), images=project.image_count())

        def take(ready: tuple[LabelDocument, Float32 | None]) -> None:
            document, weights = ready
            if self.current == image_id and self._project.project is project and not self._context.closing.begun:
                self._owner = project
                self.weightsFound.emit(weights)
                self._editing.take(document, writable=project.writable)
                self.show(photo)

        def failed(error: RhoscopeError) -> None:
            self._context.problems.report_error(error)
            if self.current == image_id:
                self._images.set_error(image_id, error.reason)

        self._context.project.do(open_document, take, failed)

    def _unreadable(self, path: Path, error: ImageError) -> None:
        if self._context.closing.begun:
            return
        if self.current is not None and self._images.path_of(self.current) == path:
            self._images.set_error(self.current, error.reason)
        self._context.problems.report_error(error)

    def show(self, photo: LabelPhoto | None) -> None:
        """Tell of another photo, or of none."""
        self.photo = photo
        self.changed.emit(photo)
