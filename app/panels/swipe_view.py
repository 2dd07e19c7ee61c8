"""Two pictures of one size in one place, divided by a handle that is dragged or moved by keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.fonts import sized
from engine.cascade.result import UInt8

_STEP, _FINE = 0.05, 0.01
_REACH = 14  # pixels beside the handle that still take it


class SwipeView(QWidget):
    """Left of the handle the first picture, right of it the second.

    Signals: positionChanged(float) - of the handle, 0..1 of the pictures' width.
    """

    positionChanged = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("swipeView")
        self.setAccessibleName(self.tr("Two models' answers, divided by a handle"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._first: QImage | None = None
        self._second: QImage | None = None
        self._names = ("", "")
        self._position = 0.5
        self._dragging = False

    @property
    def position(self) -> float:
        return self._position

    def set_pictures(self, first: UInt8 | None, second: UInt8 | None = None, *, names: tuple[str, str]) -> None:
        """h×w×3 uint8 each; without a second one the first fills the view and there is no handle."""
        self._first = None if first is None else _image(first)
        self._second = None if second is None else _image(second)
        self._names = names
        self.update()

    def set_position(self, position: float) -> None:
        position = min(1.0, max(0.0, position))
        if position != self._position:
            self._position = position
            self.setAccessibleDescription(f"{position:.0%}")
            self.positionChanged.emit(position)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(720, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 180)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._second is not None:
            self._dragging = True
            self._drag(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag(event.position())
        near = self._second is not None and abs(event.position().x() - self._handle()) < _REACH
        self.setCursor(Qt.CursorShape.SplitHCursor if near or self._dragging else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        match event.key():
            case Qt.Key.Key_Left:
                self.set_position(self._position - step)
            case Qt.Key.Key_Right:
                self.set_position(self._position + step)
            case Qt.Key.Key_Home:
                self.set_position(0.0)
            case Qt.Key.Key_End:
                self.set_position(1.0)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        palette, role = self.palette(), QPalette.ColorRole
        painter.fillRect(self.rect(), palette.color(role.Dark))
        if self._first is None:
            painter.end()
            return
        frame = self._frame()
        painter.drawImage(frame, self._first)
        if self._second is not None:
            x = self._handle()
            painter.save()
            painter.setClipRect(QRectF(x, frame.top(), frame.right() - x, frame.height()))
            painter.drawImage(frame, self._second)
            painter.restore()
            self._paint_handle(painter, x, frame)
        self._paint_names(painter, frame)
        painter.end()

    def _paint_handle(self, painter: QPainter, x: float, frame: QRectF) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        accent = palette.color(role.Accent)
        painter.setPen(QPen(palette.color(role.Base), 4))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(QPen(accent, 2))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setBrush(palette.color(role.Base))
        knob = QRectF(x - 11, frame.center().y() - 11, 22, 22)
        painter.drawEllipse(knob)
        middle = knob.center()
        for side in (-1, 1):
            tip = QPointF(middle.x() + side * 6, middle.y())
            for end in (-3, 3):
                painter.drawLine(tip, QPointF(middle.x() + side * 3, middle.y() + end))

    def _paint_names(self, painter: QPainter, frame: QRectF) -> None:
        font = sized(self.font(), 0.94, bold=True)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        palette, role = self.palette(), QPalette.ColorRole
        for name, right in zip(self._names, (False, True), strict=True):
            if not name:
                continue
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(frame.width() / 2) - 36)
            width = metrics.horizontalAdvance(text) + 16
            left = frame.right() - width - 10 if right else frame.left() + 10
            chip = QRectF(left, frame.top() + 10, width, metrics.height() + 8)
            ground = palette.color(role.Base)
            ground.setAlphaF(0.85)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(chip, 5, 5)
            painter.setPen(palette.color(role.Text))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    def _frame(self) -> QRectF:
        """The pictures' place: as large as fits, in the middle."""
        assert self._first is not None
        room = QRectF(self.rect()).adjusted(12, 12, -12, -12)
        scale = min(room.width() / self._first.width(), room.height() / self._first.height())
        width, height = self._first.width() * scale, self._first.height() * scale
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def _handle(self) -> float:
        if self._first is None:
            return -float(_REACH)
        frame = self._frame()
        return frame.left() + frame.width() * self._position

    def _drag(self, at: QPointF) -> None:
        frame = self._frame()
        self.set_position((at.x() - frame.left()) / max(1.0, frame.width()))


def _image(rgb: UInt8) -> QImage:
    height, width = rgb.shape[:2]
    packed = np.ascontiguousarray(rgb)
    return QImage(packed.data, width, height, width * 3, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )
