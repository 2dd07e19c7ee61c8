"""What a tool is to the canvas: it is told of the pointer and paints its outline over everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from app.canvas.viewport import Viewport


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is.

    Attributes:
        x, y: in pixels of the photo, continuous; may lie outside it.
        view_x, view_y: in the view.
        pressure: of a pen, 0..1; 1 for a mouse.
        modifiers: keys that are held.
    """

    x: float
    y: float
    view_x: float
    view_y: float
    pressure: float
    modifiers: Qt.KeyboardModifier

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)


class CanvasTool(Protocol):
    """Given to Canvas.set_tool. All calls come in the window's thread."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """The pointer's shape over the photo."""
        ...

    def press(self, pointer: Pointer) -> None:
        """The left button went down."""

    def move(self, pointer: Pointer, *, down: bool) -> None:
        """The pointer moved, with the left button held or not."""

    def release(self, pointer: Pointer) -> None:
        """The left button came up."""

    def double_click(self, pointer: Pointer) -> None: ...

    def leave(self) -> None:
        """The pointer left the canvas."""

    def key(self, key: Qt.Key) -> bool:
        """Enter, Esc or Backspace was pressed; whether the tool had a use for it."""
        ...

    def put_down(self) -> None:
        """Another tool is taken, or the photo is another one: what is unfinished is dropped."""

    def paint(self, painter: QPainter, view: Viewport) -> None:
        """Draw the outline, in view coordinates."""
