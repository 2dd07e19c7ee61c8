"""The highlight over the whole window while files are held above it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from app.shell.fonts import sized
from app.shell.icons import paint_glyph


def dropped_paths(data: QMimeData) -> list[Path]:
    """The local files and folders in a drop, each once; anything else in it is left out."""
    return list(_local(data)) if data.hasUrls() else []


def _local(data: QMimeData) -> Iterable[Path]:
    # Path() turns the forward slashes that Qt gives on Windows into the system's own.
    return dict.fromkeys(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


class DropOverlay(QWidget):
    """Covers its parent while shown; takes no events of its own, so that the drop reaches the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAccessibleName(self.tr("Drop target"))
        self._count = 0
        self.setVisible(False)
        parent.installEventFilter(self)

    def show_for(self, count: int) -> None:
        """Appears over the whole parent, naming how many things are held."""
        self._count = count
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._covered.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        veil = palette.color(role.Window)
        veil.setAlphaF(0.86)
        painter.fillRect(self.rect(), veil)
        frame = QRectF(self.rect()).adjusted(18, 18, -18, -18)
        tint = palette.color(role.Accent)
        pen = QPen(tint, 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        tint.setAlphaF(0.08)
        painter.setBrush(tint)
        painter.drawRoundedRect(frame, 14, 14)
        middle = frame.center()
        paint_glyph(
            painter,
            QRectF(middle.x() - 28, middle.y() - 62, 56, 56),
            "tray-arrow-down",
            palette.color(role.Accent),
        )
        painter.setPen(palette.color(role.WindowText))
        painter.setFont(sized(self.font(), 1.5, bold=True))
        if self._count == 1:
            text = self.tr("Drop to open")
        else:
            text = self.tr("Drop to open %1 items").replace("%1", str(self._count))
        painter.drawText(QRectF(frame.left(), middle.y() + 6, frame.width(), 40), Qt.AlignmentFlag.AlignHCenter, text)
        painter.end()
