"""Accept easy: what the early stages decided becomes label, in one step."""

from __future__ import annotations

from engine.cascade.result import IGNORE, CascadeResult, UInt8
from engine.errors import DataError
from engine.labels.area import Area
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit
from engine.rendering.geometry import resize_labels


def accept_easy(result: CascadeResult, provenance: UInt8, *, up_to_stage: int = 1) -> Edit:
    """The proposal's labels where stages 1 to `up_to_stage` decided, never over pixels that a person decided. Where
    nothing is proposed (255), nothing is taken.

    Args:
        result: the cascade's answer.
        provenance: H×W uint8 of the document as it is now.
        up_to_stage: the last stage that is believed, 1..n; n accepts everything.

    Raises:
        DataError: the answer belongs to an image of another size.
    """
    if provenance.shape != result.label_map.shape:
        raise DataError(f"an answer of {result.label_map.shape} does not fit a label map of {provenance.shape}")
    stages = resize_labels(result.deciding_stage, result.image_size)
    taken = (stages <= up_to_stage) & (provenance != HUMAN) & (result.label_map != IGNORE)
    return Edit(Area.of_image(provenance.shape), taken, result.label_map, stages)
