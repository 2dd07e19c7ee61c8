"""Polygon, lasso, rectangle, scissors, and the boxes of GrabCut and of looking again."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from app.canvas.canvas import Canvas
from app.canvas.tool import Pointer
from app.canvas.tools.base import LabelTool, Point, draw_dots, draw_line
from app.canvas.viewport import Viewport
from app.label.model import LabelModel
from engine.labels.selection import Selection
from engine.labels.tools.grabcut import grab_cut
from engine.labels.tools.polygon import polygon, rectangle
from engine.labels.tools.scissors import Scissors

# A click this near to the first corner, in the view's pixels, closes the line.
_CLOSE = 9.0


class PolygonTool(LabelTool):
    """Corners by clicks; Enter, a double click or a click on the first corner closes, Backspace takes the last back."""

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(model, canvas)
        self._corners: list[Point] = []
        self._pointer: Pointer | None = None

    @property
    def corners(self) -> tuple[Point, ...]:
        return tuple(self._corners)

    def press(self, pointer: Pointer) -> None:
        if not self.model.editing.editable:
            return
        if self._closes(pointer):
            self._close()
            return
        self._add(pointer)
        self.canvas.update()

    def double_click(self, pointer: Pointer) -> None:
        # The first click of the two has set its corner.
        self._close()

    def move(self, pointer: Pointer, *, down: bool) -> None:
        self._pointer = pointer
        if self._corners:
            self.canvas.update()

    def leave(self) -> None:
        self._pointer = None
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if not self._corners:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close()
        elif key == Qt.Key.Key_Escape:
            self.put_down()
        elif key == Qt.Key.Key_Backspace:
            self._take_back()
        else:
            return False
        self.canvas.update()
        return True

    def put_down(self) -> None:
        self._corners = []

    def paint(self, painter: QPainter, view: Viewport) -> None:
        line = [*self._line(), *self._live()]
        draw_line(painter, view, line, closed=False)
        draw_dots(painter, view, self._corners)

    def _line(self) -> list[Point]:
        return self._corners

    def _live(self) -> list[Point]:
        return [] if self._pointer is None or not self._corners else [(self._pointer.x, self._pointer.y)]

    def _add(self, pointer: Pointer) -> None:
        self._corners.append((pointer.x, pointer.y))

    def _take_back(self) -> None:
        self._corners.pop()

    def _closes(self, pointer: Pointer) -> bool:
        view = self.canvas.view
        if view is None or len(self._corners) < 3:
            return False
        x, y = view.to_view(*self._corners[0])
        return math.hypot(pointer.view_x - x, pointer.view_y - y) <= _CLOSE

    def _close(self) -> None:
        document = self.model.document
        line = list(self._line())
        self.put_down()
        if document is not None and len(line) >= 3:
            self.model.paint(polygon(line, shape=document.shape))
        self.canvas.update()


class ScissorsTool(PolygonTool):
    """A polygon whose line clings to edges between the clicks.

    Where edges run is found about each click away from the window's thread; until then the line is straight.
    """

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(model, canvas)
        self._scissors: Scissors | None = None
        self._pieces: list[list[Point]] = []

    def put_down(self) -> None:
        super().put_down()
        self._pieces = []
        self._forget_edges()

    def _line(self) -> list[Point]:
        return [*self._corners[:1], *(point for piece in self._pieces for point in piece[1:])]

    def _live(self) -> list[Point]:
        pointer = self._pointer
        return [] if pointer is None or not self._corners else self._clinging(pointer)[1:]

    def _add(self, pointer: Pointer) -> None:
        if self._corners:
            self._pieces.append(self._clinging(pointer))
        super()._add(pointer)
        self._find_edges()

    def _take_back(self) -> None:
        super()._take_back()
        if self._pieces:
            self._pieces.pop()
        self._find_edges()

    def _clinging(self, pointer: Pointer) -> list[Point]:
        """From the last corner to the pointer, both included."""
        if self._scissors is None:
            return [self._corners[-1], (pointer.x, pointer.y)]
        return self._scissors.line_to(pointer.x, pointer.y)

    def _find_edges(self) -> None:
        self._forget_edges()
        photo = self.model.photo
        if photo is None or not self._corners:
            return
        corner = self._corners[-1]

        def find() -> Scissors:
            scissors = Scissors(photo.rgb)
            scissors.set_anchor(*corner)
            return scissors

        def put(scissors: Scissors) -> None:
            if self.model.photo is photo and self._corners and self._corners[-1] == corner:
                self._scissors = scissors
                self.canvas.update()

        self.model.background.run("scissors", find, put)

    def _forget_edges(self) -> None:
        self._scissors = None
        self.model.background.forget("scissors")


class LassoTool(LabelTool):
    """The inside of a line drawn freehand."""

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(model, canvas)
        self._path: list[Point] = []

    def press(self, pointer: Pointer) -> None:
        if self.model.editing.editable:
            self._path = [(pointer.x, pointer.y)]

    def move(self, pointer: Pointer, *, down: bool) -> None:
        if down and self._path:
            self._path.append((pointer.x, pointer.y))
            self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        path, self._path = self._path, []
        document = self.model.document
        if document is not None and len(path) >= 3:
            self.model.paint(polygon(path, shape=document.shape))
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._path:
            self.put_down()
            self.canvas.update()
            return True
        return False

    def put_down(self) -> None:
        self._path = []

    def paint(self, painter: QPainter, view: Viewport) -> None:
        draw_line(painter, view, self._path, closed=True)


class BoxTool(LabelTool):
    """A box that is dragged; subclasses say what becomes of it."""

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(model, canvas)
        self._start: Point | None = None
        self._stop: Point | None = None

    def press(self, pointer: Pointer) -> None:
        if self.model.editing.editable:
            self._start = self._stop = (pointer.x, pointer.y)

    def move(self, pointer: Pointer, *, down: bool) -> None:
        if down and self._start is not None:
            self._stop = (pointer.x, pointer.y)
            self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        start, self._start = self._start, None
        document = self.model.document
        if document is not None and start is not None:
            self.use(rectangle(start, (pointer.x, pointer.y), shape=document.shape))
        self.canvas.update()

    def key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._start is not None:
            self.put_down()
            self.canvas.update()
            return True
        return False

    def put_down(self) -> None:
        self._start = self._stop = None

    def paint(self, painter: QPainter, view: Viewport) -> None:
        if self._start is not None and self._stop is not None:
            (x0, y0), (x1, y1) = self._start, self._stop
            draw_line(painter, view, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], closed=True)

    def use(self, box: Selection) -> None:
        """The box is dragged."""


class RectangleTool(BoxTool):
    """Paints the box."""

    def use(self, box: Selection) -> None:
        if not box.area.empty:
            self.model.paint(box)


class GrabCutTool(BoxTool):
    """Paints the thing in the box, cut from its surroundings; computed away from the window's thread."""

    def use(self, box: Selection) -> None:
        photo = self.model.photo
        if photo is None or min(box.area.shape) < 4:
            return

        def put(found: Selection) -> None:
            if self.model.photo is photo and not found.area.empty:
                self.model.paint(found)

        self.model.background.run("grabcut", lambda: grab_cut(photo.rgb, box.area), put)


class LookAgainTool(BoxTool):
    """Lets the cascade look at the box alone; what it would change is listed."""

    def use(self, box: Selection) -> None:
        self.model.places.look_again(box.area)
