"""The slim rail on the left: one button a workspace."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from app.shell.fonts import sized
from app.shell.icons import paint_glyph

_WIDTH = 64
_GLYPH = 22


class _RailButton(QAbstractButton):
    def __init__(self, text: str, glyph: str, help_text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(help_text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._glyph = glyph

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _GLYPH + QFontMetrics(self.font()).height() + 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        box = QRectF(self.rect()).adjusted(6, 3, -6, -3)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(palette.color(role.Highlight))
            painter.drawRoundedRect(box, 8, 8)
        elif self.underMouse():
            painter.setBrush(palette.color(role.Midlight))
            painter.drawRoundedRect(box, 8, 8)
        if self.hasFocus():
            painter.setPen(palette.color(role.Accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        colour = palette.color(role.Accent if self.isChecked() else role.PlaceholderText)
        font = sized(self.font(), 0.86, bold=self.isChecked())
        text_height = QFontMetrics(font).height()
        block = _GLYPH + 4 + text_height
        top = (self.height() - block) / 2
        paint_glyph(painter, QRectF((self.width() - _GLYPH) / 2, top, _GLYPH, _GLYPH), self._glyph, colour)
        painter.setFont(font)
        painter.setPen(palette.color(role.WindowText if self.isChecked() else role.PlaceholderText))
        painter.drawText(
            QRectF(0, top + _GLYPH + 4, self.width(), text_height), Qt.AlignmentFlag.AlignCenter, self.text()
        )
        painter.end()


class Rail(QWidget):
    """Signals: workspaceChosen(str) - the name of a workspace."""

    workspaceChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Workspaces"))
        self.setFixedWidth(_WIDTH + 1)
        self._names: list[str] = []
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 1, 6)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self._group.idClicked.connect(lambda number: self.workspaceChosen.emit(self._names[number]))

    def add(self, name: str, *, text: str, glyph: str, help_text: str) -> None:
        """Adds a workspace below the others; the first one is chosen."""
        button = _RailButton(text, glyph, help_text, self)
        button.setChecked(not self._names)
        self._group.addButton(button, len(self._names))
        self._column.insertWidget(len(self._names), button)
        self._names.append(name)

    def choose(self, name: str) -> None:
        """Marks the workspace that is shown."""
        self._group.button(self._names.index(name)).setChecked(True)
