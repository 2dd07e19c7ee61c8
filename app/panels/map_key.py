"""What the colours of the shown map mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.maps import MapKind
from app.shell.fonts import sized
from engine.rendering.colours import CHANGED, HARD, confidence_colours, stage_colours

_CHIP = 10


class MapKey(QWidget):
    """Chips with words, or a ramp for confidence; takes no room for labels, whose key is the class list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._chips: list[tuple[QColor, str]] = []
        self._ramp = False
        self.setVisible(False)

    @property
    def words(self) -> list[str]:
        return [text for _colour, text in self._chips]

    def show_kind(self, kind: MapKind, *, stage_count: int, changes: bool) -> None:
        self._ramp = kind is MapKind.CONFIDENCE
        if changes:
            self._chips = [(QColor(*CHANGED), self.tr("changed by the CRF"))]
        elif kind is MapKind.STAGES:
            self._chips = [
                (QColor(*map(int, colour)), self.tr("stage %1").replace("%1", str(number)))
                for number, colour in enumerate(stage_colours(stage_count), start=1)
            ]
        elif kind is MapKind.HARD:
            self._chips = [(QColor(*HARD), self.tr("reached the last stage"))]
        else:
            self._chips = []
        words = ", ".join(self.words) if not self._ramp else self.tr("from doubtful to sure")
        self.setAccessibleName(self.tr("Key: %1").replace("%1", words))
        self.setVisible(self._ramp or bool(self._chips))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, QFontMetrics(self.font()).height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = sized(self.font(), 0.94)
        painter.setFont(font)
        if self._ramp:
            self._paint_ramp(painter)
        else:
            self._paint_chips(painter)
        painter.end()

    def _paint_chips(self, painter: QPainter) -> None:
        palette, metrics = self.palette(), QFontMetrics(painter.font())
        left = 1.0
        for colour, text in self._chips:
            chip = QRectF(left, self.height() / 2 - _CHIP / 2, _CHIP, _CHIP)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Light), 1))
            painter.setBrush(colour)
            painter.drawRoundedRect(chip, 3, 3)
            width = metrics.horizontalAdvance(text)
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(
                QRectF(left + _CHIP + 6, 0, width + 2, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                text,
            )
            left += _CHIP + 6 + width + 14

    def _paint_ramp(self, painter: QPainter) -> None:
        palette, metrics = self.palette(), QFontMetrics(painter.font())
        low, high = self.tr("doubtful"), self.tr("sure")
        left, right = metrics.horizontalAdvance(low) + 8, metrics.horizontalAdvance(high) + 8
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), centre | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(self.rect(), centre | Qt.AlignmentFlag.AlignRight, high)
        bar = QRectF(left, self.height() / 2 - 4, self.width() - left - right, 8)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        colours = confidence_colours()
        for place in range(0, 256, 17):
            gradient.setColorAt(place / 255, QColor(*map(int, colours[place])))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 4, 4)
