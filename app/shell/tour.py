"""The first-run tour: a few places of the window, one after another, on the sample photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.shell.fonts import sized

_CARD: Final = 340
_GAP: Final = 16
_MOVES: Final = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
_AROUND: Final = 5  # pixels that the light goes beyond its widget


@dataclass(frozen=True)
class TourStep:
    """A place and what to know about it.

    Attributes:
        place: the widget to light up, None for none; asked when the step is shown.
        before: done when the step is shown, e.g. opening the samples.
    """

    title: str
    text: str
    place: Callable[[], QWidget | None] = lambda: None
    before: Callable[[], object] | None = None


class Tour(QWidget):
    """Lies over the whole window while it runs.

    Signals: ended() - gone through or skipped.
    """

    ended = Signal()

    def __init__(self, window: QWidget, steps: Sequence[TourStep]) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self.setAccessibleName(self.tr("Tour"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._window = window
        self._steps = tuple(steps)
        self._at = 0
        self._focus_before: QWidget | None = None
        self._watched: QWidget | None = None
        self.card = QFrame(self)
        self.card.setObjectName("tourCard")
        self.card.setFixedWidth(_CARD)
        self.title = QLabel(self.card)
        self.title.setFont(sized(self.title.font(), 1.2, bold=True))
        self.title.setWordWrap(True)
        self.text = QLabel(self.card)
        self.text.setWordWrap(True)
        self.count = QLabel(self.card)
        self.count.setProperty("quiet", True)
        self.skip = QPushButton(self.tr("Skip"), self.card)
        self.back = QPushButton(self.tr("Back"), self.card)
        self.next = QPushButton(self.tr("Next"), self.card)
        self.next.setProperty("primary", True)
        for button in (self.skip, self.back, self.next):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        buttons = QHBoxLayout()
        buttons.addWidget(self.count)
        buttons.addStretch(1)
        buttons.addWidget(self.skip)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(20, 16, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(6)
        column.addLayout(buttons)
        self.skip.clicked.connect(self.end)
        self.back.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        window.installEventFilter(self)
        self.hide()

    def start(self) -> None:
        """From the first step, whether it was seen before or not."""
        self._at = 0
        self._focus_before = self._window.focusWidget()
        self.setGeometry(self._window.rect())
        self._show_step()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        if self.isVisible():
            self._watch(None)
            self.hide()
            (self._focus_before or self._window).setFocus(Qt.FocusReason.OtherFocusReason)
            self._focus_before = None
            self.ended.emit()

    @property
    def position(self) -> int:
        """The step that is shown, from 0."""
        return self._at

    def _go(self, steps: int) -> None:
        if self._at + steps >= len(self._steps):
            self.end()
            return
        self._at = max(0, self._at + steps)
        self._show_step()

    def _show_step(self) -> None:
        step = self._steps[self._at]
        if step.before is not None:
            step.before()
        last = self._at == len(self._steps) - 1
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.count.setText(f"{self._at + 1} / {len(self._steps)}")
        self.back.setVisible(self._at > 0)
        self.skip.setVisible(not last)
        self.next.setText(self.tr("Done") if last else self.tr("Next"))
        self._watch(step.place())
        self._place()
        self.update()

    def _watch(self, place: QWidget | None) -> None:
        """Follows the lit place, which may come into being while the step is shown (a photo opens)."""
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._watched = place
        if place is not None:
            place.installEventFilter(self)

    def _lit(self) -> QRect:
        """What is lit up, in this widget's coordinates; empty for none."""
        place = self._steps[self._at].place()
        if place is None or not place.isVisible():
            return QRect()
        corner = place.mapTo(self._window, QPoint(0, 0))
        around = QRect(corner, place.size()).adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
        return around.intersected(self.rect().adjusted(2, 2, -2, -2))

    def _place(self) -> None:
        layout = self.card.layout()
        if layout is not None:
            layout.activate()
        size = QSize(_CARD, max(self.card.sizeHint().height(), self.card.heightForWidth(_CARD)))
        self.card.resize(size)
        lit = self._lit()
        if lit.isEmpty():
            self.card.move(self.rect().center() - self.card.rect().center())
            return
        middle = lit.center() - self.card.rect().center()
        candidates = (
            QPoint(lit.right() + _GAP, middle.y()),
            QPoint(lit.left() - _GAP - size.width(), middle.y()),
            QPoint(middle.x(), lit.bottom() + _GAP),
            QPoint(middle.x(), lit.top() - _GAP - size.height()),
        )
        room = self.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        for corner in candidates:
            # Sideways of its place it may slide along the edge, but never over what it speaks of.
            box = QRect(corner, size)
            box.moveLeft(min(max(box.left(), room.left()), room.right() - size.width()))
            box.moveTop(min(max(box.top(), room.top()), room.bottom() - size.height()))
            if not box.intersects(lit):
                self.card.move(box.topLeft())
                return
        self.card.move(middle)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        lit = self._lit()
        if not lit.isEmpty():
            hole = QPainterPath()
            hole.addRoundedRect(QRectF(lit), 8, 8)
            shade = shade.subtracted(hole)
        painter.fillPath(shade, QColor(0, 0, 0, 130))
        palette = self.palette()
        if not lit.isEmpty():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(lit), 8, 8)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Light), 1))
        painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(QRectF(self.card.geometry()), 10, 10)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The window below is not to be used by accident.
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.end()
            case Qt.Key.Key_Right | Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self._go(1)
            case Qt.Key.Key_Left:
                self._go(-1)
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self._place()
        elif watched is self._watched and event.type() in _MOVES and self.isVisible():
            # The place has its new size only when its layout is done.
            QTimer.singleShot(0, self, self._follow)
        return False

    def _follow(self) -> None:
        self._place()
        self.update()
