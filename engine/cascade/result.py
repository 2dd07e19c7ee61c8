"""What a cascade says about one image. Plain numpy, so that the window and reports need no torch to read it.

The *grid* is the network's feature map, mostly at 1/8 of the working size: h×w cells. All per-cell arrays are on the
grid; only the label map and the confidence map have the size of the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

UInt8 = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]

IGNORE = 255


@dataclass(frozen=True)
class StageOutput:
    """One stage's answer at the cells that it computed.

    Attributes:
        labels: h×w uint8, the class with the highest probability; 255 where the stage computed nothing.
        confidence: h×w float32 in 0..1, that probability; 0 where the stage computed nothing.
        computed: h×w bool, the cells that reached this stage (all of them at stage 1).
    """

    labels: UInt8
    confidence: Float32
    computed: Bool


@dataclass(frozen=True)
class CascadeResult:
    """Everything the screen, the command line and reports need to know about one image at one ρ.

    Attributes:
        model: registered name with variant, e.g. "lc-mobilenetv2".
        class_names: K names, index = class id.
        palette: K×3 uint8 RGB colours.
        rho: one threshold per stage but the last.
        label_map: H×W uint8 class ids at the image's own size.
        confidence: H×W uint8, 0..255 for 0..1: highest merged probability of each pixel.
        probabilities: K×h×w float32 on the grid, each cell's taken from its deciding stage.
        deciding_stage: h×w uint8, 1..n.
        stages: one StageOutput for each stage that has finished; shorter than n while a run is under way.
        stage_count: n.
        shares: fraction of the cells that each stage decided; n values that sum to 1.
        milliseconds: decode (where known), stage1..stageN, merge, total.
    """

    model: str
    class_names: tuple[str, ...]
    palette: UInt8
    rho: tuple[float, ...]
    label_map: UInt8
    confidence: UInt8
    probabilities: Float32
    deciding_stage: UInt8
    stages: tuple[StageOutput, ...]
    stage_count: int
    shares: tuple[float, ...]
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        height, width = self.label_map.shape
        return height, width

    @property
    def grid_size(self) -> tuple[int, int]:
        height, width = self.deciding_stage.shape
        return height, width

    @property
    def complete(self) -> bool:
        """False for an early answer whose later stages are still running; its undecided cells carry the last
        finished stage.
        """
        return len(self.stages) == self.stage_count

    @property
    def hard(self) -> Bool:
        """h×w bool: cells that were still forwarded when the last stage was reached; all of them where it is the only
        stage.
        """
        return np.asarray(self.deciding_stage == self.stage_count)
