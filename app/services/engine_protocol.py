"""What the engine thread needs of an engine. The real one needs torch; tests give one that needs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult, UInt8
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


class EngineBackend(Protocol):
    """Loads models. Called from the engine thread alone."""

    def load_model(self, spec: str) -> EngineModel:
        """Raises RhoscopeError: missing, damaged or foreign checkpoint."""
        ...
