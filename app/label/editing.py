"""Changing the open label document: strokes in the window's thread, everything that meets the disk in the project's.

A finished stroke is in the journal before the next one begins. The window does not wait for that: what a person does
meanwhile is kept and done in its order as soon as the journal has the stroke.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from engine.errors import RhoscopeError
from engine.labels.area import Area
from engine.labels.document import LabelDocument, Stroke
from engine.labels.locks import NO_LOCKS, Locks
from engine.labels.selection import Edit

# Gestures that a hung disk may pile up; what comes then is refused, and said.
_MOST_WAITING: Final = 20_000

MakeEdit = Callable[[LabelDocument], Edit | None]


class Editing(QObject):
    """One document at a time.

    Signals:
        painted(object): Area whose pixels may have changed, while a stroke is under way and after every change.
        stepped(object): Area of a change that is finished: a stroke, a step, an undo or a redo.
        stateChanged(): undo, redo, saved or the document itself is another one.
    """

    painted = Signal(object)
    stepped = Signal(object)
    stateChanged = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._document: LabelDocument | None = None
        self._writable = True
        self._stroke: Stroke | None = None
        self._stroke_area = Area(0, 0, 0, 0)
        self._busy = False
        self._waiting: deque[Callable[[], None]] = deque()

    @property
    def document(self) -> LabelDocument | None:
        return self._document

    @property
    def editable(self) -> bool:
        return self._document is not None and self._writable

    @property
    def stroking(self) -> bool:
        return self._stroke is not None

    @property
    def busy(self) -> bool:
        """A change is on its way to the disk."""
        return self._busy or bool(self._waiting)

    @property
    def undo_count(self) -> int:
        return 0 if self._document is None else self._document.history.state.cursor

    @property
    def redo_count(self) -> int:
        if self._document is None:
            return 0
        state = self._document.history.state
        return state.length - state.cursor

    @property
    def stored(self) -> bool:
        """Every finished change is on the disk."""
        return self._document is None or (not self.busy and self._document.history.stored)

    def take(self, document: LabelDocument | None, *, writable: bool = True) -> None:
        """Another document, or none. Nothing may be under way on the former one: see leave()."""
        self._document = document
        self._writable = writable
        self._stroke = None
        self._busy = False
        self._waiting.clear()
        self.stateChanged.emit()

    def when_idle(self, call: Callable[[], None]) -> None:
        """Call it once everything asked for so far is done: now where nothing is under way."""
        self.end_stroke()
        self._in_turn(call)

    def leave(self) -> LabelDocument | None:
        """Let go of the document, in a call of when_idle(); jobs given later find it as it is."""
        document = self._document
        self.take(None)
        return document

    # --- strokes

    def begin_stroke(self) -> None:
        if self.editable:
            self._in_turn(self._begin)

    def paint(self, edit: Edit, *, locks: Locks = NO_LOCKS) -> None:
        """Part of the stroke, seen at once."""
        self._in_turn(lambda: self._paint(edit, locks))

    def end_stroke(self) -> None:
        """The stroke becomes one step."""
        if self._stroke is not None or self._waiting:
            self._in_turn(self._end)

    def cancel_stroke(self) -> None:
        self._in_turn(self._cancel)

    def _begin(self) -> None:
        if self._document is not None and self._stroke is None:
            self._stroke = self._document.begin_stroke()
            self._stroke_area = Area(0, 0, 0, 0)

    def _paint(self, edit: Edit, locks: Locks) -> None:
        if self._stroke is None:
            return
        area = self._stroke.paint(edit, locks=locks)
        self._stroke_area = self._stroke_area.joined(area)
        if not area.empty:
            self.painted.emit(area)

    def _end(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return
        area = self._stroke_area
        self._hand_over(lambda: None if stroke.finish() is None else area, shown=True)

    def _cancel(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.cancel()
            self.painted.emit(self._stroke_area)

    # --- whole steps

    def apply(self, make: MakeEdit, *, locks: Locks = NO_LOCKS) -> None:
        """One step; `make` is called in the project's thread with the document as it then is."""
        if self.editable:
            self._in_turn(lambda: self._apply(make, locks))

    def undo(self) -> None:
        if self._document is not None and self._writable:
            self._in_turn(self._undo)

    def redo(self) -> None:
        if self._document is not None and self._writable:
            self._in_turn(self._redo)

    def _apply(self, make: MakeEdit, locks: Locks) -> None:
        document = self._document
        if document is None:
            return

        def work() -> Area | None:
            edit = make(document)
            change = None if edit is None else document.apply(edit, locks=locks)
            return None if change is None else change.area

        self._hand_over(work)

    def _undo(self) -> None:
        self._cancel()
        if self._document is not None and self._document.can_undo:
            self._hand_over(self._document.undo)

    def _redo(self) -> None:
        if self._document is not None and self._document.can_redo:
            self._hand_over(self._document.redo)

    # --- turns

    def _in_turn(self, call: Callable[[], None]) -> None:
        if not self._busy:
            call()
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(call)

    def _hand_over(self, work: Callable[[], Area | None], *, shown: bool = False) -> None:
        """Do this in the project's thread; `shown`: its pixels are on the screen already."""
        document = self._document
        self._busy = True
        self.stateChanged.emit()

        def done(area: Area | None) -> None:
            self._finished(document, area, shown=shown)

        def failed(error: RhoscopeError) -> None:
            # The change is made all the same: it stays in memory and is stored with the next one.
            self._context.problems.report_error(error)
            self._finished(document, None if document is None else Area.of_image(document.shape), shown=False)

        if not self._context.project.do(work, done, failed):
            self._busy = False

    def _finished(self, document: LabelDocument | None, area: Area | None, *, shown: bool) -> None:
        if document is not self._document:
            return
        self._busy = False
        if area is not None:
            if not shown:
                self.painted.emit(area)
            self.stepped.emit(area)
        while self._waiting and not self._busy:
            self._waiting.popleft()()
        self.stateChanged.emit()
