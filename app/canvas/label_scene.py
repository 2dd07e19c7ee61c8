"""Keeps the canvas in step with the label model: photo, map, the place that is looked at, and the brush's traces."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.canvas.canvas import Canvas
from app.canvas.label_layer import LabelLayer
from app.canvas.label_maps import LabelMap, render, table
from app.canvas.layers import PhotoLayer
from app.canvas.viewport import Viewport
from app.label.model import LabelModel
from app.label.views import LabelPhoto, Place, TourView
from engine.cascade.result import CascadeResult
from engine.labels.area import Area
from engine.labels.formats.rings import rings
from engine.labels.hard_pixels import HardGroup
from engine.labels.selection import Selection

# Pixels that are coloured anew in the window's thread; a step that touches more is drawn when it is ready.
_AT_ONCE: Final = 1 << 20
_DARK: Final = QColor(0, 0, 0, 190)
_BRIGHT: Final = QColor(255, 255, 255, 240)


class LabelScene(QObject):
    """Signals: kindChanged(object) - LabelMap."""

    kindChanged = Signal(object)

    def __init__(self, model: LabelModel, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._model = model
        self._canvas = canvas
        self._kind = LabelMap.LABELS
        self._outlines = False
        self._layer: LabelLayer | None = None
        self._outline: list[np.ndarray] = []
        self._outlined: Selection | None = None
        # While a new layer is being made the document may go on changing.
        self._missed: list[Area] = []
        canvas.set_marks(self._paint_marks)
        model.photoChanged.connect(self._take_photo)
        model.proposal.changed.connect(self._take_result)
        model.editing.painted.connect(self._take_painted)
        model.project.changed.connect(lambda _view: self.refresh())
        model.tour.changed.connect(self._take_tour)
        model.tour.visited.connect(self._visit_group)
        model.places.visited.connect(self._visit_place)
        model.places.changed.connect(self._take_places)

    @property
    def kind(self) -> LabelMap:
        return self._kind

    @property
    def outlined(self) -> Selection | None:
        """What is outlined on the canvas."""
        return self._outlined

    def choose(self, kind: LabelMap) -> None:
        if kind is not self._kind:
            self._kind = kind
            self.kindChanged.emit(kind)
            self.refresh()

    def show_outlines(self, outlines: bool) -> None:
        """Patterns and outlines beside the classes' colours."""
        if outlines != self._outlines:
            self._outlines = outlines
            self.refresh()

    def next_kind(self) -> None:
        kinds = list(LabelMap)
        self.choose(kinds[(kinds.index(self._kind) + 1) % len(kinds)])

    def refresh(self) -> None:
        """Make the map anew, away from the window's thread."""
        document, view = self._model.document, self._model.view
        photo = self._model.photo
        if document is None or view is None or photo is None:
            self._layer = None
            self._canvas.set_overlay(None, fade=False)
            return
        result, kind = self._model.proposal.result, self._kind
        colours = np.zeros((max((one.id for one in view.classes), default=0) + 1, 3), dtype=np.uint8)
        for one in view.classes:
            colours[one.id] = one.colour
        stages = 3 if result is None else result.stage_count
        marked = len(colours) if self._outlines and kind in (LabelMap.LABELS, LabelMap.DECIDED) else 0
        self._missed = []

        def build() -> LabelLayer:
            colour_words = table(kind, colours, stage_count=stages)
            return LabelLayer.of(document.shape, colour_words, render(kind, document, result), marked=marked)

        def put(layer: LabelLayer) -> None:
            if self._model.document is not document:
                return
            for area in self._missed:
                layer.refresh(area)
            self._missed = []
            self._layer = layer
            self._canvas.set_overlay(layer, fade=False)

        self._model.background.run("label.map", build, put)

    # What the model says

    def _take_photo(self, photo: LabelPhoto | None) -> None:
        self._layer = None
        self._show_outline(None)
        self._canvas.set_photo(None if photo is None else PhotoLayer(photo.levels))
        self.refresh()

    def _take_result(self, _result: CascadeResult | None) -> None:
        self.refresh()

    def _take_painted(self, area: Area) -> None:
        height, width = area.shape
        if height * width > _AT_ONCE:
            self.refresh()
            return
        if self._layer is not None:
            self._layer.refresh(area)
        self._missed.append(area)
        if len(self._missed) > 256:
            self._missed = [_joined(self._missed)]
        self._canvas.update_image(area.left, area.top, area.right, area.bottom)

    def _take_tour(self, view: TourView) -> None:
        if view.selection is not self._outlined and (view.group is not None or not self._model.places.places):
            self._show_outline(view.selection)

    def _visit_group(self, group: HardGroup) -> None:
        self._show(group.area)

    def _visit_place(self, place: Place) -> None:
        self._show_outline(place.selection)
        self._show(place.selection.area)

    def _take_places(self) -> None:
        if self._model.places.current is None and not self._model.tour.under_way:
            self._show_outline(None)

    def _show(self, area: Area) -> None:
        self._canvas.show_part(area.left, area.top, area.right, area.bottom)

    # The outline

    def _show_outline(self, selection: Selection | None) -> None:
        self._outlined = selection
        self._outline = []
        if selection is not None and not selection.area.empty:
            offset = np.array([selection.area.left, selection.area.top])
            self._outline = [ring.points + offset for ring in rings(selection.mask)]
        self._canvas.update()

    def _paint_marks(self, painter: QPainter, view: Viewport) -> None:
        if not self._outline:
            return
        path = QPainterPath()
        for ring in self._outline:
            points = [QPointF(*view.to_view(float(x), float(y))) for x, y in ring]
            path.moveTo(points[0])
            for point in points[1:]:
                path.lineTo(point)
            path.closeSubpath()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dark under bright is seen on any photo.
        for colour, width in ((_DARK, 4.0), (_BRIGHT, 1.8)):
            painter.setPen(
                QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            )
            painter.drawPath(path)
        painter.restore()


def _joined(areas: list[Area]) -> Area:
    whole = Area(0, 0, 0, 0)
    for area in areas:
        whole = whole.joined(area)
    return whole
