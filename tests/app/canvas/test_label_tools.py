"""Tools as a hand uses them: real mouse events on a real canvas, and what the document holds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.canvas.canvas import Canvas
from app.canvas.label_scene import LabelScene
from app.canvas.tools.kit import ToolKit
from app.canvas.tools.shapes import PolygonTool, ScissorsTool
from app.label.model import LabelModel
from app.label.views import PlaceKind, ToolKind
from engine.cascade.result import IGNORE
from tests.app.conftest import backend, crf, settings
from tests.app.label.conftest import WAIT, folder, idle, label, make_label, opened

__all__ = ["backend", "crf", "folder", "label", "make_label", "settings"]
LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Moves over a canvas in pixels of the photo."""

    def __init__(self, qtbot: QtBot, model: LabelModel, canvas: Canvas) -> None:
        self.qtbot, self.model, self.canvas = qtbot, model, canvas
        self.scene = LabelScene(model, canvas)
        self.kit = ToolKit(model, canvas)

    def at(self, x: float, y: float) -> QPoint:
        view = self.canvas.view
        assert view is not None
        place = view.to_view(x, y)
        return QPoint(round(place[0]), round(place[1]))

    def take(self, kind: ToolKind, **settings: object) -> None:
        self.model.tools.set(kind=kind, **settings)

    def drag(self, *places: tuple[float, float], keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.mousePress(self.canvas, LEFT, keys, self.at(*places[0]))
        for place in places[1:]:
            self.qtbot.mouseMove(self.canvas, self.at(*place))
        self.qtbot.mouseRelease(self.canvas, LEFT, keys, self.at(*places[-1]))

    def click(self, *places: tuple[float, float]) -> None:
        for place in places:
            self.qtbot.mouseMove(self.canvas, self.at(*place))
            self.qtbot.mouseClick(self.canvas, LEFT, Qt.KeyboardModifier.NoModifier, self.at(*place))

    def labels(self) -> np.ndarray:
        idle(self.qtbot, self.model)
        assert self.model.document is not None
        return self.model.document.labels.copy()


@pytest.fixture
def hand(qtbot: QtBot, label: LabelModel, folder: Path) -> Iterator[Hand]:
    canvas = Canvas()
    canvas.resize(640, 480)
    canvas.show()
    opened_hand = Hand(qtbot, label, canvas)
    opened(qtbot, label, folder)
    yield opened_hand
    canvas.set_tool(None)
    canvas.close()
    canvas.deleteLater()


def test_brush_and_eraser_leave_their_width(hand: Hand) -> None:
    hand.take(ToolKind.BRUSH, size=8, label=4)
    hand.drag((20, 20), (40, 20), (60, 20))
    labels = hand.labels()
    assert 6 <= (labels[:, 40] == 4).sum() <= 10
    assert labels[20, 25:58].tolist() == [4] * 33
    assert hand.model.editing.undo_count == 1
    hand.take(ToolKind.ERASER, tip="square", size=6)
    hand.drag((40, 10), (40, 30))
    labels = hand.labels()
    assert (labels[:, 40] == IGNORE).all()
    assert hand.model.editing.undo_count == 2


def test_shift_draws_a_straight_line_from_the_last_stroke(hand: Hand) -> None:
    hand.take(ToolKind.BRUSH, size=4, label=4)
    hand.click((10, 10))
    hand.drag((80, 50), keys=Qt.KeyboardModifier.ShiftModifier)
    labels = hand.labels()
    assert labels[30, 45] == 4
    assert hand.model.editing.undo_count == 2


def test_what_the_brush_paints_is_on_the_canvas_at_once(hand: Hand, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: hand.canvas.overlay is not None, timeout=WAIT)
    hand.take(ToolKind.BRUSH, size=12, label=4)
    qtbot.mousePress(hand.canvas, LEFT, Qt.KeyboardModifier.NoModifier, hand.at(30, 30))
    layer = hand.canvas.overlay
    assert layer is not None
    assert layer.levels[0][30, 30] == 4  # type: ignore[attr-defined]
    qtbot.mouseRelease(hand.canvas, LEFT, Qt.KeyboardModifier.NoModifier, hand.at(30, 30))


def test_a_polygon_closes_by_enter_and_forgets_a_corner_by_backspace(hand: Hand) -> None:
    hand.take(ToolKind.POLYGON, label=6)
    hand.click((10, 10), (50, 10), (90, 60), (50, 50))
    tool = hand.canvas.tool
    assert isinstance(tool, PolygonTool)
    assert tool.key(Qt.Key.Key_Backspace)
    hand.click((50, 50))
    assert tool.key(Qt.Key.Key_Return)
    assert not tool.key(Qt.Key.Key_Return)
    labels = hand.labels()
    assert labels[20, 40] == 6
    assert labels[40, 10] == IGNORE
    hand.click((10, 40), (20, 40), (20, 50))
    assert tool.key(Qt.Key.Key_Escape)
    assert tool.corners == ()


def test_lasso_and_rectangle(hand: Hand) -> None:
    hand.take(ToolKind.LASSO, label=2)
    hand.drag((10, 10), (40, 10), (40, 40), (10, 40))
    hand.take(ToolKind.RECTANGLE, label=3)
    hand.drag((50, 20), (70, 40))
    labels = hand.labels()
    assert (labels[12:38, 12:38] == 2).all()
    assert (labels[22:38, 52:68] == 3).all()
    assert hand.model.editing.undo_count == 2


def test_fill_and_wand_and_picker(hand: Hand, qtbot: QtBot) -> None:
    hand.take(ToolKind.RECTANGLE, label=3)
    hand.drag((50, 20), (70, 40))
    hand.labels()
    hand.take(ToolKind.FILL, label=8)
    hand.click((60, 30))
    qtbot.waitUntil(lambda: hand.model.editing.undo_count == 2, timeout=WAIT)
    labels = hand.labels()
    assert labels[30, 60] == 8
    assert not (labels == 3).any()
    hand.take(ToolKind.WAND, label=9, tolerance=4)
    hand.click((10, 50))
    qtbot.waitUntil(lambda: hand.model.editing.undo_count == 3, timeout=WAIT)
    labels = hand.labels()
    assert (labels[:, 10] == 9).all()
    assert not (labels[:, 40] == 9).any()
    hand.take(ToolKind.PICKER)
    hand.click((60, 30))
    assert hand.model.tools.settings.label == 8


def test_scissors_superpixels_and_grabcut_paint_something(hand: Hand, qtbot: QtBot) -> None:
    hand.take(ToolKind.SCISSORS, label=2)
    hand.click((10, 10), (50, 10), (50, 50))
    tool = hand.canvas.tool
    assert isinstance(tool, ScissorsTool)
    assert tool.key(Qt.Key.Key_Return)
    assert (hand.labels() == 2).sum() > 200
    hand.take(ToolKind.SUPERPIXELS, label=5, size=2, cell=8)
    hand.click((80, 40))
    assert (hand.labels() == 5).sum() >= 16
    hand.take(ToolKind.GRABCUT, label=7)
    hand.drag((20, 20), (70, 50))
    qtbot.wait(200)
    hand.labels()


def test_looking_again_lists_what_would_change(hand: Hand, qtbot: QtBot) -> None:
    hand.take(ToolKind.LOOK_AGAIN)
    hand.drag((10, 10), (60, 50))
    qtbot.waitUntil(lambda: hand.model.places.kind is PlaceKind.PROPOSAL, timeout=WAIT)
    assert hand.model.places.places


def test_another_tool_drops_what_is_unfinished(hand: Hand) -> None:
    hand.take(ToolKind.POLYGON)
    hand.click((10, 10), (50, 10))
    tool = hand.canvas.tool
    assert isinstance(tool, PolygonTool)
    hand.take(ToolKind.BRUSH)
    assert tool.corners == ()
    assert hand.canvas.tool is hand.kit.tools[ToolKind.BRUSH]


def test_a_group_is_outlined_while_it_is_looked_at(hand: Hand) -> None:
    hand.model.tour.step(1)
    assert hand.scene.outlined is not None
    hand.model.tour.end()
    assert hand.scene.outlined is None
