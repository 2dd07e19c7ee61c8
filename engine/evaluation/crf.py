"""The fully connected CRF as a step of an evaluation, in its worker process."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from engine.cascade.result import UInt8
from engine.errors import RefinementError
from engine.evaluation.views import Answer
from engine.refine import DEFAULT_PRESET, PRESETS, CrfMode, CrfRequest, CrfWorker, crf_missing


class CrfRefinement:
    """Refines answers one after another; the process starts with the first one and ends with the block.

    Args:
        mode: see CrfRequest. "hard" decides where the last stage decided, in any view.

    Raises:
        RefinementError: there is no CRF here.
    """

    def __init__(self, mode: CrfMode) -> None:
        missing = crf_missing()
        if missing is not None:
            raise RefinementError(missing)
        self._mode = mode
        self._worker = CrfWorker()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close()

    def __call__(self, rgb: UInt8, answer: Answer) -> UInt8:
        """H×W uint8; raises RefinementError where the worker fails."""
        request = CrfRequest(
            rgb=rgb,
            probabilities=answer.probabilities,
            label_map=answer.label_map,
            hard=answer.hard,
            mode=self._mode,
            parameters=PRESETS[DEFAULT_PRESET],
        )
        return self._worker.submit(request).result().label_map
