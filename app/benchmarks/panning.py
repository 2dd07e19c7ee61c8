"""Dragging a photo of a hundred megapixels with a label map over it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.benchmarks.frames import FrameTimes, frame_times, resident_mib
from app.canvas.canvas import Canvas
from app.canvas.layers import Array, IndexLayer, PhotoLayer, colour_table, halvings
from app.services.qt_images import pyramid
from engine.data.palettes import voc_palette

_GLIDE_SECONDS: Final = 0.4


def measure_panning(*, side: int, frames: int, view: tuple[int, int]) -> list[FrameTimes]:
    """At the whole photo, at its actual size and at 400 %; side×side pixels in a view of (width, height)."""
    before = resident_mib()
    canvas = Canvas()
    canvas.resize(*view)
    canvas.show()
    canvas.set_photo(PhotoLayer(pyramid(noise(side))))
    colours = voc_palette()[:21]
    table = colour_table(colours, alpha=np.full(21, 200, np.uint8))
    canvas.set_overlay(IndexLayer(halvings(_labels(side)), table), fade=False)
    QApplication.processEvents()
    rows = []
    for name, factor in (("1.5 times the whole photo", None), ("actual size", 1.0), ("400 %", 4.0)):
        if factor is None:
            canvas.fit()
            canvas.zoom_by(1.5)
        else:
            canvas.actual_size()
            canvas.zoom_by(factor)
        _let_it_glide()
        rows.append(
            frame_times(
                f"panning {side * side / 1e6:.0f} megapixels, {name}",
                canvas,
                _drag(canvas, frames),
                limit_ms=16.0,
                memory_before=before,
            )
        )
    canvas.close()
    canvas.deleteLater()
    return rows


def noise(side: int) -> Array:
    """A side×side RGB photo with detail everywhere."""
    dice = np.random.default_rng(0)
    tile = dice.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    return np.tile(tile, (math.ceil(side / 256), math.ceil(side / 256), 1))[:side, :side].copy()


def _labels(side: int) -> Array:
    rows = np.arange(side, dtype=np.uint32)[:, None] // 97
    columns = np.arange(side, dtype=np.uint32)[None, :] // 113
    return np.asarray((rows * 7 + columns * 5) % 21).astype(np.uint8)


def _let_it_glide() -> None:
    """Until the zoom's animation has ended."""
    end = time.monotonic() + _GLIDE_SECONDS
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def _drag(canvas: Canvas, frames: int) -> Iterator[Callable[[], object]]:
    """A hand that goes round in circles, so that it never arrives at an edge."""
    centre, radius = QPointF(canvas.width() / 2, canvas.height() / 2), 0.12 * min(canvas.width(), canvas.height())
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def event(kind: QEvent.Type, place: QPointF) -> QMouseEvent:
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
        return QMouseEvent(kind, place, canvas.mapToGlobal(place), button, held, none)

    def at(number: int) -> QPointF:
        turn = number * 0.12
        return centre + QPointF(math.cos(turn), math.sin(turn)) * radius

    QApplication.sendEvent(canvas, event(QEvent.Type.MouseButtonPress, at(0)))
    for number in range(1, frames + 1):
        yield lambda number=number: QApplication.sendEvent(canvas, event(QEvent.Type.MouseMove, at(number)))  # type: ignore[misc]
    QApplication.sendEvent(canvas, event(QEvent.Type.MouseButtonRelease, at(frames)))
