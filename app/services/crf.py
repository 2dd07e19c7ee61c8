"""The CRF for the window: one image at a time, in its own process, the latest wins."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.cancel import Cancelled
from engine.cascade.result import Bool, Float32, UInt8
from engine.errors import RefinementError, RhoscopeError

if TYPE_CHECKING:
    from engine.refine import CrfRequest, CrfResult

_log = logging.getLogger(__name__)


class Refinable(Protocol):
    """An answer as the CRF takes it: label_map H×W uint8, probabilities K×h×w float32, hard h×w bool."""

    @property
    def label_map(self) -> UInt8: ...

    @property
    def probabilities(self) -> Float32: ...

    @property
    def hard(self) -> Bool: ...


@dataclass(frozen=True, eq=False)
class CrfInput:
    """What is refined: a finished answer and its photo (H×W×3 uint8)."""

    rgb: UInt8
    result: Refinable
    mode: Literal["hard", "full"]


class CrfOutcome(Protocol):
    """What widgets may read of engine.refine.CrfResult."""

    @property
    def label_map(self) -> UInt8: ...


class CrfTaskHandle(Protocol):
    def cancel(self) -> None: ...


class CrfBackend(Protocol):
    """What the service needs of a CRF."""

    def missing(self) -> str | None:
        """Why it cannot run, with the cure; None where it can. Must be quick."""
        ...

    def submit(
        self,
        request: CrfInput,
        *,
        on_progress: Callable[[float], None],
        on_done: Callable[[CrfResult | Exception], None],
    ) -> CrfTaskHandle:
        """Start refining; the callbacks may come from any thread."""
        ...

    def close(self) -> None:
        """End the process; may take a moment."""
        ...


class PydensecrfBackend:
    """engine.refine's worker process with DeepLab's parameters."""

    def __init__(self) -> None:
        self._worker: object | None = None

    def missing(self) -> str | None:
        from engine.refine import crf_missing

        return crf_missing()

    def submit(
        self,
        request: CrfInput,
        *,
        on_progress: Callable[[float], None],
        on_done: Callable[[CrfResult | Exception], None],
    ) -> CrfTaskHandle:
        from engine.refine import CrfWorker

        if not isinstance(self._worker, CrfWorker):
            self._worker = CrfWorker()
        return self._worker.submit(_crf_request(request), on_progress=on_progress, on_done=on_done)

    def close(self) -> None:
        from engine.refine import CrfWorker

        if isinstance(self._worker, CrfWorker):
            self._worker.close()


class CrfService:
    """Its methods belong to the window's thread and return at once.

    Args:
        on_progress: given the fraction done.
        on_done: given the request and its result.
        on_failed: given the request and the error; not called for a cancelled request.
    """

    def __init__(
        self,
        backend: CrfBackend,
        *,
        post: Post,
        on_progress: Callable[[float], None],
        on_done: Callable[[CrfInput, CrfResult], None],
        on_failed: Callable[[CrfInput, RhoscopeError], None],
    ) -> None:
        self._backend = backend
        self._post = post
        self._on_progress = on_progress
        self._on_done = on_done
        self._on_failed = on_failed
        self._current: CrfInput | None = None
        self._handle: CrfTaskHandle | None = None
        # The backend belongs to this pool's one thread: loading it, handing in and closing take longer than a frame.
        self._pool = WorkerPool("crf")
        self._used = False

    @property
    def missing(self) -> str | None:
        return self._backend.missing()

    @property
    def running(self) -> bool:
        return self._current is not None

    def start(self, request: CrfInput) -> None:
        """Refine; what ran before is cancelled and delivers nothing more."""
        self.cancel()
        self._current = request
        self._used = True
        self._pool.submit(lambda: self._submit(request), key="start")

    def cancel(self) -> None:
        self._current = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def stop(self) -> None:
        """Cancel and end the process; does not wait."""
        self.cancel()
        self._pool.clear()
        if self._used:
            self._pool.submit(self._backend.close)
        self._pool.finish()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _submit(self, request: CrfInput) -> None:
        if request is not self._current:
            return
        try:
            handle = self._backend.submit(
                request,
                on_progress=lambda fraction: self._post(lambda: self._progress(request, fraction)),
                on_done=lambda outcome: self._post(lambda: self._finish(request, outcome)),
            )
        except RhoscopeError as error:
            failure = error
            self._post(lambda: self._finish(request, failure))
        else:
            self._post(lambda: self._hold(request, handle))

    def _hold(self, request: CrfInput, handle: CrfTaskHandle) -> None:
        if request is self._current:
            self._handle = handle
        else:
            handle.cancel()

    def _progress(self, request: CrfInput, fraction: float) -> None:
        if request is self._current:
            self._on_progress(fraction)

    def _finish(self, request: CrfInput, outcome: CrfResult | Exception) -> None:
        if request is not self._current:
            return
        self._current = self._handle = None
        if isinstance(outcome, RhoscopeError):
            self._on_failed(request, outcome)
        elif isinstance(outcome, Cancelled):
            self._on_failed(request, RefinementError("the CRF was stopped"))
        elif isinstance(outcome, Exception):
            _log.error("the CRF failed", exc_info=outcome)
            self._on_failed(request, RefinementError(f"the CRF failed: {type(outcome).__name__}: {outcome}"))
        else:
            self._on_done(request, outcome)


def _crf_request(request: CrfInput) -> CrfRequest:
    from engine.refine import DEFAULT_PRESET, PRESETS, CrfRequest

    return CrfRequest(
        rgb=request.rgb,
        probabilities=request.result.probabilities,
        label_map=request.result.label_map,
        hard=request.result.hard,
        mode=request.mode,
        parameters=PRESETS[DEFAULT_PRESET],
    )
