"""The canvas under the person's hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas import Canvas
from app.canvas.layers import IndexLayer, PhotoLayer, colour_table
from app.services.qt_images import pyramid

GREY = (90, 90, 90)
RED = np.array([(255, 0, 0)], dtype=np.uint8)


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.set_photo(PhotoLayer(pyramid(np.full((750, 1000, 3), 90, dtype=np.uint8))))
    return canvas


def _red() -> IndexLayer:
    return IndexLayer((np.zeros((60, 100), dtype=np.uint8),), colour_table(RED, alpha=np.array([255], dtype=np.uint8)))


def _middle(canvas: Canvas) -> tuple[int, int, int]:
    colour = QColor(canvas.grab().toImage().pixel(canvas.width() // 2, canvas.height() // 2))
    return colour.red(), colour.green(), colour.blue()


def _wheel(
    canvas: Canvas, at: QPoint, turn: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_a_photo_appears_fitted(canvas: Canvas) -> None:
    assert canvas.view is not None
    assert canvas.view.fitted
    assert _middle(canvas) == GREY


def test_a_map_lies_over_the_photo_at_its_opacity(canvas: Canvas) -> None:
    canvas.set_overlay(_red(), fade=False)
    canvas.set_opacity(1.0)
    assert _middle(canvas) == (255, 0, 0)
    canvas.set_opacity(0.0)
    assert _middle(canvas) == GREY
    canvas.set_opacity(0.5)
    assert abs(_middle(canvas)[0] - 172) <= 2


def test_peeking_shows_the_bare_photo(canvas: Canvas) -> None:
    canvas.set_overlay(_red(), fade=False)
    canvas.set_peek(True)
    assert _middle(canvas) == GREY
    canvas.set_peek(False)
    assert _middle(canvas) != GREY


def test_an_arriving_answer_fades_in(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_opacity(1.0)
    canvas.set_overlay(_red(), fade=True)
    assert _middle(canvas)[0] < 200
    qtbot.waitUntil(lambda: _middle(canvas) == (255, 0, 0), timeout=3000)


def test_the_wheel_zooms_about_the_cursor(qtbot: QtBot, canvas: Canvas) -> None:
    at = QPoint(120, 130)
    assert canvas.view is not None
    before, scale = canvas.view.to_image(at.x(), at.y()), canvas.view.scale
    _wheel(canvas, at, 120)
    _wheel(canvas, at, 120)
    wanted = pytest.approx(scale * 1.25**2)
    qtbot.waitUntil(lambda: canvas.view is not None and canvas.view.scale == wanted, timeout=3000)
    assert canvas.view.to_image(at.x(), at.y()) == pytest.approx(before, abs=0.5)


def test_shift_wheel_pans_sideways(canvas: Canvas) -> None:
    canvas.actual_size()
    assert canvas.view is not None
    before = canvas.view
    _wheel(canvas, QPoint(100, 100), 120, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.view.x != before.x
    assert canvas.view.y == before.y
    assert canvas.view.scale == before.scale


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_dragging_pans(qtbot: QtBot, canvas: Canvas, button: Qt.MouseButton) -> None:
    canvas.actual_size()
    assert canvas.view is not None
    x, y = canvas.view.x, canvas.view.y
    qtbot.mousePress(canvas, button, pos=QPoint(200, 150))
    qtbot.mouseMove(canvas, QPoint(230, 140))
    qtbot.mouseRelease(canvas, button, pos=QPoint(230, 140))
    assert (canvas.view.x, canvas.view.y) == (x + 30, y - 10)


def test_double_click_goes_between_fit_and_actual_size(qtbot: QtBot, canvas: Canvas) -> None:
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert canvas.view is not None
    assert canvas.view.device_scale == pytest.approx(1.0)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert canvas.view.fitted


def test_the_cursor_s_pixel_is_told(qtbot: QtBot, canvas: Canvas) -> None:
    told: list[object] = []
    canvas.hovered.connect(told.append)
    qtbot.mouseMove(canvas, QPoint(200, 150))
    assert canvas.view is not None
    assert told[-1] == canvas.view.pixel_at(200, 150)
    qtbot.mouseMove(canvas, QPoint(200, 2))
    assert told[-1] is None


def test_arrow_keys_pan(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.actual_size()
    assert canvas.view is not None
    x = canvas.view.x
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view.x < x


def test_zooming_without_a_photo_does_nothing(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_photo(None)
    canvas.zoom_in()
    canvas.fit()
    canvas.actual_size()
    _wheel(canvas, QPoint(10, 10), 120)
    qtbot.mouseMove(canvas, QPoint(20, 20))
    assert canvas.view is None


def test_a_new_photo_drops_the_old_one_s_map(canvas: Canvas) -> None:
    canvas.set_overlay(_red(), fade=True)
    canvas.set_photo(PhotoLayer(pyramid(np.full((10, 10, 3), 40, dtype=np.uint8))))
    assert canvas.overlay is None
    assert _middle(canvas) == (40, 40, 40)


def test_one_pixel_is_a_photo_too(canvas: Canvas) -> None:
    canvas.set_photo(PhotoLayer(pyramid(np.full((1, 1, 3), 77, dtype=np.uint8))))
    canvas.set_overlay(IndexLayer((np.zeros((1, 1), dtype=np.uint8),), _red().table), fade=False)
    canvas.set_opacity(0.0)
    assert _middle(canvas) == (77, 77, 77)


def test_a_part_is_shown_large_in_the_middle(canvas: Canvas) -> None:
    assert canvas.view is not None
    before = canvas.view.scale
    canvas.show_part(400, 300, 460, 340)
    view = canvas.view
    assert view.scale > before
    x, y = view.to_view(430, 320)
    assert (x, y) == (pytest.approx(200, abs=1), pytest.approx(150, abs=1))
    left, top, right, bottom = view.visible()
    assert right - left >= 2.5 * 60
    assert bottom - top >= 2.5 * 40
