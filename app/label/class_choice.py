"""Other classes for the project: counted first, then changed in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.project_work import ProjectWork
from engine.cancel import Cancelled, CancelToken
from engine.cascade.result import IGNORE
from engine.errors import RhoscopeError
from engine.project.class_changes import ClassUse, class_use
from engine.project.class_plan import ClassPlan
from engine.project.project import Project
from engine.project.records import ProjectClass

Step = Literal["counting", "counted", "changing", "done", "failed"]


@dataclass(frozen=True, eq=False)
class ClassChangeView:
    """A change of classes: being counted, counted (use says what it will change), being made, or made."""

    step: Step
    plan: ClassPlan
    use: ClassUse | None = None
    done: int = 0
    total: int = 0
    problem: str = ""


@dataclass(frozen=True)
class ChangedClasses:
    """What the project has now, and where its former classes went: see ClassPlan.moves."""

    classes: tuple[ProjectClass, ...]
    sources: tuple[tuple[str, ...], ...]
    moves: tuple[int, ...]

    @property
    def removed(self) -> frozenset[int]:
        """Former ids whose class is gone."""
        return frozenset(former for former, label in enumerate(self.moves) if label == IGNORE)


class ClassChoice(ProjectWork):
    """Signals:

    changed(object): ClassChangeView.
    classesChanged(object): ChangedClasses, once they are on the disk.
    """

    changed = Signal(object)
    classesChanged = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(context, "classes", parent)

    def count(self, plan: ClassPlan, former: tuple[ProjectClass, ...]) -> None:
        """How many pixels have the classes that a plan removes or merges; nothing is changed."""
        project = self._project
        if project is None or self._context.closing.begun:
            return
        self.cancel()
        token, file = self._token, project.path
        touched = (*plan.removed, *plan.joined(former))
        self._tell(token, ClassChangeView("counting", plan))

        def progress(done: int, total: int) -> None:
            self._tell(token, ClassChangeView("counting", plan, done=done, total=total))

        def run() -> None:
            try:
                with Project.open(file) as reading:
                    use = class_use(reading, touched, on_progress=progress, cancel=token)
            except Cancelled:
                return
            except RhoscopeError as error:
                self._tell(token, ClassChangeView("failed", plan, problem=str(error)))
                return
            self._tell(token, ClassChangeView("counted", plan, use))

        # What was drawn just now is in the journal before anything is counted.
        self._context.project.do(lambda: None, lambda _none: self._submit(run, token))

    def apply(self, plan: ClassPlan) -> None:
        """Make the change; no document may be open. Until it is made, cancel() leaves everything as it was."""
        project = self._project
        if project is None or not project.writable or self._context.closing.begun:
            return
        self.cancel()
        token = self._token
        self._tell(token, ClassChangeView("changing", plan))

        def progress(done: int, total: int) -> None:
            if done % 25 == 0 or done == total:
                self._tell(token, ClassChangeView("changing", plan, done=done, total=total))

        def work() -> ChangedClasses | None:
            try:
                project.change_classes(plan, on_progress=progress, cancel=token)
            except Cancelled:
                return None
            return ChangedClasses(project.classes(), project.class_sources(), plan.moves)

        def made(changed: ChangedClasses | None) -> None:
            if changed is None:
                return
            if self._project is project:
                self.classesChanged.emit(changed)
            self._tell(token, ClassChangeView("done", plan))

        def failed(error: RhoscopeError) -> None:
            self._context.problems.report_error(error)
            self._tell(token, ClassChangeView("failed", plan, problem=str(error)))

        self._context.project.do(work, made, failed)

    def _submit(self, run: Callable[[], None], token: CancelToken) -> None:
        if token is self._token:
            self._pool.submit(run)

    def _tell(self, token: CancelToken, view: ClassChangeView) -> None:
        self._context.post(lambda: self.changed.emit(view) if token is self._token else None)
