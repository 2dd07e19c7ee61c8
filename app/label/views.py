"""What the Label workspace shows, as plain values that cross from the model to the widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.labels.hard_pixels import HardGroup
from engine.labels.selection import Selection
from engine.project.records import ModelVersion, ProjectClass

UInt8 = NDArray[np.uint8]

__all__ = [
    "BatchView",
    "LabelPhoto",
    "LearningView",
    "ModelVersion",
    "Place",
    "PlaceKind",
    "Probe",
    "ProjectClass",
    "ProjectView",
    "ToolKind",
    "TourView",
]


class ToolKind(Enum):
    """What the left button does on the photo."""

    BRUSH = "brush"
    ERASER = "eraser"
    POLYGON = "polygon"
    LASSO = "lasso"
    RECTANGLE = "rectangle"
    FILL = "fill"
    WAND = "wand"
    SCISSORS = "scissors"
    GRABCUT = "grabcut"
    SUPERPIXELS = "superpixels"
    PICKER = "picker"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True, eq=False)
class LabelPhoto:
    """The photo that is being labelled.

    Attributes:
        image_id: in the project.
        path: its file.
        rgb: H×W×3 uint8.
        levels: as OpenImage.levels.
    """

    image_id: int
    path: Path
    rgb: UInt8
    levels: tuple[QImage, ...]

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.rgb.shape[:2]
        return height, width


@dataclass(frozen=True)
class ProjectView:
    """The open project.

    Attributes:
        path: its file.
        folders: that its images lie below.
        writable: False where another window has it or the place is read-only.
        why: why it is not writable, a sentence; "" where it is.
        classes: with their colours and keys.
    """

    path: Path
    folders: tuple[Path, ...]
    writable: bool
    why: str
    classes: tuple[ProjectClass, ...]

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True, eq=False)
class TourView:
    """Where the tour through the hard pixels stands.

    Attributes:
        total, reviewed: groups of this image, and how many of them a person has decided.
        group: the one that is looked at, None while the tour is not under way.
        selection: its pixels.
        place: its place in the ranking, from 1.
    """

    total: int = 0
    reviewed: int = 0
    group: HardGroup | None = None
    selection: Selection | None = None
    place: int = 0

    @property
    def share(self) -> float:
        """0..1; 1 where there is nothing to review."""
        return self.reviewed / self.total if self.total else 1.0


class PlaceKind(Enum):
    """Lists of places to look at."""

    AUDIT = "audit"
    FLIPS = "flips"
    PROPOSAL = "proposal"


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere to look at: pixels that have one class and might have another; 255 = undecided."""

    kind: PlaceKind
    selection: Selection
    before: int
    after: int
    pixels: int
    confidence: float | None = None


@dataclass(frozen=True)
class BatchView:
    """The model going through the folder.

    Attributes:
        state: "idle", "running", "paused" or "done".
        done, total: images.
        failed: those that could not be read or segmented.
        seconds_left: by what it took so far, None while that is not known.
    """

    state: str = "idle"
    done: int = 0
    total: int = 0
    failed: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True, eq=False)
class Probe:
    """A photo that learning left alone: label maps H×W uint8 before and after."""

    name: str
    rgb: UInt8
    before: UInt8
    after: UInt8

    @property
    def flipped(self) -> float:
        """Share of its pixels that are answered differently."""
        return float((self.before != self.after).mean())


@dataclass(frozen=True, eq=False)
class LearningView:
    """Fine-tuning on corrections.

    Attributes:
        state: "idle", "preparing", "running", "cancelling", "asking" (keep or roll back) or "failed".
        step, total: steps taken and wanted.
        losses: of the steps taken.
        corrected_before, corrected_after: share of the corrected pixels answered as the person said; NaN if unknown.
        probes: photos before and after.
        version: the checkpoint that was made, while state is "asking".
    """

    state: str = "idle"
    step: int = 0
    total: int = 0
    losses: tuple[float, ...] = ()
    corrected_before: float = float("nan")
    corrected_after: float = float("nan")
    probes: tuple[Probe, ...] = field(default=())
    version: Path | None = None
