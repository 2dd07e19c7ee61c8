"""Keys that act while they are held: H shows the bare photo, Space turns the left button into a hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

from app.canvas.canvas import Canvas

_WRITES = (QLineEdit, QAbstractSpinBox)
_USES_SPACE = (QAbstractButton, QComboBox)


class HoldKeys(QObject):
    """Watches the keys of one window and hands them to the canvas that is shown; fields that take text keep theirs.

    Args:
        canvas: of the workspace that is shown; None where it has none.
    """

    def __init__(self, window: QWidget, canvas: Callable[[], Canvas | None]) -> None:
        super().__init__(window)
        self._window = window
        self._shown = canvas
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return self._key(watched, event, pressed=kind == QEvent.Type.KeyPress)
        if kind == QEvent.Type.WindowDeactivate and watched is self._window:
            # The release goes to another window; without this the canvas would stay as if the key were held.
            canvas = self._shown()
            if canvas is not None:
                canvas.set_peek(False)
                canvas.hold_space(False)
        return False

    def _key(self, watched: QObject, event: QKeyEvent, *, pressed: bool) -> bool:
        # Every key press visits the QWindow first and then its widgets; the widgets' visit is the one that counts.
        if not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        canvas = self._shown()
        if canvas is None:
            return False
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_H and (plain or not pressed) and not isinstance(watched, _WRITES):
            if not event.isAutoRepeat():
                canvas.set_peek(pressed)
            return True
        if event.key() == Qt.Key.Key_Space and not isinstance(watched, _WRITES + _USES_SPACE):
            if not event.isAutoRepeat():
                canvas.hold_space(pressed)
            return True
        return False
