"""One icon set (Material Design Icons through qtawesome), tinted from the palette at the moment of painting.

Reading the palette late means that a theme switch needs no new icons; drawing glyphs keeps them crisp at any scale.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap

_PREFIX = "mdi6"
# Material glyphs fill their em square; a little air around them matches the text's optical size.
_FILL = 0.94


class _GlyphEngine(QIconEngine):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._name)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        paint_glyph(painter, QRectF(rect), self._name, _tint(mode, state))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap


def _tint(mode: QIcon.Mode, state: QIcon.State) -> QColor:
    palette = QGuiApplication.palette()
    if mode == QIcon.Mode.Disabled:
        return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    if state == QIcon.State.On:
        return palette.color(QPalette.ColorRole.Accent)
    return palette.color(QPalette.ColorRole.Text)


@lru_cache(maxsize=256)
def _character(name: str) -> str:
    import qtawesome

    return str(qtawesome.charmap(f"{_PREFIX}.{name}"))


@lru_cache(maxsize=64)
def _font(size: int) -> QFont:
    # Making one costs more than drawing with it, and lists draw a glyph in every row.
    import qtawesome

    return qtawesome.font(_PREFIX, size)


def paint_glyph(painter: QPainter, rect: QRectF, name: str, colour: QColor) -> None:
    """Draws the named glyph centred in rect."""
    character = _character(name)
    painter.setPen(colour)
    painter.setFont(_font(max(1, round(min(rect.width(), rect.height()) * _FILL))))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, character)


@lru_cache(maxsize=256)
def icon(name: str) -> QIcon:
    """The icon of a Material Design glyph, e.g. icon("folder-open-outline")."""
    return QIcon(_GlyphEngine(name))
