"""The state of the Explore workspace: what widgets watch and what they ask for. Every long job runs elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.explore.activity import Activities, Activity
from app.explore.images import ImageListModel
from app.explore.sets import better_known, sets_at
from app.explore.views import CRF_MODES, CrfMode, CrfView, ModelSummary, OpenImage, Problem, Status, UInt8
from app.services.background import Background
from app.services.crf import CrfService
from app.services.engine_protocol import EngineBackend
from app.services.engine_thread import EngineListener, EngineThread, RunRequest
from app.services.folder_scan import FindImages, FolderScan
from app.services.opening import ImageOpener, ReadImage
from app.services.saving import Saver
from app.services.settings import Settings
from app.services.thumbnails import ReadThumbnail
from app.services.ui_queue import UiQueue
from engine.cascade.result import CascadeResult, StageOutput
from engine.cascade.thresholds import expand_rho, shares_of
from engine.errors import RhoscopeError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_PROBLEMS_KEPT: Final = 500
_STOP_POLL_MILLISECONDS: Final = 20


class ExploreModel(QObject):
    """Lives in the window's thread; nothing here waits.

    Call start() once the window is on the screen: it loads the model. Call shutdown() when the window closes and quit when
    shutdownFinished arrives.

    A newly selected image replaces the shown one only when it is decoded; until then `image`, `result` and what saving
    writes stay those of the old image, together. Where it cannot be read, `image` becomes None.

    Args:
        settings: where ρ, the model and recent files are remembered.
        backend: the engine; the one with torch where missing.
        crf: the CRF's service; pydensecrf's where missing.
        read_image, read_thumbnail, find_images: how files are read; those of engine.data.images where missing.
        shutdown_seconds: how long shutdown() waits for what is running.
    """

    #: OpenImage, or None where the selected image cannot be read or nothing is open.
    imageChanged = Signal(object)
    #: The selected row (-1 for none): emitted at once, before the image is decoded.
    currentChanged = Signal(int)
    #: CascadeResult, incomplete while later stages run, or None for an image without an answer yet.
    resultChanged = Signal(object)
    rhoChanged = Signal(float)
    #: h×w uint8 deciding stage at the current ρ, 0 = pending; None without a result. In the same turn as set_rho().
    setsChanged = Signal(object)
    #: tuple of n floats, the share of cells that each stage decides at the current ρ, or None; with setsChanged.
    sharesChanged = Signal(object)
    #: CrfView or None.
    crfChanged = Signal(object)
    crfModeChanged = Signal(str)
    #: Status.
    statusChanged = Signal(object)
    #: Problem, once for each cause.
    problem = Signal(object)
    problemsCleared = Signal()
    #: list[Path], latest first.
    recentChanged = Signal(object)
    #: ModelSummary or None.
    modelChanged = Signal(object)
    #: Number of jobs that are running or waiting (opening, segmenting, CRF, saving, reading folders).
    pendingChanged = Signal(int)
    #: Path that was written: a file, or the folder of the stage maps.
    saved = Signal(object)
    shutdownFinished = Signal()

    def __init__(
        self,
        settings: Settings,
        *,
        backend: EngineBackend | None = None,
        crf: CrfService | None = None,
        read_image: ReadImage | None = None,
        read_thumbnail: ReadThumbnail | None = None,
        find_images: FindImages | None = None,
        shutdown_seconds: float = 10.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        raise NotImplementedError

    # --- state

    @property
    def images(self) -> ImageListModel:
        raise NotImplementedError

    @property
    def current_row(self) -> int:
        """The selected row, -1 for none."""
        raise NotImplementedError

    @property
    def current_path(self) -> Path | None:
        """The selected image; while it is being decoded, `image` is still the one shown before."""
        raise NotImplementedError

    @property
    def image(self) -> OpenImage | None:
        raise NotImplementedError

    @property
    def result(self) -> CascadeResult | None:
        raise NotImplementedError

    @property
    def rho(self) -> float:
        raise NotImplementedError

    @property
    def sets(self) -> UInt8 | None:
        raise NotImplementedError

    @property
    def crf(self) -> CrfView | None:
        raise NotImplementedError

    @property
    def crf_mode(self) -> CrfMode:
        raise NotImplementedError

    @property
    def crf_missing(self) -> str | None:
        """Why the CRF cannot run, with the cure; None where it can."""
        raise NotImplementedError

    @property
    def status(self) -> Status:
        raise NotImplementedError

    @property
    def problems(self) -> list[Problem]:
        raise NotImplementedError

    @property
    def recent(self) -> list[Path]:
        raise NotImplementedError

    @property
    def model_summary(self) -> ModelSummary | None:
        raise NotImplementedError

    @property
    def final_labels(self) -> UInt8 | None:
        """H×W uint8: the CRF's label map where there is one, else the result's. This is what saving writes."""
        raise NotImplementedError

    # --- requests

    @Slot()
    def start(self) -> None:
        """Load the remembered model, or the default one."""

    @Slot(object)
    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open images and folders in place of what is open. The list is replaced when the first image is found."""

    @Slot(int)
    def select(self, row: int) -> None: ...

    @Slot(int)
    def step(self, delta: int) -> None:
        """Select the image `delta` rows on, stopping at the ends."""

    @Slot(float)
    def set_rho(self, rho: float) -> None:
        """Outside 0..1 it is a problem, and rhoChanged repeats the value that stays."""

    @Slot(str)
    def set_crf_mode(self, mode: str) -> None: ...

    @Slot(str)
    def set_model(self, spec: str) -> None:
        """Load another model; the old one stays until the new one is there."""

    @Slot()
    def cancel(self) -> None:
        """Stop what runs: reading folders, segmenting, CRF."""

    @Slot(object)
    def save_label_map(self, path: Path) -> None: ...

    def save_overlay(self, path: Path, opacity: float) -> None: ...

    @Slot(object)
    def save_stage_maps(self, folder: Path) -> None: ...

    def run_in_background(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """Run `work` away from the window's thread, then `done` with its value in the window's thread.

        For pictures that widgets need (a coloured label map of a 40-megapixel photo takes a while). Latest wins: a second call
        with the same key drops what the first one would deliver. `work` must not touch widgets.
        """

    @Slot()
    def clear_problems(self) -> None: ...

    @Slot()
    def clear_recent(self) -> None: ...

    @Slot()
    def shutdown(self) -> None:
        """Refuse new work, cancel all and wait, while the event loop turns; shutdownFinished follows."""
