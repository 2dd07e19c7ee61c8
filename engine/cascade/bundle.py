"""A cascade ready to run, with what must be known to use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.result import UInt8

Precision = Literal["fp32", "bf16"]

# A checkpoint's word on where its cells lie; without it they have half-pixel centres.
CELLS: Final = "cells"
CORNERS: Final = "corners"


@dataclass(frozen=True)
class ModelInfo:
    """What a checkpoint says about itself.

    Attributes:
        name, variant: as registered; variant may be empty.
        class_names: K names, index = class id.
        palette: K×3 uint8 RGB.
        mean, std: normalisation of RGB in 0..1.
        default_rho: ρ that the model's card recommends.
        metadata: further facts as text (data, metrics, licence, provenance).
        working_side: the size at which photos suit this model best, see tiling.working_size.
    """

    name: str
    variant: str
    title: str
    class_names: tuple[str, ...]
    palette: UInt8
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    default_rho: float
    metadata: Mapping[str, str] = field(default_factory=dict)
    working_side: int = 640

    @property
    def cells_on_corners(self) -> bool:
        """It was trained with the corners of cells and pixels on each other: cell i answers for pixel stride·i."""
        return self.metadata.get(CELLS) == CORNERS

    @property
    def label(self) -> str:
        return f"{self.name}:{self.variant}" if self.variant else self.name


@dataclass(frozen=True)
class CascadeModel:
    """A cascade in eval mode with its batch norms folded, on its device and in its precision."""

    info: ModelInfo
    cascade: LayerCascade
    device: str
    precision: Precision
    threads: int
