"""Small things that several pages of the Train workspace share."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget


class NumberField(QLineEdit):
    """A whole number to type, or to change with the arrow keys.

    Signals: valueTaken(int) - a person gave another one.
    """

    valueTaken = Signal(int)

    def __init__(self, low: int, high: int, *, step: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high, self._step = low, high, step
        self._value = low
        self.setValidator(QIntValidator(low, high, self))
        self.setFixedWidth(110)
        self.setAcceptDrops(False)
        self.setText(str(low))
        self.editingFinished.connect(self._take)

    @property
    def value(self) -> int:
        return self._value

    def set_most(self, high: int) -> None:
        """Another upper end."""
        self._high = high
        self.setValidator(QIntValidator(self._low, high, self))

    def set_value(self, value: int) -> None:
        """Shows a number, unless another one is being typed."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(str(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        self.setText(str(self._typed() + steps * self._step))
        self._take()

    def _typed(self) -> int:
        text = self.text().strip()
        return int(text) if text.lstrip("-").isdigit() else self._value

    def _take(self) -> None:
        value = min(self._high, max(self._low, self._typed()))
        value -= value % self._step if self._step > 1 else 0
        self.setText(str(value))
        self.setModified(False)
        if value != self._value:
            self._value = value
            self.valueTaken.emit(value)


class VerticalHairline(QWidget):
    """One pixel between two sides of a page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Mid))
        painter.end()


def set_primary(button: QPushButton, primary: bool) -> None:
    """Whether it is the button that a person most likely wants."""
    if bool(button.property("primary")) != primary:
        button.setProperty("primary", primary)
        button.style().unpolish(button)
        button.style().polish(button)
