"""Which map lies over a photo that is being labelled, as indices that follow the document."""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np

from app.canvas.label_layer import Render
from app.canvas.layers import Array, Table, colour_table
from engine.cascade.result import IGNORE, CascadeResult
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.flips import flip_map
from engine.labels.provenance import CRF, HUMAN
from engine.rendering.colours import CHANGED, HARD, stage_colours
from engine.rendering.geometry import resize_labels

# Classes of the proposal stand above those of the document, where there is room for both.
_PROPOSED: Final = 126
_PROPOSED_ALPHA: Final = 140
# Classes coloured black are backgrounds: decided ones are shaded, so that one sees that they are.
_BACKGROUND_ALPHA: Final = 80
_HUMAN_COLOUR: Final = (64, 145, 255)
_CRF_COLOUR: Final = (120, 200, 120)
_SHADE: Final = 110


class LabelMap(Enum):
    """What the map over the photo says.

    LABELS: decided pixels in full colour, the proposal faintly where nobody has decided.
    DECIDED: decided pixels alone.
    WHO: who decided each pixel. HARD: hard pixels that no person has decided. FLIPS: overturned confident stages.
    """

    LABELS = "labels"
    DECIDED = "decided"
    WHO = "who"
    HARD = "hard"
    FLIPS = "flips"


def render(kind: LabelMap, document: LabelDocument, result: CascadeResult | None) -> Render:
    """Indices of a part of the image; pure but for what the document holds when it is called."""
    labels, provenance = document.labels, document.provenance
    if kind is LabelMap.WHO:
        return lambda area: np.array(provenance[area.slices])
    if kind is LabelMap.HARD and result is not None:
        hard = resize_labels(result.hard, result.image_size)
        return lambda area: (hard[area.slices] & (provenance[area.slices] != HUMAN)).astype(np.uint8)
    if kind is LabelMap.FLIPS and result is not None:
        flips = resize_labels(flip_map(result).mask, result.image_size)
        return lambda area: flips[area.slices].astype(np.uint8)
    if kind is LabelMap.LABELS and result is not None and len(result.class_names) <= _PROPOSED:
        return _with_proposal(labels, result.label_map)
    return lambda area: np.array(labels[area.slices])


def _with_proposal(labels: Array, proposed: Array) -> Render:
    def shown(area: Area) -> Array:
        now = labels[area.slices]
        then = proposed[area.slices]
        return np.where((now == IGNORE) & (then != IGNORE), then + np.uint8(_PROPOSED), now)

    return shown


def table(kind: LabelMap, colours: Array, *, stage_count: int) -> Table:
    """Colours of a map's indices.

    Args:
        colours: K×3 uint8, of the classes.
    """
    rgb = np.zeros((256, 3), dtype=np.uint8)
    alpha = np.zeros(256, dtype=np.uint8)
    if kind is LabelMap.WHO:
        rgb[1 : stage_count + 1] = stage_colours(stage_count)
        rgb[CRF], rgb[HUMAN] = _CRF_COLOUR, _HUMAN_COLOUR
        alpha[1 : stage_count + 1] = alpha[CRF] = alpha[HUMAN] = 255
    elif kind in (LabelMap.HARD, LabelMap.FLIPS):
        rgb[1] = HARD if kind is LabelMap.HARD else CHANGED
        alpha[0], alpha[1] = _SHADE, 255
    else:
        count = min(len(colours), IGNORE)
        rgb[:count] = colours[:count]
        alpha[:count] = np.where(colours[:count].max(axis=1) > 0, 255, _BACKGROUND_ALPHA)
        if count <= _PROPOSED:
            rgb[_PROPOSED : _PROPOSED + count] = colours[:count]
            alpha[_PROPOSED : _PROPOSED + count] = np.where(colours[:count].max(axis=1) > 0, _PROPOSED_ALPHA, 0)
    return colour_table(rgb, alpha=alpha)
