"""What the engine thread needs of an engine. The real one needs torch; tests give one that needs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult, UInt8
from engine.data.samples import LabelledImage
from engine.errors import RhoscopeError


@dataclass(frozen=True, eq=False)
class ModelSummary:
    """A loaded model as the window shows it.

    Attributes:
        spec: what was asked for: "default", a registered name or a checkpoint's path.
        label: name with variant, e.g. "lc-mobilenetv2".
        title: for people.
        class_names: K names, index = class id.
        palette: K×3 uint8 RGB.
        stage_count: n.
        default_rho: ρ that the model's card recommends.
        working_side: size at which the model works best, see ModelInfo.
        device: where it runs, in words, e.g. "CPU, 2 threads, bf16".
        facts: further facts of the model's card.
    """

    spec: str
    label: str
    title: str
    class_names: tuple[str, ...]
    palette: UInt8
    stage_count: int
    default_rho: float
    device: str
    working_side: int = 640
    facts: tuple[tuple[str, str], ...] = ()


class EngineMemoryError(RhoscopeError):
    """There is not enough memory for what was asked."""


class EngineSession(Protocol):
    """A model opened on one photo."""

    def run(
        self, rho: float, *, cancel: CancelToken, on_stage: Callable[[CascadeResult], None] | None
    ) -> CascadeResult:
        """The result at ρ; `on_stage` is given early results, which cost time to put together.

        Raises:
            Cancelled: the token was set.
            RhoscopeError: anything that a person must hear of; EngineMemoryError where memory ran out.
        """
        ...


class EngineModel(Protocol):
    """A loaded model."""

    @property
    def summary(self) -> ModelSummary: ...

    def open_session(self, rgb: UInt8, *, working_side: int | None = None) -> EngineSession:
        """A session on an H×W×3 uint8 photo; raises RhoscopeError.

        Args:
            working_side: see SessionOptions.max_side: None = the model's own size, 0 = the photo's own.
        """
        ...


@dataclass(frozen=True, eq=False)
class TuneJob:
    """What a model is to learn from, see engine.training.fine_tune.

    Attributes:
        spec: the model that learning starts from.
        corrections: label maps hold 255 wherever a person has not decided.
        replay: photos whose answers are to be kept.
        probes: photos that are only looked at, before and after.
        steps: at most.
        rho: at which answers are compared.
    """

    spec: str
    corrections: tuple[LabelledImage, ...]
    replay: tuple[LabelledImage, ...]
    probes: tuple[LabelledImage, ...]
    steps: int
    rho: float


@dataclass(frozen=True)
class TuneStep:
    """A step that was taken: its number from 1, of how many, and the loss on the corrections."""

    number: int
    total: int
    loss: float


@dataclass(frozen=True)
class TuneScores:
    """Fractions 0..1, NaN where there is nothing to compare with: of the corrected pixels the share answered as the
    person said, of the probes' pixels the share answered as at the start."""

    corrected: float
    unchanged: float


class EngineTuning(Protocol):
    """A model that learns, apart from the one that requests are served with."""

    @property
    def before(self) -> TuneScores: ...

    @property
    def done(self) -> bool:
        """All steps are taken."""
        ...

    def advance(self) -> TuneStep | None:
        """Learns one photo: a part of a step, and the step itself when that was its last one.

        Raises RhoscopeError, and the model is then as before the step.
        """
        ...

    def scores(self) -> TuneScores: ...

    def probe_answers(self) -> list[tuple[UInt8, UInt8]]:
        """For each probe the label maps of the start and of now, H×W uint8."""
        ...

    def save(self, path: Path, *, note: str) -> None:
        """Write a checkpoint, atomically; raises RhoscopeError."""
        ...


class EngineBackend(Protocol):
    """Loads models. Called from the engine thread alone."""

    def start_tuning(self, job: TuneJob) -> EngineTuning:
        """Makes a learning copy of a model; raises RhoscopeError: nothing to learn, model missing."""
        ...

    def load_model(self, spec: str) -> EngineModel:
        """Raises RhoscopeError: missing, damaged or foreign checkpoint."""
        ...
