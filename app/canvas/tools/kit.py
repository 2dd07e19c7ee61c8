"""The tools by their kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from app.canvas.canvas import Canvas
from app.canvas.tools.base import LabelTool
from app.canvas.tools.brushes import BrushTool, SuperpixelTool
from app.canvas.tools.clicks import FillTool, PickerTool, WandTool
from app.canvas.tools.shapes import GrabCutTool, LassoTool, LookAgainTool, PolygonTool, RectangleTool, ScissorsTool
from app.label.model import LabelModel
from app.label.views import ToolKind

_MAKERS: Final[dict[ToolKind, Callable[[LabelModel, Canvas], LabelTool]]] = {
    ToolKind.BRUSH: BrushTool,
    ToolKind.ERASER: partial(BrushTool, erase=True),
    ToolKind.POLYGON: PolygonTool,
    ToolKind.LASSO: LassoTool,
    ToolKind.RECTANGLE: RectangleTool,
    ToolKind.FILL: FillTool,
    ToolKind.WAND: WandTool,
    ToolKind.SCISSORS: ScissorsTool,
    ToolKind.GRABCUT: GrabCutTool,
    ToolKind.SUPERPIXELS: SuperpixelTool,
    ToolKind.PICKER: PickerTool,
    ToolKind.LOOK_AGAIN: LookAgainTool,
}


class ToolKit:
    """Puts the chosen tool on the canvas; each is made once."""

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        self._canvas = canvas
        self.tools = {kind: make(model, canvas) for kind, make in _MAKERS.items()}
        model.tools.changed.connect(lambda settings: self._take(settings.kind))
        self._take(model.tools.settings.kind)

    def _take(self, kind: ToolKind) -> None:
        self._canvas.set_tool(self.tools[kind])
        # Its outline may have another size.
        self._canvas.update()
