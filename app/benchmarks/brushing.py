"""Brush strokes on a label map of 4096×4096 pixels, in a project, with the map on the canvas following."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication

from app.benchmarks.frames import FrameTimes, frame_times, resident_mib
from app.benchmarks.panning import noise
from app.canvas.canvas import Canvas
from app.canvas.label_layer import LabelLayer
from app.canvas.layers import PhotoLayer, colour_table
from app.services.qt_images import pyramid
from engine.data.palettes import voc_palette
from engine.labels.area import Area
from engine.labels.document import LabelDocument, Stroke
from engine.labels.selection import painted
from engine.labels.tools.brush import BrushPoint, brush_stroke
from engine.project.project import Project

_PER_STROKE = 40  # frames between press and release


def measure_brushing(*, side: int, frames: int, view: tuple[int, int], folder: Path) -> list[FrameTimes]:
    """Round tips of 20 and of 200 pixels, fitted and at actual size; then ends of strokes, undo and redo.

    The journal lies in `folder`, on its disk.
    """
    before = resident_mib()
    canvas = Canvas()
    canvas.resize(*view)
    canvas.show()
    canvas.set_photo(PhotoLayer(pyramid(noise(side))))
    with Project.open(folder / "brush.rhoscope", create=True) as project:
        project.add_images([folder / "photo.png"], root=folder)
        document = project.open_document(1, shape=(side, side))
        table = colour_table(voc_palette()[:21], alpha=np.full(21, 200, np.uint8))
        labels = document.labels
        layer = LabelLayer.of((side, side), table, lambda area: np.array(labels[area.slices]))
        canvas.set_overlay(layer, fade=False)
        hand = _Hand(canvas, document, layer)
        rows = []
        for zoom, prepare in (("fitted", canvas.fit), ("actual size", canvas.actual_size)):
            prepare()
            QApplication.processEvents()
            for size in (20, 200):
                what = f"brushing {side}×{side}, tip {size}, {zoom}"
                steps = hand.strokes(frames, radius=size / 2)
                rows.append(frame_times(what, canvas, steps, limit_ms=16.0, memory_before=before))
        ends = frame_times(
            "ends of strokes, journal on disk", canvas, hand.ends(40), limit_ms=50.0, memory_before=before
        )
        rows.append(ends)
        for name, act in (("undo", document.undo), ("redo", document.redo)):
            steps = hand.steps(act, min(30, document.history.state.length))
            rows.append(frame_times(name, canvas, steps, limit_ms=50.0, memory_before=before))
    canvas.close()
    canvas.deleteLater()
    return rows


class _Hand:
    def __init__(self, canvas: Canvas, document: LabelDocument, layer: LabelLayer) -> None:
        self._canvas = canvas
        self._document = document
        self._layer = layer

    def strokes(self, frames: int, *, radius: float) -> Iterator[Callable[[], object]]:
        """Moves of the pointer while it paints; presses and releases between them are not timed."""
        shown = self._canvas.view
        assert shown is not None
        left, top, right, bottom = shown.visible()
        centre, reach = ((left + right) / 2, (top + bottom) / 2), min(right - left, bottom - top) * 0.35
        step = 14.0 / shown.scale  # a quick hand: 14 points of the screen a frame
        stroke: Stroke | None = None
        for number in range(frames):
            if number % _PER_STROKE == 0:
                if stroke is not None:
                    stroke.finish()
                stroke = self._document.begin_stroke()
            turn = number * step / reach
            path = [
                BrushPoint(centre[0] + math.cos(at) * reach, centre[1] + math.sin(at) * reach, radius)
                for at in (turn, turn + step / reach)
            ]
            assert stroke is not None
            yield _bound(self._move, stroke, path, 1 + number // _PER_STROKE % 20)
        if stroke is not None:
            stroke.finish()

    def ends(self, count: int) -> Iterator[Callable[[], object]]:
        """Releases after strokes of fifty moves: the step is compressed and on the disk when it returns."""
        side = self._document.shape[0]
        for number in range(count):
            stroke = self._document.begin_stroke()
            for place in range(50):
                x = side * (0.2 + 0.012 * place)
                y = side * (0.1 + 0.8 * number / count)
                self._move(stroke, [BrushPoint(x, y, 20.0), BrushPoint(x + 12, y, 20.0)], number % 20)
            yield stroke.finish

    def steps(self, act: Callable[[], Area | None], count: int) -> Iterator[Callable[[], object]]:
        def done() -> None:
            area = act()
            if area is not None:
                self._show(area)

        for _ in range(count):
            yield done

    def _move(self, stroke: Stroke, path: list[BrushPoint], label: int) -> None:
        selection = brush_stroke(path, shape=self._document.shape)
        self._show(stroke.paint(painted(selection, label)))

    def _show(self, area: Area) -> None:
        self._layer.refresh(area)
        view = self._canvas.view
        if view is not None and not area.empty:
            left, top = view.to_view(area.left, area.top)
            right, bottom = view.to_view(area.right, area.bottom)
            self._canvas.update(QRect(int(left) - 2, int(top) - 2, int(right - left) + 5, int(bottom - top) + 5))


def _bound(move: Callable[..., None], *arguments: object) -> Callable[[], object]:
    return lambda: move(*arguments)
