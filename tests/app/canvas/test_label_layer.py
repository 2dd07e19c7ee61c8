"""The map follows the document by dirty rectangles, and what is drawn is what a whole drawing would be."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.canvas.label_layer import LabelLayer
from app.canvas.label_maps import LabelMap, render, table
from app.canvas.viewport import Viewport
from engine.data.palettes import voc_palette
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.selection import Selection, painted
from engine.labels.tools.brush import BrushPoint, brush_stroke
from tests.app.fakes import fake_result

COLOURS = voc_palette()[:21]


def _drawn(layer: LabelLayer, view: Viewport) -> np.ndarray:
    image = QImage(int(view.view_width), int(view.view_height), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    layer.draw(painter, view)
    painter.end()
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


def _layer(document: LabelDocument, kind: LabelMap = LabelMap.LABELS, result: object = None) -> LabelLayer:
    return LabelLayer.of(
        document.shape,
        table(kind, COLOURS, stage_count=3),
        render(kind, document, result),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("scale", [0.2, 0.4, 1.0, 3.0])
def test_a_refreshed_layer_is_a_new_one(scale: float) -> None:
    rng = np.random.default_rng(0)
    document = LabelDocument.empty((901, 1203))
    view = Viewport(1203, 901, 400, 300).zoomed_to(scale)
    layer = _layer(document)
    _drawn(layer, view)
    for label in range(1, 12):
        top, left = int(rng.integers(0, 880)), int(rng.integers(0, 1180))
        area = Area(top, left, min(901, top + 37), min(1203, left + 53))
        document.apply(painted(Selection(area, rng.random(area.shape) < 0.7), label))
        layer.refresh(area)
    fresh = _layer(document)
    for old, new in zip(layer.levels, fresh.levels, strict=True):
        assert np.array_equal(old, new)
    assert np.array_equal(_drawn(layer, view), _drawn(fresh, view))


def test_proposals_are_faint_and_leave_where_a_person_has_painted() -> None:
    rgb = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], (48, 1, 3))
    result = fake_result(rgb, 0.9)
    document = LabelDocument.empty((48, 64))
    whole = Area.of_image(document.shape)
    shown = render(LabelMap.LABELS, document, result)(whole)
    colours = table(LabelMap.LABELS, COLOURS, stage_count=3)
    proposed = shown >= 126
    assert proposed.all()
    document.apply(painted(Selection(whole, np.ones(whole.shape, dtype=bool)), 5))
    assert (render(LabelMap.LABELS, document, result)(whole) == 5).all()
    assert colours[126 + 5] >> 24 < colours[5] >> 24 == 255
    assert colours[0] >> 24 > 0 == colours[126] >> 24
    assert (render(LabelMap.WHO, document, result)(whole) == 200).all()
    assert not render(LabelMap.HARD, document, result)(whole).any()


def test_a_frame_of_the_brush_on_4096_pixels_costs_what_it_touches() -> None:
    """The median, as another program may take the processor for a frame."""
    document = LabelDocument.empty((4096, 4096))
    layer = _layer(document)
    view = Viewport(4096, 4096, 1100, 800).zoomed_to(0.5)
    image = QImage(1100, 800, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    layer.draw(painter, view)
    stroke = document.begin_stroke()
    frames = []
    for number in range(40):
        before = time.perf_counter()
        path = [BrushPoint(1500 + 20 * number, 2000, 24), BrushPoint(1520 + 20 * number, 2010, 24)]
        selection = brush_stroke(path, shape=document.shape)
        area = stroke.paint(painted(selection, 3))
        layer.refresh(area)
        x0, y0 = view.to_view(area.left, area.top)
        x1, y1 = view.to_view(area.right, area.bottom)
        painter.setClipRect(int(x0) - 2, int(y0) - 2, int(x1 - x0) + 4, int(y1 - y0) + 4)
        layer.draw(painter, view)
        frames.append(time.perf_counter() - before)
    painter.end()
    stroke.finish()
    assert sorted(frames)[len(frames) // 2] < 0.016
