"""Which map lies over the photo: pure functions from a result and a choice to indices and their colours.

All maps are indices through a table, so that colours, opacity and the isolated class cost nothing to change. In label
maps an index is a class; those above the classes say what else became of a cell (`VEILED`, `SETTLED`, `_FORMER`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.canvas.layers import Array, Table, colour_table
from engine.cascade.result import IGNORE, Bool, CascadeResult
from engine.rendering.colours import CHANGED, HARD, confidence_colours, painted_classes, stage_colours

# A cell that the shown stage handed on.
VEILED: Final = 254
# A cell that an earlier stage had already decided.
SETTLED: Final = 253

# Added to the class that a cell carried before its stage became unknown; only where the classes leave room for it.
_FORMER: Final = 126
_FORMER_WEIGHT: Final = 0.4

# Close to the veil and the shade of engine.rendering's stage tiles.
_VEIL: Final = (236, 238, 242)
_VEIL_ALPHA: Final = 215
_SHADE_ALPHA: Final = 175
_DIM_ALPHA: Final = 100


class MapKind(Enum):
    """What the map over the photo says."""

    LABELS = "labels"
    STAGES = "stages"
    CONFIDENCE = "confidence"
    HARD = "hard"


# Maps that say something of a cascade alone: in a network of one stage every pixel is the last stage's.
CASCADE_KINDS: Final = (MapKind.STAGES, MapKind.HARD)


@dataclass(frozen=True)
class MapChoice:
    """What the person wants to see.

    Attributes:
        kind: the map.
        stage: 1..n to see the cascade as it stood after that stage, None for the final answer.
        changes: show where the CRF changed labels instead, while a CRF answer is there.
        isolated: the only class that keeps its colour, None for all.
    """

    kind: MapKind = MapKind.LABELS
    stage: int | None = None
    changes: bool = False
    isolated: int | None = None


class Refined(Protocol):
    """A CRF answer: label_map H×W uint8, changed H×W bool."""

    @property
    def label_map(self) -> Array: ...

    @property
    def changed(self) -> Bool: ...


@dataclass(frozen=True)
class Map:
    """Indices on the image or on the grid, with 256 premultiplied ARGB colours; `soft` = interpolate between cells."""

    indices: Array
    table: Table
    soft: bool = False


def full_map(result: CascadeResult, choice: MapChoice, *, sets: Array, crf: Refined | None = None) -> Map:
    """The map of a result in its best resolution. Costs milliseconds on large photos: call it off the UI thread.

    Args:
        sets: h×w uint8 deciding stage, 0 where an early result does not know it yet.
    """
    stage = _shown_stage(choice, result)
    if choice.kind is MapKind.LABELS:
        if choice.changes and crf is not None:
            return Map(crf.changed.astype(np.uint8), _mask_table(CHANGED))
        table = label_table(result, isolated=choice.isolated)
        if stage is None:
            return Map(result.label_map if crf is None else crf.label_map, table)
        deciding = upsampled(sets, result.image_size)
        return Map(_staged_labels(result.label_map, deciding, stage=stage), table)
    if choice.kind is MapKind.CONFIDENCE and stage is None:
        return Map(result.confidence, heat_table())
    return live_map(result, choice, sets=sets)


def live_map(result: CascadeResult, choice: MapChoice, *, sets: Array) -> Map:
    """The map on the grid, from what is cached: h×w cells, cheap enough for every step of the slider.

    Args:
        sets: h×w uint8, the deciding stage of each cell at the ρ under the slider, 0 where it is not known yet.
    """
    stage = _shown_stage(choice, result)
    if choice.kind is MapKind.STAGES:
        shown = sets if stage is None else np.where(sets <= stage, sets, 0).astype(np.uint8)
        return Map(shown, stage_table(result.stage_count))
    if choice.kind is MapKind.HARD:
        threshold = result.stage_count if stage is None else stage + 1
        return Map(((sets >= threshold) & (sets > 0)).astype(np.uint8), _mask_table(HARD))
    if choice.kind is MapKind.CONFIDENCE:
        return Map(_grid_confidence(result, sets, stage=stage), heat_table(), soft=True)
    labels = grid_labels(result, sets)
    if stage is not None:
        labels = _staged_labels(labels, sets, stage=stage)
    elif len(result.class_names) <= _FORMER:
        # What is being computed keeps its former class, faintly, so that nothing flashes while ρ moves.
        former = grid_labels(result, result.deciding_stage)
        pending = (sets == 0) & (former < _FORMER)
        labels[pending] = former[pending] + _FORMER
    return Map(labels, label_table(result, isolated=choice.isolated), soft=True)


def grid_labels(result: CascadeResult, sets: Array) -> Array:
    """h×w classes as the deciding stages gave them; 255 where the deciding stage is not known yet."""
    labels = np.full(sets.shape, IGNORE, dtype=np.uint8)
    for number, output in enumerate(result.stages, start=1):
        taken = (sets == number) & output.computed
        labels[taken] = output.labels[taken]
    return labels


def upsampled(grid: Array, size: tuple[int, int]) -> Array:
    """The grid's cells spread over an image of height × width, nearest cell."""
    height, width = size
    rows = np.arange(height) * grid.shape[0] // height
    columns = np.arange(width) * grid.shape[1] // width
    return np.asarray(grid[rows[:, None], columns[None, :]])


