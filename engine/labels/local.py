"""Local re-inference: a box of the photo is looked at again, larger than the whole photo was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, CascadeResult, UInt8
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.provenance import HUMAN, UNDECIDED
from engine.rendering.geometry import resize_labels

_CONTEXT = 0.5  # of the box's longer side, on each side: what the network sees around it
_LEAST_CONTEXT = 48  # pixels


@dataclass(frozen=True, eq=False)
class LocalAnswer:
    """What the cascade says of a box.

    Attributes:
        box: in the image.
        labels, stages: h×w uint8 of the box; 255 and 0 where a person has decided.
    """

    box: Area
    labels: UInt8
    stages: UInt8


def with_context(box: Area, shape: tuple[int, int]) -> Area:
    """The part of an H×W image that is given to the network for a box."""
    margin = max(_LEAST_CONTEXT, round(max(box.shape) * _CONTEXT))
    return box.grown(margin).clipped(Area.of_image(shape))


def local_answer(result: CascadeResult, *, box: Area, window: Area, provenance: UInt8) -> LocalAnswer:
    """The box out of an answer for a window around it; a person's pixels stay out of it.

    Args:
        result: the answer for the window.
        provenance: H×W uint8 of the whole image's document.

    Raises:
        DataError: the answer is not one for the window.
    """
    if result.image_size != window.shape:
        raise DataError(f"an answer of {result.image_size} does not fit a window of {window.shape}")
    part = box.within(window)
    free = provenance[box.slices] != HUMAN
    stages = resize_labels(result.deciding_stage, result.image_size)[part]
    return LocalAnswer(
        box,
        np.where(free, result.label_map[part], np.uint8(IGNORE)),
        np.where(free, stages, np.uint8(UNDECIDED)),
    )
