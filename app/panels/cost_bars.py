"""What the parts of a network cost, as rows of a name, a figure and a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.fonts import figures

_GAP = 12


@dataclass(frozen=True)
class CostRow:
    """A name, what is written for it, and its size in any unit that the rows share."""

    name: str
    text: str
    amount: float


class CostBars(QWidget):
    """Rows of equal height; bars are as long as their share of the largest."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._rows: tuple[CostRow, ...] = ()

    @property
    def rows(self) -> tuple[CostRow, ...]:
        return self._rows

    def set_rows(self, rows: Sequence[CostRow]) -> None:
        self._rows = tuple(rows)
        self.setAccessibleDescription("; ".join(f"{row.name}: {row.text}" for row in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, len(self._rows) * self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        font = figures(self.font())
        metrics = QFontMetrics(font)
        widest = max((metrics.horizontalAdvance(row.name) for row in self._rows), default=0)
        names = min(self.width() // 3, widest + 2)
        texts = max((metrics.horizontalAdvance(row.text) for row in self._rows), default=0)
        left = names + _GAP + texts + _GAP
        largest = max((row.amount for row in self._rows), default=0.0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font)
        for number, row in enumerate(self._rows):
            line = QRectF(0, number * self._height(), self.width(), self._height())
            painter.setPen(palette.color(role.Text))
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, names)
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(palette.color(role.PlaceholderText))
            figure = QRectF(names + _GAP, line.top(), texts, line.height())
            painter.drawText(figure, middle | Qt.AlignmentFlag.AlignRight, row.text)
            bar = QRectF(left, line.center().y() - 3, max(0, self.width() - left), 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Mid))
            painter.drawRoundedRect(bar, 3, 3)
            if largest > 0 and row.amount > 0:
                painter.setBrush(palette.color(role.Accent))
                painter.drawRoundedRect(
                    QRectF(bar.left(), bar.top(), max(6.0, bar.width() * row.amount / largest), 6), 3, 3
                )
        painter.end()

    def _height(self) -> int:
        return QFontMetrics(self.font()).height() + 8
