"""The CRF for a run of images, one after another."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from engine.cascade.result import Bool, Float32, UInt8
from engine.errors import RefinementError
from engine.refine.backends import CrfBackendChoice, crf_missing
from engine.refine.parameters import DEFAULT_PRESET, PRESETS
from engine.refine.worker import CrfMode, CrfRequest, CrfResult, CrfWorker


class Refinable(Protocol):
    """An answer for one photo."""

    @property
    def label_map(self) -> UInt8:
        """H×W uint8."""

    @property
    def probabilities(self) -> Float32:
        """K×h×w float32."""

    @property
    def hard(self) -> Bool:
        """h×w bool, the cells that "hard" may change."""


class Refiner:
    """One worker process; it starts with the first image and ends with the block.

    Args:
        preset: a name of PRESETS.
        backend: see backends.chosen_backend.

    Raises:
        RefinementError: there is no CRF here; said before any image is read.
    """

    def __init__(self, mode: CrfMode, *, preset: str = DEFAULT_PRESET, backend: CrfBackendChoice = "auto") -> None:
        missing = crf_missing(backend)
        if missing is not None:
            raise RefinementError(missing)
        self._mode = mode
        self._parameters = PRESETS[preset]
        self._backend: CrfBackendChoice = backend
        self._worker = CrfWorker()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close()

    def refine(self, rgb: UInt8, answer: Refinable) -> CrfResult:
        """Waits for the refined answer of an H×W×3 uint8 photo; raises RefinementError where the worker fails."""
        request = CrfRequest(
            rgb=rgb,
            probabilities=answer.probabilities,
            label_map=answer.label_map,
            hard=answer.hard,
            mode=self._mode,
            parameters=self._parameters,
            backend=self._backend,
        )
        return self._worker.submit(request).result()
