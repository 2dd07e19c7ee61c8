"""What the Explore workspace shows, as plain values that cross from the model to the widgets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.services.engine_protocol import ModelSummary

if TYPE_CHECKING:
    from engine.data.images import DecodedImage

UInt8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]

CrfMode = Literal["off", "hard", "full"]
CRF_MODES: tuple[CrfMode, ...] = ("off", "hard", "full")

__all__ = ["CRF_MODES", "CrfMode", "CrfView", "ModelSummary", "OpenImage", "Problem", "Status"]


@dataclass(frozen=True, eq=False)
class OpenImage:
    """A decoded photo with what painting it needs, made ready away from the window's thread.

    Attributes:
        document: number of the file; opened again, it keeps its number.
        revision: rises when the file was found changed.
        decoded: the pixels and what the reader had to say.
        levels: the photo as QImages (Format_RGB32, which paints without conversion); the first has the photo's own
            size, each following one half of the previous one, the last fits into 512×512. Paint the smallest that is
            still large enough.
    """

    document: int
    revision: int
    decoded: DecodedImage
    levels: tuple[QImage, ...]

    @property
    def path(self) -> Path:
        return self.decoded.path

    @property
    def rgb(self) -> UInt8:
        """H×W×3 uint8."""
        return self.decoded.rgb

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader did to the photo, e.g. "16-bit, stretched"."""
        return self.decoded.notes

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.decoded.rgb.shape[:2]
        return height, width


@dataclass(frozen=True, eq=False)
class CrfView:
    """What the CRF made of the current result.

    Attributes:
        label_map: H×W uint8 class ids.
        changed: H×W bool, where it differs from the result's label map.
        mode: "hard" or "full".
        milliseconds: time it took.
        note: what the person should know about it; may be empty.
    """

    label_map: UInt8
    changed: Bool
    mode: CrfMode
    milliseconds: float
    note: str = ""


@dataclass(frozen=True)
class Status:
    """What the status bar says.

    Attributes:
        text: what is running, or "ready".
        device: where the model runs, e.g. "CPU, 2 threads, bf16"; empty while no model is loaded.
        milliseconds: time of the last complete result, None where there is none.
        busy: something is running.
        progress: 0..1 where it is known, None where it is not.
        cancellable: cancel() would stop something.
    """

    text: str = ""
    device: str = ""
    milliseconds: float | None = None
    busy: bool = False
    progress: float | None = None
    cancellable: bool = False


@dataclass(frozen=True)
class Problem:
    """Something that failed, told once for each cause.

    Attributes:
        path: the file or folder concerned, where there is one.
        text: the reason, with the cure where there is one; without the path.
    """

    path: Path | None
    text: str
