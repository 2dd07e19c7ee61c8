"""Brush, eraser and the brush that takes whole superpixels."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter

from app.canvas.canvas import Canvas
from app.canvas.tool import Pointer
from app.canvas.tools.base import LabelTool, draw_line, draw_tip
from app.canvas.viewport import Viewport
from app.label.model import LabelModel
from engine.labels.area import Area
from engine.labels.selection import Selection
from engine.labels.tools.brush import BrushPoint, brush_stroke
from engine.labels.tools.superpixels import superpixel_brush, superpixels

# A pen that is hardly pressed still leaves a trace.
_LEAST_PRESSURE: Final = 0.15


class BrushTool(LabelTool):
    """Paints along the pointer's path; Shift draws a straight line from where the last stroke ended.

    Args:
        erase: makes pixels undecided in place of painting them.
    """

    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, model: LabelModel, canvas: Canvas, *, erase: bool = False) -> None:
        super().__init__(model, canvas)
        self._erase = erase
        self._last: BrushPoint | None = None
        self._end: BrushPoint | None = None
        self._pointer: Pointer | None = None

    def press(self, pointer: Pointer) -> None:
        document = self.model.document
        if document is None or not self.model.editing.editable:
            return
        self._last = point = self._point(pointer)
        self.model.editing.begin_stroke()
        start = self._end if pointer.shift and self._end is not None else point
        self._dab([start, point])

    def move(self, pointer: Pointer, *, down: bool) -> None:
        self._follow(pointer)
        if down and self._last is not None:
            point = self._point(pointer)
            self._dab([self._last, point])
            self._last = point

    def release(self, pointer: Pointer) -> None:
        if self._last is not None:
            self._end, self._last = self._last, None
            self.model.editing.end_stroke()

    def leave(self) -> None:
        self._follow(None)

    def put_down(self) -> None:
        if self._last is not None:
            self.model.editing.cancel_stroke()
        self._last = self._end = self._pointer = None

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._last is not None:
            self._last = None
            self.model.editing.cancel_stroke()
            return True
        return False

    def paint(self, painter: QPainter, view: Viewport) -> None:
        pointer = self._pointer
        if pointer is None:
            return
        settings = self.model.tools.settings
        if pointer.shift and self._end is not None and self._last is None:
            draw_line(painter, view, [(self._end.x, self._end.y), (pointer.x, pointer.y)], closed=False)
        draw_tip(painter, view, pointer, size=settings.size, square=settings.tip == "square")

    def _dab(self, path: list[BrushPoint]) -> None:
        document = self.model.document
        if document is not None:
            settings = self.model.tools.settings
            self._use(brush_stroke(path, shape=document.shape, tip=settings.tip))

    def _use(self, selection: Selection) -> None:
        if not selection.area.empty:
            self.model.stroke(selection, erase=self._erase)

    def _point(self, pointer: Pointer) -> BrushPoint:
        size = self.model.tools.settings.size * max(pointer.pressure, _LEAST_PRESSURE)
        return BrushPoint(pointer.x, pointer.y, max(0.5, size / 2))

    def _follow(self, pointer: Pointer | None) -> None:
        """Paint the outline's old and new place anew, and no more of the canvas."""
        former, self._pointer = self._pointer, pointer
        shift = any(one is not None and one.shift for one in (former, pointer))
        if shift and self._end is not None:
            self.canvas.update()
            return
        for place in (former, pointer):
            if place is not None:
                self.canvas.update_view(self._tip_box(place))

    def _tip_box(self, pointer: Pointer) -> QRect:
        view = self.canvas.view
        radius = math.ceil(self.model.tools.settings.size / 2 * (1.0 if view is None else view.scale)) + 4
        return QRect(int(pointer.view_x) - radius, int(pointer.view_y) - radius, 2 * radius, 2 * radius)


class SuperpixelTool(BrushTool):
    """Every superpixel that the brush touches, whole. They are found about the pointer, not in the whole photo."""

    _WINDOW: Final = 384

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(model, canvas)
        self._regions: NDArray[np.int32] | None = None
        self._area = Area(0, 0, 0, 0)
        self._found_for: tuple[int, int] | None = None

    def put_down(self) -> None:
        super().put_down()
        self._regions, self._found_for = None, None

    def _use(self, selection: Selection) -> None:
        photo = self.model.photo
        if photo is None or selection.area.empty:
            return
        cell = self.model.tools.settings.cell
        inner = selection.area
        known = self._found_for == (id(photo), cell) and inner.clipped(self._area) == inner
        if not known:
            row, column = (inner.top + inner.bottom) // 2, (inner.left + inner.right) // 2
            around = Area(row, column, row, column).grown(self._WINDOW // 2).joined(inner.grown(cell))
            self._area = around.clipped(Area.of_image(photo.shape))
            self._regions = superpixels(np.ascontiguousarray(photo.rgb[self._area.slices]), size=cell)
            self._found_for = id(photo), cell
        if self._regions is not None:
            super()._use(superpixel_brush(self._regions, selection, offset=(self._area.top, self._area.left)))
