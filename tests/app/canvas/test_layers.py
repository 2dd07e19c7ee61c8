"""Layers draw what the view shows, from the level that fits."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.canvas.layers import IndexLayer, PhotoLayer, colour_table, halvings
from app.canvas.viewport import Viewport
from app.services.qt_images import pyramid


def _drawn(layer: PhotoLayer | IndexLayer, view: Viewport) -> QImage:
    image = QImage(int(view.view_width), int(view.view_height), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    layer.draw(painter, view)
    painter.end()
    return image


def _rgb(image: QImage, x: int, y: int) -> tuple[int, int, int]:
    colour = QColor(image.pixel(x, y))
    return colour.red(), colour.green(), colour.blue()


def _quarters(height: int, width: int) -> np.ndarray:
    """Indices 0..3 in the four quarters."""
    rows = (np.arange(height) >= height // 2).astype(np.uint8)[:, None]
    columns = (np.arange(width) >= width // 2).astype(np.uint8)[None, :]
    return (rows * 2 + columns).astype(np.uint8)


COLOURS = np.array([(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)], dtype=np.uint8)
OPAQUE = np.full(4, 255, dtype=np.uint8)


@pytest.mark.parametrize("size", [(40, 60), (1000, 1500), (2400, 4000)])
@pytest.mark.parametrize("coarse", [1, 8])
def test_a_map_covers_the_photo_whatever_its_own_size(qtbot: QtBot, size: tuple[int, int], coarse: int) -> None:
    height, width = size
    grid = _quarters(max(2, height // coarse), max(2, width // coarse))
    layer = IndexLayer(halvings(grid), colour_table(COLOURS, alpha=OPAQUE))
    view = Viewport(width, height, 300, 200).fit()
    image = _drawn(layer, view)
    for number, (x, y) in enumerate(((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))):
        place = view.to_view(width * x, height * y)
        assert _rgb(image, int(place[0]), int(place[1])) == tuple(COLOURS[number])
    left, _top = view.to_view(0, 0)
    if left > 2:
        assert QColor.fromRgba(image.pixel(int(left) - 2, 100)).alpha() == 0


def test_panning_moves_what_is_drawn(qtbot: QtBot) -> None:
    layer = IndexLayer(halvings(_quarters(2000, 2000)), colour_table(COLOURS, alpha=OPAQUE))
    view = Viewport(2000, 2000, 200, 200).fit().actual_size()
    corner = view.panned(1e5, 1e5)
    assert _rgb(_drawn(layer, corner), 190, 190) == (200, 0, 0)
    assert _rgb(_drawn(layer, view.panned(-1e5, -1e5)), 5, 5) == (200, 200, 0)


def test_a_very_wide_photo_is_drawn_to_its_end(qtbot: QtBot) -> None:
    rgb = np.zeros((50, 40_000, 3), dtype=np.uint8)
    rgb[:, 39_900:] = (10, 220, 30)
    layer = PhotoLayer(pyramid(rgb))
    view = Viewport(40_000, 50, 300, 100).fit().actual_size().panned(-1e6, 0)
    end = view.to_view(39_950, 25)
    assert _rgb(_drawn(layer, view), int(end[0]), int(end[1])) == (10, 220, 30)


def test_only_the_visible_part_is_prepared(qtbot: QtBot) -> None:
    layer = IndexLayer(halvings(_quarters(4000, 6000)), colour_table(COLOURS, alpha=OPAQUE))
    view = Viewport(6000, 4000, 300, 200).fit().actual_size()
    _drawn(layer, view)
    assert layer.prepared_pixels < 4 * 300 * 200
    shown = layer.prepared
    _drawn(layer, view.panned(10, 5))
    assert layer.prepared is shown


def test_the_level_has_a_pixel_for_every_device_pixel(qtbot: QtBot) -> None:
    layer = PhotoLayer(pyramid(np.zeros((4096, 4096, 3), dtype=np.uint8)))
    assert [layer.level_for(scale) for scale in (4.0, 1.0, 0.51, 0.5, 0.25, 0.01)] == [0, 0, 0, 1, 2, 3]


def test_transparent_and_missing_entries_leave_the_photo_bare() -> None:
    table = colour_table(COLOURS[:2], alpha=np.array([0, 128], dtype=np.uint8))
    assert table[0] == 0
    assert table[1] >> 24 == 128
    assert not table[2:].any()
