"""What all label tools share: the model, the canvas, and how outlines are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.canvas.canvas import Canvas
from app.canvas.tool import Pointer
from app.canvas.viewport import Viewport
from app.label.model import LabelModel

_DARK: Final = QColor(0, 0, 0, 170)
_BRIGHT: Final = QColor(255, 255, 255, 235)
Point = tuple[float, float]


class LabelTool:
    """A tool that does nothing; see CanvasTool."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        self.model = model
        self.canvas = canvas

    def press(self, pointer: Pointer) -> None:
        """See CanvasTool."""

    def move(self, pointer: Pointer, *, down: bool) -> None:
        """See CanvasTool."""

    def release(self, pointer: Pointer) -> None:
        """See CanvasTool."""

    def double_click(self, pointer: Pointer) -> None:
        self.press(pointer)

    def leave(self) -> None:
        """See CanvasTool."""

    def key(self, key: Qt.Key) -> bool:
        return False

    def put_down(self) -> None:
        """See CanvasTool."""

    def paint(self, painter: QPainter, view: Viewport) -> None:
        """See CanvasTool."""


def pixel_of(pointer: Pointer, shape: tuple[int, int]) -> tuple[int, int] | None:
    """Row and column under the pointer, None outside the photo."""
    row, column = int(pointer.y // 1), int(pointer.x // 1)
    return (row, column) if 0 <= row < shape[0] and 0 <= column < shape[1] else None


def draw_line(painter: QPainter, view: Viewport, points: Sequence[Point], *, closed: bool) -> None:
    """A line through points of the photo, to be seen on any photo."""
    if len(points) < 2:
        return
    line = QPolygonF([QPointF(*view.to_view(x, y)) for x, y in points])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_DARK, 3.0), (_BRIGHT, 1.2)):
        painter.setPen(QPen(colour, width))
        if closed:
            painter.drawPolygon(line)
        else:
            painter.drawPolyline(line)
    painter.restore()


def draw_dots(painter: QPainter, view: Viewport, points: Sequence[Point]) -> None:
    """The corners that a person has set; the first, which closes the line, is larger."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(_DARK, 1.0))
    painter.setBrush(_BRIGHT)
    for number, (x, y) in enumerate(points):
        radius = 4.5 if number == 0 else 3.0
        painter.drawEllipse(QPointF(*view.to_view(x, y)), radius, radius)
    painter.restore()


def draw_tip(painter: QPainter, view: Viewport, pointer: Pointer, *, size: float, square: bool) -> None:
    """The brush's outline about the pointer."""
    radius = size / 2 * view.scale
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not square)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    centre = QPointF(pointer.view_x, pointer.view_y)
    for colour, width in ((_DARK, 2.6), (_BRIGHT, 1.2)):
        painter.setPen(QPen(colour, width))
        if square:
            painter.drawRect(int(centre.x() - radius), int(centre.y() - radius), int(2 * radius), int(2 * radius))
        else:
            painter.drawEllipse(centre, radius, radius)
    painter.restore()
