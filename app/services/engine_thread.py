"""The thread that does all model work: of Explore's requests one runs, one waits, the latest wins; tasks of other
workspaces go on step by step whenever no request waits.

Nothing here imports torch; the backend does, in this thread, when the first model is loaded.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias, TypeVar

from app.services.engine_protocol import EngineBackend, EngineMemoryError, EngineModel, EngineSession, ModelSummary
from app.services.ui_queue import Post
from engine.cancel import Cancelled, CancelToken
from engine.cascade.result import CascadeResult, UInt8
from engine.errors import RhoscopeError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
SessionKey: TypeAlias = tuple[int, int, str, int | None]

# Photos one flips between keep their stage 1.
_SESSIONS_KEPT: Final = 3
# While the slider moves, each value supersedes the one before. Were the running one stopped at once, no labels would
# ever arrive; so it may finish when that takes about as long as the last run did, within these limits.
GRACE_SECONDS: Final = (0.1, 0.8)
_GRACE_FACTOR: Final = 1.5


@dataclass(frozen=True, eq=False)
class RunRequest:
    """Segment one photo.

    Attributes:
        serial: rises with every request; later ones win.
        document, revision: what is segmented; a change of the pixels is a new revision.
        model: label of the model that is meant.
        rho: 0..1.
        rgb: H×W×3 uint8.
        working_side: size at which the photo is brought to the model, see EngineModel.open_session.
        early: early answers are wanted; putting them together costs time, so not for a ρ that moves.
    """

    serial: int
    document: int
    revision: int
    model: str
    rho: float
    rgb: UInt8
    working_side: int | None = None
    early: bool = True

    @property
    def session_key(self) -> SessionKey:
        return self.document, self.revision, self.model, self.working_side


@dataclass(frozen=True)
class EngineListener:
    """Called in the window's thread.

    Attributes:
        model_loaded: the model that requests are served with from now on.
        model_failed: what was asked for and why it is not there; the former model stays.
        run_partial: an early result.
        run_finished: the result.
        run_cancelled: the request was stopped, superseded before it began, or meant a model that is gone.
        run_failed: the request and why there is no result.
    """

    model_loaded: Callable[[ModelSummary], None]
    model_failed: Callable[[str, RhoscopeError], None]
    run_partial: Callable[[RunRequest, CascadeResult], None]
    run_finished: Callable[[RunRequest, CascadeResult], None]
    run_cancelled: Callable[[RunRequest], None]
    run_failed: Callable[[RunRequest, RhoscopeError], None]


class Lane(IntEnum):
    """Where a task waits; one task a lane, a lower lane goes first."""

    PROPOSAL = 0
    LOCAL = 1
    TUNING = 2
    BATCH = 3


@dataclass(frozen=True)
class Desk:
    """What the steps of a task work with, in the engine thread.

    Attributes:
        model: that requests are served with; None before the first is loaded.
        backend: the engine.
        session: a model opened on a photo under a key, kept as long as there is room.
    """

    model: EngineModel | None
    backend: EngineBackend
    session: Callable[[SessionKey, UInt8], EngineSession]


@dataclass(frozen=True, eq=False)
class EngineTask:
    """Work in short steps.

    Attributes:
        step: called again and again until it says False. A step may be broken off by its token and is then called
            anew; what takes longer than a moment should be several steps.
        done, failed, cancelled: of these exactly one is called, in the window's thread. A task is cancelled by
            cancel_task, by a newer one in its lane, or by the thread's end.
    """

    step: Callable[[Desk, CancelToken], bool]
    done: Callable[[], None]
    failed: Callable[[RhoscopeError], None]
    cancelled: Callable[[], None]


class _RunToken(CancelToken):
    """Cancelled at once, or after a grace period once a later request supersedes the run."""

    def __init__(self, grace: float) -> None:
        super().__init__()
        self._until = time.monotonic() + grace
        self._superseded = False

    def supersede(self) -> None:
        self._superseded = True

    @property
    def cancelled(self) -> bool:
        return super().cancelled or (self._superseded and time.monotonic() > self._until)

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled


class EngineThread:
    """Owns the backend, the model and the sessions. Its methods return at once."""

    def __init__(self, backend: EngineBackend, listener: EngineListener, *, post: Post) -> None:
        self._backend = backend
        self._listener = listener
        self._post = post
        self._condition = threading.Condition()
        self._wanted_model: str | None = None
        self._wanted_run: RunRequest | None = None
        self._running: RunRequest | None = None
        self._token: _RunToken | None = None
        self._tasks: dict[Lane, EngineTask] = {}
        self._stepping: tuple[Lane, CancelToken] | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None
        # Below: touched by the engine thread alone.
        self._model: EngineModel | None = None
        self._last_seconds = 0.0
        self._sessions: OrderedDict[SessionKey, EngineSession] = OrderedDict()

    # --- requests, from the window's thread

    def load_model(self, spec: str) -> None:
        """Load a model in place of the current one; what runs on the current one is cancelled."""
        with self._condition:
            if self._stopping:
                return
            self._wanted_model = spec
            if self._token is not None:
                self._token.cancel()
            self._interrupt(below=None)
            self._wake()

    def run(self, request: RunRequest) -> None:
        with self._condition:
            if self._stopping:
                return
            dropped, self._wanted_run = self._wanted_run, request
            if self._token is not None and self._running is not None:
                if self._running.session_key == request.session_key:
                    self._token.supersede()
                else:
                    self._token.cancel()
            self._interrupt(below=None)
            self._wake()
        if dropped is not None:
            self._tell_cancelled(dropped)

    def cancel(self) -> None:
        """Stop the running request between its steps and drop the waiting one."""
        with self._condition:
            dropped, self._wanted_run = self._wanted_run, None
            if self._token is not None:
                self._token.cancel()
        if dropped is not None:
            self._tell_cancelled(dropped)

    def submit(self, task: EngineTask, lane: Lane) -> None:
        """Begin a task, in place of the one in its lane."""
        with self._condition:
            if self._stopping:
                self._post(task.cancelled)
                return
            former = self._tasks.get(lane)
            self._tasks[lane] = task
            self._interrupt(below=lane)
            self._wake()
        if former is not None:
            self._post(former.cancelled)

    def cancel_task(self, lane: Lane) -> None:
        """Stop the task in a lane between its steps, or within one that asks its token."""
        with self._condition:
            task = self._tasks.pop(lane, None)
            if self._stepping is not None and self._stepping[0] is lane:
                self._stepping[1].cancel()
        if task is not None:
            self._post(task.cancelled)

    def stop(self) -> None:
        """Cancel all and end the thread; does not wait."""
        self.cancel()
        for lane in Lane:
            self.cancel_task(lane)
        with self._condition:
            self._stopping = True
            self._wanted_model = None
            self._condition.notify_all()

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    # --- the thread

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)
            self._thread.start()
        self._condition.notify_all()

    def _interrupt(self, *, below: Lane | None) -> None:
        """Break off the step under way where what has just been asked for goes first; None = before every task."""
        if self._stepping is not None and (below is None or self._stepping[0] >= below):
            self._stepping[1].cancel()

    def _loop(self) -> None:
        while (task := self._next_task()) is not None:
            if isinstance(task, str):
                self._load(task)
            elif isinstance(task, Lane):
                self._take_step(task)
            else:
                request, token = task
                self._serve(request, token)
                with self._condition:
                    self._running = self._token = None
            del task
        # Tensors and the model are freed here, in the thread that made them.
        self._sessions.clear()
        self._model = None

    def _next_task(self) -> str | Lane | tuple[RunRequest, _RunToken] | None:
        with self._condition:
            while True:
                if self._stopping:
                    return None
                if self._wanted_model is not None:
                    spec, self._wanted_model = self._wanted_model, None
                    return spec
                if self._wanted_run is not None:
                    self._running, self._wanted_run = self._wanted_run, None
                    shortest, longest = GRACE_SECONDS
                    self._token = _RunToken(min(max(shortest, self._last_seconds * _GRACE_FACTOR), longest))
                    return self._running, self._token
                if self._tasks:
                    return min(self._tasks)
                self._condition.wait()

    def _take_step(self, lane: Lane) -> None:
        with self._condition:
            task = self._tasks.get(lane)
            if task is None:
                return
            token = CancelToken()
            self._stepping = lane, token
        desk = Desk(self._model, self._backend, self._session_at)
        more, error = _guarded(lambda: task.step(desk, token))
        if isinstance(error, EngineMemoryError) and not token.cancelled:
            self._sessions.clear()
            more, error = _guarded(lambda: task.step(desk, token))
        with self._condition:
            self._stepping = None
            # A step that was broken off (neither value nor error) is taken anew, unless its task is gone.
            ended = error is not None or more is False
            if not ended or self._tasks.get(lane) is not task:
                return
            del self._tasks[lane]
        failure = error
        self._post(task.done if failure is None else lambda: task.failed(failure))

    def _session_at(self, key: SessionKey, rgb: UInt8) -> EngineSession:
        assert self._model is not None
        return self._kept_session(self._model, key, rgb)

    def _load(self, spec: str) -> None:
        model, error = _guarded(lambda: self._backend.load_model(spec))
        if model is None or error is not None:
            failure = error or RhoscopeError("the model could not be loaded")
            self._post(lambda: self._listener.model_failed(spec, failure))
            return
        self._sessions.clear()
        self._model = model
        summary = model.summary
        self._post(lambda: self._listener.model_loaded(summary))

    def _serve(self, request: RunRequest, token: _RunToken) -> None:
        model = self._model
        if model is None or model.summary.label != request.model:
            self._tell_cancelled(request)
            return
        result, error = self._attempt(model, request, token)
        # Out here nothing of the failed attempt is alive: free what other photos hold and try once more.
        if isinstance(error, EngineMemoryError) and not token.cancelled:
            self._sessions.clear()
            result, error = self._attempt(model, request, token)
        if error is not None:
            self._sessions.pop(request.session_key, None)
            failure = error
            self._post(lambda: self._listener.run_failed(request, failure))
        elif result is None:
            self._tell_cancelled(request)
        else:
            finished = result
            self._post(lambda: self._listener.run_finished(request, finished))

    def _attempt(
        self, model: EngineModel, request: RunRequest, token: _RunToken
    ) -> tuple[CascadeResult | None, RhoscopeError | None]:
        def deliver(partial: CascadeResult) -> None:
            if not token.cancelled:
                self._post(lambda: self._listener.run_partial(request, partial))

        began = time.monotonic()
        on_stage = deliver if request.early else None
        outcome = _guarded(lambda: self._session(model, request).run(request.rho, cancel=token, on_stage=on_stage))
        self._last_seconds = time.monotonic() - began
        return outcome

    def _session(self, model: EngineModel, request: RunRequest) -> EngineSession:
        return self._kept_session(model, request.session_key, request.rgb)

    def _kept_session(self, model: EngineModel, key: SessionKey, rgb: UInt8) -> EngineSession:
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = model.open_session(rgb, working_side=key[3])
            while len(self._sessions) > _SESSIONS_KEPT:
                self._sessions.popitem(last=False)
        self._sessions.move_to_end(key)
        return session

    def _tell_cancelled(self, request: RunRequest) -> None:
        self._post(lambda: self._listener.run_cancelled(request))


def _guarded(work: Callable[[], _T]) -> tuple[_T | None, RhoscopeError | None]:
    """The value of `work`, or a typed error, or neither when it was cancelled."""
    try:
        return work(), None
    except Cancelled:
        return None, None
    except MemoryError:
        return None, EngineMemoryError("not enough memory", cure="close other programs or open a smaller photo")
    except RhoscopeError as error:
        # A traceback, also that of what the error came from, holds every tensor of the failed attempt.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        return None, error
    except Exception as error:  # noqa: BLE001 - the boundary of the thread: a defect becomes a message, not a dead thread
        _log.exception("the engine failed")
        return None, RhoscopeError(f"the engine failed: {type(error).__name__}: {error}")
