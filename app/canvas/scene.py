"""Keeps the canvas in step with the model: which map lies over which photo, at once or when it is ready."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.canvas.canvas import Canvas
from app.canvas.layers import IndexLayer, PhotoLayer, halvings
from app.canvas.maps import CASCADE_KINDS, SETTLED, Map, MapChoice, MapKind, full_map, live_map
from app.canvas.readout import Reading, read_pixel
from app.explore.model import ExploreModel
from app.explore.views import CrfView, OpenImage, UInt8
from engine.cascade.result import CascadeResult


class Scene(QObject):
    """Watches the model and the person's choice of map, and feeds the canvas.

    Signals:
        choiceChanged(object): MapChoice.
        readingChanged(object): Reading of the pixel under the cursor, or None.
    """

    choiceChanged = Signal(object)
    readingChanged = Signal(object)

    def __init__(self, model: ExploreModel, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._model = model
        self._canvas = canvas
        self._choice = MapChoice()
        self._cursor: tuple[int, int] | None = None
        # Set while the map on the canvas is the coarse one of a moving slider, which a finished one must replace.
        self._live = False
        self._outlines = False
        model.imageChanged.connect(self._take_image)
        model.resultChanged.connect(self._take_result)
        model.setsChanged.connect(self._take_sets)
        model.crfChanged.connect(self._take_crf)
        canvas.hovered.connect(self._take_cursor)

    @property
    def choice(self) -> MapChoice:
        return self._choice

    def choose(self, choice: MapChoice) -> None:
        if choice != self._choice:
            self._choice = choice
            self.choiceChanged.emit(choice)
            self._refresh(fade=True)

    def choose_kind(self, kind: MapKind) -> None:
        self.choose(replace(self._choice, kind=kind, changes=self._choice.changes and kind is MapKind.LABELS))

    def choose_stage(self, stage: int | None) -> None:
        self.choose(replace(self._choice, stage=stage))

    def show_changes(self, changes: bool) -> None:
        kind, stage = (MapKind.LABELS, None) if changes else (self._choice.kind, self._choice.stage)
        self.choose(replace(self._choice, changes=changes, kind=kind, stage=stage))

    def isolate(self, label: int | None) -> None:
        self.choose(replace(self._choice, isolated=label))

    def show_outlines(self, outlines: bool) -> None:
        """Patterns and outlines beside the classes' colours."""
        if outlines != self._outlines:
            self._outlines = outlines
            self._refresh(fade=True)

    def next_kind(self) -> None:
        summary = self._model.model_summary
        single = summary is not None and summary.stage_count == 1
        kinds = [kind for kind in MapKind if not single or kind not in CASCADE_KINDS]
        if self._choice.kind not in kinds:
            self.choose_kind(kinds[0])
            return
        self.choose_kind(kinds[(kinds.index(self._choice.kind) + 1) % len(kinds)])

    # What the model says

    def _take_image(self, image: OpenImage | None) -> None:
        self._live = False
        self._canvas.set_photo(None if image is None else PhotoLayer(image.levels))
        if self._choice.isolated is not None:
            self._choice = replace(self._choice, isolated=None)
            self.choiceChanged.emit(self._choice)
        # The model still holds the former photo's result; the word that it is gone follows at once.

    def _take_result(self, _result: CascadeResult | None) -> None:
        self._refresh(fade=True)

    def _take_crf(self, crf: CrfView | None) -> None:
        if crf is None and self._choice.changes:
            self.show_changes(False)
        self._refresh(fade=True)

    def _take_sets(self, sets: UInt8 | None) -> None:
        result = self._model.result
        if result is None or sets is None:
            return
        settled = self._settled(result, sets)
        if self._live or not settled:
            self._draw_live(result, sets)
        if self._live and settled:
            # Back at the ρ of the finished answer: its map in full follows the coarse one.
            self._refresh(fade=True)
        self._tell_reading()

    def _take_cursor(self, cursor: tuple[int, int] | None) -> None:
        self._cursor = cursor
        self._tell_reading()

    # What the canvas shows

    def _refresh(self, *, fade: bool) -> None:
        """Asks for the map in its best resolution, or draws the coarse one while ρ is ahead of the labels."""
        result, sets = self._model.result, self._model.sets
        self._tell_reading()
        if result is None or self._model.image is None:
            self._forget_pending_map()
            self._canvas.set_overlay(None, fade=False)
            return
        if sets is not None and not self._settled(result, sets):
            self._draw_live(result, sets)
            return
        choice, crf, outlines = self._choice, self._model.crf, self._outlines
        shown_sets = result.deciding_stage if sets is None or sets.shape != result.deciding_stage.shape else sets

        def build() -> IndexLayer:
            of_classes = choice.kind is MapKind.LABELS and not (choice.changes and crf is not None)
            marked = min(len(result.class_names), SETTLED) if outlines and of_classes else 0
            return _layer(full_map(result, choice, sets=shown_sets, crf=crf), marked=marked)

        def put(layer: IndexLayer) -> None:
            self._live = False
            self._canvas.set_overlay(layer, fade=fade)

        self._model.run_in_background("canvas.map", build, put)

    def _draw_live(self, result: CascadeResult, sets: UInt8) -> None:
        self._forget_pending_map()
        self._live = True
        self._canvas.set_overlay(_layer(live_map(result, self._choice, sets=sets)), fade=False)

    def _forget_pending_map(self) -> None:
        """A newer word under the same key: a map of an older ρ that is still being made is not delivered any more."""
        self._model.run_in_background("canvas.map", _nothing, _ignore)

    @staticmethod
    def _settled(result: CascadeResult, sets: UInt8) -> bool:
        """Whether the result's own map says what the sets say; an early result's open cells count as pending."""
        if sets.shape != result.deciding_stage.shape:
            return True
        known = result.deciding_stage if result.complete else np.where(sets == 0, 0, result.deciding_stage)
        return bool(np.array_equal(sets, known))

    def _tell_reading(self) -> None:
        self.readingChanged.emit(self._reading())

    def _reading(self) -> Reading | None:
        result, sets = self._model.result, self._model.sets
        if result is None or self._cursor is None:
            return None
        column, row = self._cursor
        height, width = result.image_size
        if column >= width or row >= height:
            return None
        shown = result.deciding_stage if sets is None or sets.shape != result.deciding_stage.shape else sets
        return read_pixel(result, column=column, row=row, sets=shown, crf=self._model.crf)


def _layer(shown: Map, *, marked: int = 0) -> IndexLayer:
    return IndexLayer(halvings(shown.indices), shown.table, soft=shown.soft, marked=marked)


def _nothing() -> None:
    return None


def _ignore(_value: None) -> None:
    return None
