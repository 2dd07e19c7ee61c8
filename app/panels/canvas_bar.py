"""The strip under the canvas: what the pixel under the cursor is, how strong the map is, how near the photo is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from app.canvas.readout import Reading
from app.shell.actions import ActionRegistry
from app.shell.fonts import figures, sized
from engine.cascade.result import IGNORE, UInt8

_CHIP = 10.0


class ReadoutLine(QWidget):
    """Class and confidence of every stage under the cursor, the deciding one strong; the photo's facts otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Under the cursor"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._reading: Reading | None = None
        self._palette_of_classes: UInt8 | None = None
        self._idle = ""

    def set_idle(self, text: str) -> None:
        """What stands here while the cursor is elsewhere."""
        self._idle = text
        self.setToolTip(text)
        self.update()

    def set_reading(self, reading: Reading | None, palette: UInt8 | None) -> None:
        self._reading, self._palette_of_classes = reading, palette
        self.update()

    @property
    def text(self) -> str:
        """Everything that is shown, as plain text."""
        return (
            self._idle
            if self._reading is None
            else "".join(part for part, _strong, _quiet in self._parts(self._reading))
        )

    def sizeHint(self) -> QSize:
        return QSize(200, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 24)

    def _parts(self, reading: Reading) -> list[tuple[str, bool, bool]]:
        """Pieces of text as (text, strong, quiet)."""
        parts: list[tuple[str, bool, bool]] = []
        before = ""
        for stage in reading.stages:
            if parts:
                parts.append(("  →  ", False, True))
            # A class is named again only where a stage changed its mind.
            if stage.name != before:
                parts.append((f"{stage.name} ", stage.decides, not stage.decides))
            parts.append((_shown_confidence(stage.confidence), stage.decides, not stage.decides))
            before = stage.name
        if reading.deciding:
            parts.append((self.tr("   stage %1").replace("%1", str(reading.deciding)), False, True))
        else:
            parts.append((self.tr("   not decided yet"), False, True))
        if reading.changed_by_crf:
            parts.append((self.tr("   CRF: %1").replace("%1", reading.name), True, False))
        parts.append((f"   {reading.column}, {reading.row}", False, True))
        return parts

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        plain = figures(self.font())
        if self._reading is None:
            painter.setFont(plain)
            painter.setPen(palette.color(role.PlaceholderText))
            text = QFontMetricsF(plain).elidedText(self._idle, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            painter.end()
            return
        left = self._paint_chip(painter, self._reading)
        strong = figures(sized(self.font(), 1.0, bold=True))
        for text, bold, quiet in self._parts(self._reading):
            font: QFont = strong if bold else plain
            painter.setFont(font)
            painter.setPen(palette.color(role.PlaceholderText if quiet else role.WindowText))
            width = QFontMetricsF(font).horizontalAdvance(text)
            if left + width > self.width():
                # A cut number would be read as another one; what matters less comes last.
                break
            painter.drawText(
                QRectF(left, 0, width + 2, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextIncludeTrailingSpaces,
                text,
            )
            left += width
        painter.end()

    def _paint_chip(self, painter: QPainter, reading: Reading) -> float:
        colours = self._palette_of_classes
        if colours is None or reading.label == IGNORE or reading.label >= len(colours):
            return 0.0
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Light), 1))
        painter.setBrush(QColor(*map(int, colours[reading.label])))
        painter.drawRoundedRect(QRectF(0.5, self.height() / 2 - _CHIP / 2, _CHIP, _CHIP), 3, 3)
        return _CHIP + 8


def _shown_confidence(confidence: float) -> str:
    """Three places, as ρ is chosen in them: ".984", "1.000"."""
    return f"{confidence:.3f}".removeprefix("0")


class CanvasBar(QWidget):
    """Read-out on the left, opacity and zoom on the right.

    Signals: opacityChanged(float) - 0..1.
    """

    opacityChanged = Signal(float)

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvasBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.readout = ReadoutLine(self)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setObjectName("opacitySlider")
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(96)
        self.opacity.setAccessibleName(self.tr("Opacity of the map"))
        self.opacity.setToolTip(self.tr("Opacity of the map over the photo; hold H to see the bare photo"))
        self.opacity.valueChanged.connect(lambda value: self.opacityChanged.emit(value / 100))
        self.zoom = QLabel(self)
        self.zoom.setFont(figures(self.zoom.font()))
        self.zoom.setFixedWidth(self.zoom.fontMetrics().horizontalAdvance("4800 %") + 6)
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zoom.setAccessibleName(self.tr("Zoom"))
        opacity_label = QLabel(self.tr("Opacity"), self)
        opacity_label.setProperty("quiet", True)
        opacity_label.setBuddy(self.opacity)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 3, 8, 3)
        layout.setSpacing(4)
        layout.addWidget(self.readout, 1)
        layout.addSpacing(12)
        layout.addWidget(opacity_label)
        layout.addSpacing(4)
        layout.addWidget(self.opacity)
        layout.addSpacing(12)
        layout.addWidget(self._button(actions, "view.zoom_out"))
        layout.addWidget(self.zoom)
        layout.addWidget(self._button(actions, "view.zoom_in"))
        layout.addWidget(self._button(actions, "view.fit"))
        layout.addWidget(self._button(actions, "view.actual_size", text="1:1"))

    def set_zoom(self, device_scale: float) -> None:
        percent = device_scale * 100
        self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def set_opacity(self, opacity: float) -> None:
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(round(opacity * 100))

    def _button(self, actions: ActionRegistry, action_id: str, *, text: str = "") -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        actions.bind(button, action_id)
        return button
