"""What the cascade says about one pixel: every stage's class and confidence, and which stage decided."""

from __future__ import annotations

from dataclasses import dataclass

from app.canvas.layers import Array
from app.canvas.maps import Refined
from engine.cascade.result import IGNORE, CascadeResult


@dataclass(frozen=True)
class StageReading:
    """One stage's answer at the pixel's cell.

    Attributes:
        stage: 1..n.
        label: class id.
        name: class name.
        confidence: 0..1.
        decides: the pixel carries this stage's answer.
    """

    stage: int
    label: int
    name: str
    confidence: float
    decides: bool


@dataclass(frozen=True)
class Reading:
    """Everything known about a pixel.

    Attributes:
        column, row: of the photo.
        label, name: what the pixel finally carries; 255 and "" where nothing is known.
        stages: the stages that computed the cell and still count at this ρ.
        deciding: 1..n, 0 while it is not known.
        changed_by_crf: the CRF gave the pixel another class than the cascade.
    """

    column: int
    row: int
    label: int
    name: str
    stages: tuple[StageReading, ...]
    deciding: int
    changed_by_crf: bool = False


def read_pixel(result: CascadeResult, *, column: int, row: int, sets: Array, crf: Refined | None = None) -> Reading:
    """The reading at an image pixel; `sets` is the h×w deciding stage at the ρ under the slider, 0 = not known yet."""
    height, width = result.image_size
    cell = row * sets.shape[0] // height, column * sets.shape[1] // width
    deciding = int(sets[cell])
    stages = tuple(
        StageReading(
            stage=number,
            label=int(output.labels[cell]),
            name=_name(result, int(output.labels[cell])),
            confidence=float(output.confidence[cell]),
            decides=number == deciding,
        )
        for number, output in enumerate(result.stages, start=1)
        if output.computed[cell] and (deciding == 0 or number <= deciding)
    )
    label_map = result.label_map if crf is None else crf.label_map
    label = int(label_map[row, column])
    changed = crf is not None and bool(crf.changed[row, column])
    return Reading(column, row, label, _name(result, label), stages, deciding, changed)


def _name(result: CascadeResult, label: int) -> str:
    return result.class_names[label] if label < len(result.class_names) and label != IGNORE else ""
