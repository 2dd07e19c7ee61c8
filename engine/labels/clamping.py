"""Human pixels as certain evidence: what a person has decided counts as known wherever a model or a CRF goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.cascade.result import IGNORE, Bool, CascadeResult, Float32, UInt8
from engine.errors import DataError
from engine.labels.provenance import HUMAN
from engine.rendering.geometry import resize_labels


@dataclass(frozen=True, eq=False)
class Clamped:
    """An answer in which human pixels are certain.

    Attributes:
        label_map: H×W uint8.
        probabilities: K×h×w float32 on the grid; a cell whose middle a person has decided is one-hot.
        hard: h×w bool, the hard cells that nobody has decided.
    """

    label_map: UInt8
    probabilities: Float32
    hard: Bool


def clamped(result: CascadeResult, labels: UInt8, provenance: UInt8) -> Clamped:
    """The cascade's answer with a document's human pixels, H×W uint8 each, taken as certain.

    Raises:
        DataError: the answer belongs to an image of another size.
    """
    if not labels.shape == provenance.shape == result.label_map.shape:
        raise DataError(f"an answer of {result.label_map.shape} does not fit a label map of {labels.shape}")
    human = (provenance == HUMAN) & (labels != IGNORE) & (labels < len(result.class_names))
    label_map = np.where(human, labels, result.label_map)
    cells = resize_labels(human, result.grid_size)
    probabilities = result.probabilities.copy()
    known = resize_labels(labels, result.grid_size)[cells]
    probabilities[:, cells] = 0.0
    rows, columns = np.nonzero(cells)
    probabilities[known, rows, columns] = 1.0
    return Clamped(label_map, probabilities, result.hard & ~cells)
