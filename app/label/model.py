"""The state of the Label workspace: what widgets watch and what they ask for. Every long job runs elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.explore.closing import Closing
from app.explore.problems import Problems
from app.explore.views import Problem
from app.label.batch import Batch
from app.label.class_choice import ChangedClasses, ClassChoice
from app.label.context import Context
from app.label.editing import Editing
from app.label.images import LabelImages, Listing
from app.label.learning import Learning
from app.label.open_photo import OpenPhoto
from app.label.places import Places
from app.label.project_choice import ProjectChoice
from app.label.proposal import Proposal
from app.label.recent import RecentProjects
from app.label.tool_state import ToolState
from app.label.tour import Tour
from app.label.transfer import Transfer
from app.label.views import LabelPhoto, ProjectView
from app.services.background import Background
from app.services.crf import CrfBackend, PydensecrfBackend
from app.services.engine_protocol import ModelSummary
from app.services.engine_thread import EngineThread
from app.services.opening import ReadImage
from app.services.project_files import OpenedProject
from app.services.project_thread import ProjectThread
from app.services.settings import Settings
from app.services.thumbnails import ReadThumbnail
from app.services.ui_queue import UiQueue
from engine.cascade.result import IGNORE, CascadeResult
from engine.labels.accept_easy import accept_easy
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.locks import NO_LOCKS, Locks
from engine.labels.selection import Selection, erased, painted
from engine.project.class_plan import ClassPlan
from engine.project.proposed_classes import proposed_pixels
from engine.project.records import Order, Review


class LabelModel(QObject):
    """Lives in the window's thread; nothing here waits.

    One face for widgets, and what joins the parts behind it. Parts that widgets watch on their own are attributes.

    Args:
        settings: where choices are remembered.
        engine: the program's engine thread; it is not stopped from here.
        crf: the CRF; pydensecrf's where missing.
        read_image, read_thumbnail: how files are read; those of engine.data.images where missing.
        shutdown_seconds: how long shutdown() waits for what is running.

    Attributes:
        project, images, editing, proposal, tools, tour, places, batch, learning, transfer, classes, recent: see their
            modules.
    """

    #: LabelPhoto with its document open, or None.
    photoChanged = Signal(object)
    #: The selected image's id (None for none): emitted at once, before it is decoded.
    currentChanged = Signal(object)
    problem = Signal(object)
    problemsCleared = Signal()
    shutdownFinished = Signal()

    def __init__(
        self,
        settings: Settings,
        engine: EngineThread,
        *,
        crf: CrfBackend | None = None,
        read_image: ReadImage | None = None,
        read_thumbnail: ReadThumbnail | None = None,
        shutdown_seconds: float = 10.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._queue = UiQueue(self)
        post = self._queue.post
        self._problems = Problems(self)
        self._closing = Closing(deadline_seconds=shutdown_seconds, parent=self)
        self._thread = ProjectThread(post=post)
        self._shut_down = False
        context = Context(settings, post, self._problems, self._closing, self._thread, engine)
        self._context = context
        self._background = Background(post=post)
        self.project = ProjectChoice(context, parent=self)
        self.images = LabelImages(post=post, read_thumbnail=read_thumbnail, parent=self)
        self.tools = ToolState(self)
        self.editing = Editing(context, parent=self)
        self._open = OpenPhoto(
            context,
            images=self.images,
            editing=self.editing,
            project=self.project,
            read_image=read_image,
            parent=self,
        )
        self.proposal = Proposal(context, parent=self)
        self.tour = Tour(
            context, editing=self.editing, proposal=self.proposal, background=self._background, parent=self
        )
        self.places = Places(
            context,
            crf=crf or PydensecrfBackend(),
            editing=self.editing,
            proposal=self.proposal,
            background=self._background,
            parent=self,
        )
        self.batch = Batch(context, images=self.images, proposal=self.proposal, parent=self)
        self.learning = Learning(context, images=self.images, proposal=self.proposal, parent=self)
        self.transfer = Transfer(context, parent=self)
        self.classes = ClassChoice(context, parent=self)
        self.recent = RecentProjects(settings, self._background, parent=self)
        self._wanted_path: Path | None = None
        self._join()

    def _join(self) -> None:
        """What one part does because of another."""
        self._problems.reported.connect(self.problem)
        self._problems.cleared.connect(self.problemsCleared)
        self._closing.finished.connect(self._end)
        self.project.opened.connect(self._take_project)
        self.project.grown.connect(self._take_grown)
        self._open.weightsFound.connect(self.tour.set_weights)
        self._open.closed.connect(lambda: self.photoChanged.emit(None))
        self._open.changed.connect(self._take_photo)
        self.proposal.changed.connect(self._take_result)
        self.editing.stepped.connect(self._take_step)
        self.transfer.imported.connect(self._take_imported)
        self.classes.classesChanged.connect(self._take_classes)

    # --- state

    @property
    def photo(self) -> LabelPhoto | None:
        return self._open.photo

    @property
    def document(self) -> LabelDocument | None:
        return self.editing.document

    @property
    def current(self) -> int | None:
        """The selected image; while it is being decoded, `photo` is None."""
        return self._open.current

    @property
    def current_row(self) -> int:
        return self.images.row_of(self._open.current)

    @property
    def view(self) -> ProjectView | None:
        return self.project.view

    @property
    def problems(self) -> list[Problem]:
        """Oldest first."""
        return self._problems.all

    @property
    def is_shut_down(self) -> bool:
        return self._shut_down

    @property
    def background(self) -> Background:
        """For pictures that widgets need; see Background."""
        return self._background

    # --- requests

    def set_model(self, summary: ModelSummary | None) -> None:
        """The model that the engine serves with; None while there is none."""
        self.project.set_model(summary)
        self.proposal.set_model(summary)
        if summary is not None:
            self.batch.model_changed()

    def open_paths(self, paths: Sequence[Path]) -> bool:
        """A folder or a project file; of a photo its folder, with the photo shown. False for nothing of these."""
        first = next(iter(paths), None)
        if first is None:
            return False
        if first.is_dir() or first.suffix == ".rhoscope":
            self.project.open(first)
            return True
        self._wanted_path = first.absolute()
        self.project.open(first.absolute().parent)
        return True

    def select(self, image_id: int | None) -> None:
        """Show another image; what was done to the one before is saved."""
        if image_id == self._open.current or self._closing.begun:
            return
        self._open.current = image_id
        self.currentChanged.emit(image_id)
        self.editing.when_idle(lambda: self._open.switch(image_id))

    def select_row(self, row: int) -> None:
        image_id = self.images.id_at(row)
        if image_id is not None:
            self.select(image_id)

    def step(self, delta: int) -> None:
        """The image `delta` rows on, stopping at the ends."""
        last = self.images.rowCount() - 1
        if last >= 0:
            self.select_row(min(max(self.current_row + delta, 0), last))

    def set_order(self, order: Order) -> None:
        """Sort the list, which may be long: the rows stay as they are until they are sorted."""
        if order == self.images.order:
            return
        changes = self.images.changes

        def put(ready: tuple[list[tuple[float, int]], list[int]]) -> None:
            if self.images.changes == changes:
                self.images.take_order(order, *ready)
            else:
                self.set_order(order)

        self._background.run("label.order", self.images.sorter(order), put)
        project = self.project.project
        if project is not None and project.writable:
            self._thread.do(lambda: project.set_setting("order", order))

    def accept_easy(self, up_to_stage: int) -> None:
        """What stages 1..up_to_stage decided becomes label, in one step, never over a person's pixels."""
        result = self.proposal.complete
        if result is not None:
            self.editing.apply(
                lambda document: accept_easy(result, document.provenance, up_to_stage=up_to_stage),
                locks=Locks(human=True, classes=self.tools.settings.locked),
            )

    def paint(self, selection: Selection) -> None:
        """Give pixels the chosen class as one step, within the locks."""
        label = self.tools.settings.label
        self.editing.apply(lambda _document: painted(selection, label), locks=self.locks())

    def stroke(self, selection: Selection, *, erase: bool = False) -> None:
        """Part of the stroke under way."""
        edit = erased(selection) if erase else painted(selection, self.tools.settings.label)
        self.editing.paint(edit, locks=self.locks())

    def locks(self) -> Locks:
        """What the tools must leave alone just now."""
        locks = self.tools.locks
        if self.tools.settings.undecided_only:
            undecided = self.proposal.undecided_locks
            if undecided is not None:
                return Locks(locks.classes, locks.human, undecided.only)
        return locks if locks != NO_LOCKS else NO_LOCKS

    def mark(self, review: Review) -> None:
        """How far a person is with the open image."""
        project, image_id = self.project.project, self._open.current
        if project is None or image_id is None or not project.writable:
            return
        self.images.set_review(image_id, review)
        self._thread.do(lambda: project.set_review(image_id, review), failed=self._problems.report_error)

    def save(self) -> None:
        """Write a snapshot; every step is in the journal already."""
        self._open.save()

    def take_labels(self, *, format: str, folder: Path) -> None:
        """Import; the open image may be among those that change."""
        self._open.closed_for(lambda: self.transfer.take(format=format, folder=folder))

    def change_classes(self, plan: ClassPlan) -> None:
        """Other classes; labels and steps of every image follow, the open one's too."""
        self.learning.cancel()
        self._open.closed_for(lambda: self.classes.apply(plan))

    def clear_problems(self) -> None:
        self._problems.clear()

    def shutdown(self) -> None:
        """Refuse new work, store what is under way and wait while the event loop turns; shutdownFinished follows."""
        if self._closing.begun:
            return
        self.editing.end_stroke()
        self._open.leave()
        self._open.photo = None
        self._open.forget()
        self.places.take_photo(None)
        parts = (self.batch, self.learning, self.transfer, self.classes)
        for part in parts:
            part.stop()
        self.project.close()
        self._closing.begin(
            (
                self._open.service,
                self.images,
                self._background,
                self.project.service,
                self.places.service,
                *(part.service for part in parts),
                self._thread,
            )
        )

    # --- what follows from what

    def _take_project(self, opened: OpenedProject, listing: Listing) -> None:
        project = opened.project
        self.recent.add(project.path)
        self._open.forget()
        self._open.leave()
        self._open.current = None
        self._open.show(None)
        self.images.take(listing)
        self.proposal.set_classes(opened.classes, opened.class_sources)
        self.learning.take_project(project)
        self.transfer.take_project(project)
        self.classes.take_project(project)
        self.batch.take_project(project)
        self.tools.set(label=min(1, max(0, len(opened.classes) - 1)), other=0, locked=frozenset())

        wanted = self._wanted_path
        first = self.images.id_of(wanted) if wanted is not None else opened.current
        if wanted is None or first is not None:
            self._wanted_path = None
        if first is None or self.images.row_of(first) < 0:
            first = self.images.id_at(0)
        self.select(first)

    def _take_grown(self, listing: Listing) -> None:
        """Further images have been found: the list is another one, what is open stays."""
        self.images.take(listing)
        wanted, self._wanted_path = self._wanted_path, None
        found = self.images.id_of(wanted) if wanted is not None else None
        if found is not None:
            self.select(found)
        elif self._open.current is None:
            self.select(self.images.id_at(0))

    def _take_photo(self, photo: LabelPhoto | None) -> None:
        self.photoChanged.emit(photo)
        self.places.take_photo(photo)
        self.proposal.take_photo(photo)

    def _take_result(self, result: CascadeResult | None) -> None:
        project, photo = self.project.project, self._open.photo
        if result is None or not result.complete or photo is None or project is None:
            return
        share, image_id = result.shares[-1], photo.image_id
        self.images.set_difficulty(image_id, share)
        if project.writable:
            self._thread.do(
                lambda: project.set_difficulty(image_id, share, class_pixels=proposed_pixels(result)),
                failed=self._problems.report_error,
            )

    def _take_step(self, _area: Area) -> None:
        if self._open.current is not None and self.images.image(self._open.current).review is Review.NEW:
            self.mark(Review.STARTED)

    def _take_classes(self, changed: ChangedClasses) -> None:
        self.project.take_classes(changed.classes)
        self.proposal.set_classes(changed.classes, changed.sources)
        settings = self.tools.settings

        def moved(label: int) -> int:
            to = changed.moves[label] if label < len(changed.moves) else label
            return 0 if to == IGNORE and label != IGNORE else to

        locked = frozenset(moved(label) for label in settings.locked if label not in changed.removed)
        self.tools.set(label=moved(settings.label), other=moved(settings.other), locked=locked)
        self.proposal.request()
        self.batch.model_changed()

    def _take_imported(self, changed: tuple[int, ...]) -> None:
        for image_id in changed:
            if self.images.image(image_id).review is Review.NEW:
                self.images.set_review(image_id, Review.STARTED)

    def _end(self) -> None:
        self._queue.close()
        self._shut_down = True
        self.shutdownFinished.emit()