def label_table(result: CascadeResult, *, isolated: int | None = None) -> Table:
    """Class colours; with one class isolated everything else is dimmed."""
    count = min(len(result.palette), SETTLED)
    colours = np.zeros((256, 3), dtype=np.uint8)
    colours[:count] = result.palette[:count]
    # Classes coloured black are backgrounds: they leave the photo bare, as in saved overlays.
    alpha = painted_classes(result.palette[:count])
    if isolated is not None:
        others = np.arange(256) != isolated
        colours[others], alpha[others] = 0, _DIM_ALPHA
    if count <= _FORMER:
        colours[_FORMER : _FORMER + count] = colours[:count]
        alpha[_FORMER : _FORMER + count] = (alpha[:count] * _FORMER_WEIGHT).astype(np.uint8)
    colours[VEILED], alpha[VEILED] = _VEIL, _VEIL_ALPHA
    colours[SETTLED], alpha[SETTLED] = 0, _SHADE_ALPHA
    return colour_table(colours, alpha=alpha)


def stage_table(stage_count: int) -> Table:
    """Colours of the deciding stages; 0, not decided yet, stays bare."""
    colours = np.zeros((stage_count + 1, 3), dtype=np.uint8)
    colours[1:] = stage_colours(stage_count)
    alpha = np.full(stage_count + 1, 255, dtype=np.uint8)
    alpha[0] = 0
    return colour_table(colours, alpha=alpha)


def heat_table() -> Table:
    """Colours of a confidence of 0..255."""
    return colour_table(confidence_colours(), alpha=np.full(256, 255, dtype=np.uint8))


def _mask_table(colour: tuple[int, int, int]) -> Table:
    """1 in a strong colour, 0 dimmed."""
    colours = np.array([(0, 0, 0), colour], dtype=np.uint8)
    return colour_table(colours, alpha=np.array([_DIM_ALPHA, 255], dtype=np.uint8))


def _staged_labels(labels: Array, deciding: Array, *, stage: int) -> Array:
    """What `stage` itself decided keeps its class; what earlier ones decided is shaded, what goes on is veiled."""
    shown = labels.copy()
    shown[(deciding > 0) & (deciding < stage)] = SETTLED
    shown[(deciding > stage) | (deciding == 0)] = VEILED
    return shown


def _grid_confidence(result: CascadeResult, sets: Array, *, stage: int | None) -> Array:
    confidence: NDArray[np.float32] = np.zeros(sets.shape, dtype=np.float32)
    for number, output in enumerate(result.stages, start=1):
        if stage is not None and number > stage:
            break
        # A cell shows the last stage that it reached, up to the shown one.
        reached = output.computed & ((sets >= number) | (sets == 0))
        confidence[reached] = output.confidence[reached]
    return np.asarray(confidence * 255.0 + 0.5).astype(np.uint8)


def _shown_stage(choice: MapChoice, result: CascadeResult) -> int | None:
    """A stage that the model does not have means the final answer."""
    return choice.stage if choice.stage is not None and choice.stage <= result.stage_count else None
