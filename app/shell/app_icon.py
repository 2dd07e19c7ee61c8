"""The program's icon: three stages, each smaller and deeper in colour than the one before."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from engine.rendering.colours import stage_colours

_SIZES = (16, 24, 32, 48, 64, 128, 256)


def app_icon() -> QIcon:
    """Drawn for every usual size, so that none is a blurred copy of another."""
    drawn = QIcon()
    for size in _SIZES:
        drawn.addPixmap(_pixmap(size))
    return drawn


def _pixmap(size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for number, colour in enumerate(stage_colours(3)):
        inset = size * (0.04 + 0.15 * number)
        painter.setBrush(QColor(*map(int, colour)))
        side = size - 2 * inset
        # Each square leans towards the lower right: the region that is handed on shrinks and moves deeper.
        lean = size * 0.05 * number
        painter.drawRoundedRect(QRectF(inset + lean, inset + lean, side, side), side * 0.22, side * 0.22)
    painter.end()
    return pixmap
