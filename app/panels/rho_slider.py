"""The ρ control: a slider in log(1−ρ) with the paper's values marked, and a field to type the value."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QSlider, QVBoxLayout, QWidget

from app.explore.rho_scale import TICKS, format_rho, nudged, position_of, snapped
from app.shell.fonts import figures, sized

_RANGE = 10_000
_HANDLE = 8.0
_EDGE = 10.0
_GROOVE_Y = 14.0
_FINE_STEP = 0.002
_STEP = 0.01


def short_rho(rho: float) -> str:
    """As marks are written: ".985", "1"."""
    return format_rho(rho).removeprefix("0") or "0"


class RhoSlider(QSlider):
    """A slider whose places are those of rho_scale; a real QSlider, so that assistive technology knows it.

    Signals: rhoMoved(float) - a person moved it, at every step.
    """

    rhoMoved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("rhoSlider")
        self.setRange(0, _RANGE)
        self.setAccessibleName(self.tr("Threshold ρ"))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rho = 1.0
        self._default: float | None = None
        self._dragging = False

    @property
    def rho(self) -> float:
        return self._rho

    def set_rho(self, rho: float) -> None:
        """Shows a value; emits nothing."""
        self._rho = rho
        with QSignalBlocker(self):
            self.setValue(round(position_of(rho) * _RANGE))
        self.setAccessibleDescription(self.tr("ρ is %1").replace("%1", format_rho(rho)))
        self.update()

    def set_default(self, rho: float | None) -> None:
        """Marks the value that the model's card recommends."""
        self._default = rho
        self.update()

    def place_of(self, rho: float) -> float:
        """Where ρ stands, in the widget's x coordinate."""
        return _EDGE + position_of(rho) * (self.width() - 2 * _EDGE)

    def sizeHint(self) -> QSize:
        return QSize(260, 46)

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 46)

    # Hand and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._dragging = False
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        if self._default is not None:
            self._take(self._default)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A panel that is being scrolled must not change ρ on the way.
        if not self.hasFocus():
            event.ignore()
            return
        self._take(nudged(self._rho, 1 if event.angleDelta().y() > 0 else -1, size=_FINE_STEP))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        size = _FINE_STEP if fine else _STEP
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._take(nudged(self._rho, steps[key], size=size))
        elif key == Qt.Key.Key_Home:
            self._take(TICKS[0])
        elif key == Qt.Key.Key_End:
            self._take(TICKS[-1])
        else:
            event.ignore()

    def _move_to(self, x: float) -> None:
        self._take(snapped((x - _EDGE) / max(1.0, self.width() - 2 * _EDGE)))

    def _take(self, rho: float) -> None:
        if rho != self._rho:
            self.set_rho(rho)
            self.rhoMoved.emit(rho)

    # Looks

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        accent = palette.color(role.Accent) if self.isEnabled() else palette.color(role.Light)
        here, end = self.place_of(self._rho), self.width() - _EDGE
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Light))
        painter.drawRoundedRect(QRectF(_EDGE, _GROOVE_Y - 1.5, end - _EDGE, 3), 1.5, 1.5)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(_EDGE, _GROOVE_Y - 1.5, here - _EDGE, 3), 1.5, 1.5)
        self._paint_marks(painter)
        if self._default is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.PlaceholderText))
            place = self.place_of(self._default)
            painter.drawPolygon([QPointF(place - 3, 0), QPointF(place + 3, 0), QPointF(place, 4)])
        painter.setPen(QPen(accent, 2.0 if not (self._dragging or self.underMouse()) else 2.5))
        painter.setBrush(palette.color(role.Base))
        painter.drawEllipse(QPointF(here, _GROOVE_Y), _HANDLE - 1, _HANDLE - 1)
        if self.hasFocus():
            halo = palette.color(role.Accent)
            halo.setAlpha(70)
            painter.setPen(QPen(halo, 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(here, _GROOVE_Y), _HANDLE + 1.5, _HANDLE + 1.5)
        painter.end()

    def _paint_marks(self, painter: QPainter) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        font = figures(sized(self.font(), 0.84))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        free_from = 0.0
        for tick in TICKS:
            place = self.place_of(tick)
            painter.setPen(QPen(palette.color(role.PlaceholderText), 1))
            painter.drawLine(QPointF(place, _GROOVE_Y + 11), QPointF(place, _GROOVE_Y + 15))
            text = short_rho(tick)
            width = metrics.horizontalAdvance(text)
            left = min(place - width / 2, self.width() - width)
            if left < free_from:
                continue
            free_from = left + width + 3
            near = tick == self._rho
            painter.setPen(palette.color(role.Accent if near else role.PlaceholderText))
            painter.drawText(QPointF(left, _GROOVE_Y + 17 + metrics.ascent()), text)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)


class RhoField(QLineEdit):
    """ρ as text. Anything that is no number in 0..1 is put back when the field is left.

    Signals: rhoTyped(float) - a person entered or nudged a value.
    """

    rhoTyped = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rhoField")
        self.setAccessibleName(self.tr("Threshold ρ as a number"))
        self.setToolTip(self.tr("Type a value from 0 to 1; Up and Down nudge it, Shift nudges finely"))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFont(figures(self.font()))
        self.setMaxLength(12)
        # A photo dropped on the field is meant for the window.
        self.setAcceptDrops(False)
        self._rho = 1.0
        self.returnPressed.connect(self._take_text)
        self.editingFinished.connect(self._take_text)

    def set_rho(self, rho: float) -> None:
        self._rho = rho
        if not (self.hasFocus() and self.isModified()):
            self.setText(format_rho(rho))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            steps = 1 if event.key() == Qt.Key.Key_Up else -1
            self._emit(nudged(self._rho, steps, size=_FINE_STEP if fine else _STEP))
        elif event.key() == Qt.Key.Key_Escape:
            self._show()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _take_text(self) -> None:
        if not self.isModified():
            return
        try:
            rho = float(self.text().strip().replace(",", "."))
        except ValueError:
            rho = -1.0
        if 0.0 <= rho <= 1.0:
            self._emit(rho)
        else:
            self._show()

    def _emit(self, rho: float) -> None:
        self._rho = rho
        self._show()
        self.rhoTyped.emit(rho)

    def _show(self) -> None:
        self.setText(format_rho(self._rho))
        self.setModified(False)


class RhoControl(QWidget):
    """Field above slider. Signals: rhoChosen(float) - a person set ρ by either."""

    rhoChosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = RhoSlider(self)
        self.field = RhoField(self)
        self.field.setFixedWidth(self.field.fontMetrics().horizontalAdvance("0.98500") + 24)
        title = QLabel(self.tr("Threshold ρ"), self)
        title.setBuddy(self.field)
        self.slider.setToolTip(
            self.tr(
                "A stage keeps a pixel when it is surer than ρ and hands the rest on.\n"
                "Arrow keys nudge, Shift nudges finely, double click takes the model's own value."
            )
        )
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.slider)
        self.slider.rhoMoved.connect(self.rhoChosen)
        self.field.rhoTyped.connect(self.rhoChosen)

    def set_rho(self, rho: float) -> None:
        self.slider.set_rho(rho)
        self.field.set_rho(rho)

    def set_default(self, rho: float | None) -> None:
        self.slider.set_default(rho)
