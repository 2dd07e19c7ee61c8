"""One helper process that does one kind of job, one job at a time, without ever blocking who asks.

Protocol, over one duplex pipe. To the process: ("run", id, payload), ("cancel", id), ("stop",). From it any number of
("progress", id, fraction), then one of ("done", id, result), ("cancelled", id), ("failed", id, reason, traceback).

The process is spawned, not forked: a fork of a program with threads and a window may hang, and spawning is what works
when frozen (the program then has to call multiprocessing.freeze_support() first). It starts with the first job, is
started again after it died, and ends by itself when the program that started it is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import multiprocessing
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from engine.cancel import Cancelled, CancelToken
from engine.errors import RhoscopeError

_log = logging.getLogger(__name__)

Payload = TypeVar("Payload")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


class JobContext:
    """What a job's function has in the process: it reports progress, and learns there that it should stop."""

    def __init__(self, connection: Connection, job: int) -> None:
        self._connection = connection
        self._job = job
        self._reached = 0.0

    def progress(self, fraction: float) -> None:
        """Reports how much is done, 0..1, never less than before. Raises Cancelled like check()."""
        self.check()
        self._reached = max(self._reached, min(1.0, fraction))
        self._connection.send(("progress", self._job, self._reached))

    def check(self) -> None:
        """Raises Cancelled when the job is no longer wanted. Call it between steps."""
        while self._connection.poll():
            message = self._connection.recv()
            if message[0] == "stop":
                raise SystemExit(0)
            if message == ("cancel", self._job):
                raise Cancelled


class Task(Generic[Result]):
    """A job that was handed in; its methods may be called from any thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._token = CancelToken()
        self._wake = wake
        self.future: Future[Result] = Future()

    def cancel(self) -> None:
        """Asks the job to stop; it ends with Cancelled unless it finishes first. Returns at once."""
        self._token.cancel()
        self._wake()

    @property
    def cancel_requested(self) -> bool:
        return self._token.cancelled

    @property
    def done(self) -> bool:
        return self.future.done()

    def result(self, timeout: float | None = None) -> Result:
        """Waits for the answer.

        Raises:
            Cancelled: the job was cancelled.
            RhoscopeError: the job or its process failed.
            TimeoutError: no answer after `timeout` seconds; the job goes on.
        """
        return self.future.result(timeout)


@dataclass(eq=False)
class _Job(Generic[Payload, Answer, Result]):
    number: int
    task: Task[Result]
    prepare: Callable[[], Payload]
    finish: Callable[[Answer], Result]
    on_progress: Callable[[float], None] | None
    on_done: Callable[[Result | Exception], None] | None
    cancel_sent: bool = field(default=False)


class WorkerProcess(Generic[Payload, Answer]):
    """Runs jobs in a process of its own. All methods return at once but close().

    Args:
        function: module-level function run in the process with a payload and a JobContext; what it returns is sent
            back. A RhoscopeError that it raises keeps its text; any other exception is reported as a fault.
        name: what the process is called in messages, e.g. "CRF".
        failure: the error type for jobs that fail.
    """

    def __init__(
        self, function: Callable[[Payload, JobContext], Answer], *, name: str, failure: type[RhoscopeError]
    ) -> None:
        self._function = function
        self._name = name
        self._failure = failure
        self._context = multiprocessing.get_context("spawn")
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._queue: deque[_Job[Payload, Answer, Any]] = deque()
        self._thread: threading.Thread | None = None
        self._wake_reader: Connection | None = None
        self._wake_writer: Connection | None = None
        self._wake_pending = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._closing = False
        self._patient = True

    @property
    def process_id(self) -> int | None:
        """Of the running process; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def submit(
        self,
        prepare: Callable[[], Payload],
        *,
        finish: Callable[[Answer], Result],
        on_progress: Callable[[float], None] | None = None,
        on_done: Callable[[Result | Exception], None] | None = None,
    ) -> Task[Result]:
        """Queues a job.

        Args:
            prepare: makes the payload; called from this object's thread, so it may take its time.
            finish: turns the process's answer into the result; called from the same thread.
            on_progress: given fractions 0..1, never falling; called from that thread as well.
            on_done: given the result, or Cancelled, or an error; called once, from that thread.
        """
        task: Task[Result] = Task(self._wake_up)
        job = _Job(next(self._numbers), task, prepare, finish, on_progress, on_done)
        with self._lock:
            if self._closing:
                raise self._failure(f"the {self._name} worker is closed")
            self._queue.append(job)
            if self._thread is None:
                self._wake_reader, self._wake_writer = self._context.Pipe(duplex=False)
                self._thread = threading.Thread(target=self._serve, name=f"{self._name} worker", daemon=True)
                self._thread.start()
        self._wake_up()
        return task

    def close(self, timeout: float = 2.0) -> None:
        """Cancels what is queued or running and ends the process, by force after `timeout` seconds. Safe to repeat.

        Args:
            timeout: 0 = by force at once, for work that leaves nothing behind.
        """
        with self._lock:
            self._closing = True
            self._patient = timeout > 0
            thread = self._thread
            waiting = list(self._queue)
        for job in waiting:
            job.task.cancel()
        self._wake_up()
        if thread is threading.current_thread():
            # Called from a callback: the thread ends after it, and the process with it.
            return
        if thread is not None:
            thread.join(timeout)
            while thread.is_alive():
                # Deep inside one step, or not yet reading. It holds nothing that could be lost.
                process = self._process
                if process is not None:
                    process.kill()
                thread.join(0.05)
        with self._lock:
            self._thread = None
            for end in (self._wake_reader, self._wake_writer):
                if end is not None:
                    end.close()
            self._wake_reader = self._wake_writer = None

    def _wake_up(self) -> None:
        with self._lock:
            # One message is enough to wake the thread, and never fills the pipe, so that this cannot block.
            if self._wake_writer is not None and not self._wake_pending:
                self._wake_pending = True
                self._wake_writer.send(None)

    def _woken(self, wake: Connection) -> None:
        wake.recv()
        with self._lock:
            self._wake_pending = False

    # What follows runs in this object's own thread.

    def _serve(self) -> None:
        assert self._wake_reader is not None
        while True:
            with self._lock:
                job = self._queue.popleft() if self._queue else None
                closing = self._closing
            if job is not None:
                self._run(job, self._wake_reader)
            elif closing:
                break
            else:
                self._woken(self._wake_reader)
        self._stop_process()

    def _run(self, job: _Job[Payload, Answer, Any], wake: Connection) -> None:
        if job.task.cancel_requested or self._closing:
            self._settle(job, Cancelled())
            return
        try:
            payload = job.prepare()
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the one who asked
            self._settle(job, error)
            return
        try:
            connection = self._running_connection()
            connection.send(("run", job.number, payload))
            outcome = self._follow(job, connection, wake)
        except (EOFError, OSError) as error:
            outcome = self._death(error)
        except Exception as error:  # noqa: BLE001 - nobody must wait for an answer that never comes
            _log.exception("the %s worker failed", self._name)
            outcome = self._failure(f"the {self._name} worker failed: {type(error).__name__}: {error}")
            # What the process is at is not known any more; the next job gets a fresh one.
            self._stop_process()
        self._settle(job, outcome)

    def _follow(self, job: _Job[Payload, Answer, Any], connection: Connection, wake: Connection) -> Any:
        """The job's result or its exception."""
        while True:
            ready = wait([connection, wake])
            if wake in ready:
                self._woken(wake)
            if (job.task.cancel_requested or self._closing) and not job.cancel_sent:
                job.cancel_sent = True
                connection.send(("cancel", job.number))
            if connection not in ready:
                continue
            message = connection.recv()
            if message[1] != job.number:
                continue
            kind = message[0]
            if kind == "progress":
                if job.on_progress is not None and not job.cancel_sent:
                    self._call(job.on_progress, message[2])
            elif kind == "done":
                return self._finished(job, message[2])
            elif kind == "cancelled":
                return Cancelled()
            else:
                reason, details = message[2:]
                if details:
                    _log.error("the %s worker failed:\n%s", self._name, details)
                return self._failure(reason)

    def _finished(self, job: _Job[Payload, Answer, Any], answer: Answer) -> Any:
        try:
            return job.finish(answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the one who asked
            return error

    def _settle(self, job: _Job[Payload, Answer, Any], outcome: Any) -> None:
        if isinstance(outcome, Exception):
            job.task.future.set_exception(outcome)
        else:
            job.task.future.set_result(outcome)
        if job.on_done is not None:
            self._call(job.on_done, outcome)

    def _call(self, callback: Callable[[Any], None], value: Any) -> None:
        try:
            callback(value)
        except Exception:  # noqa: BLE001 - a listener's fault must not end the service
            _log.exception("a callback of the %s worker failed", self._name)

    def _running_connection(self) -> Connection:
        if self._process is not None and not self._process.is_alive():
            _log.warning("the %s worker had ended (exit code %s), starting another", self._name, self._process.exitcode)
            self._forget_process()
        if self._connection is None:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_main, args=(theirs, self._function), name=f"{self._name} worker", daemon=True
            )
            try:
                process.start()
            except BaseException:
                ours.close()
                raise
            finally:
                # Only the process may hold its end: that is how both sides notice when the other is gone.
                theirs.close()
            self._process, self._connection = process, ours
        return self._connection

    def _death(self, error: Exception) -> Exception:
        process = self._process
        if process is None:
            return self._failure(f"the {self._name} worker could not be started: {error}")
        process.join(5.0)
        code = process.exitcode
        self._forget_process()
        if self._closing:
            return Cancelled()
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
        cure = "often a sign of too little memory; it starts again with the next use"
        return self._failure(f"the {self._name} worker {how}", cure=cure)

    def _stop_process(self) -> None:
        if self._connection is not None and self._process is not None:
            with contextlib.suppress(OSError):
                self._connection.send(("stop",))
            if self._patient:
                self._process.join(1.0)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        self._forget_process()

    def _forget_process(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.join(1.0)
            if not self._process.is_alive():
                self._process.close()
            self._process = None


def _main(connection: Connection, function: Callable[[Any, JobContext], Any]) -> None:
    """The process's own main function."""
    # Ctrl+C goes to every process of a terminal; the one that owns the work decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A closed pipe means that the program is gone, and with it every wish for an answer.
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            message = connection.recv()
            if message[0] == "stop":
                return
            if message[0] == "run":
                connection.send(_outcome(connection, function, job=message[1], payload=message[2]))


def _outcome(
    connection: Connection, function: Callable[[Any, JobContext], Any], *, job: int, payload: Any
) -> tuple[Any, ...]:
    try:
        return "done", job, function(payload, JobContext(connection, job))
    except Cancelled:
        return "cancelled", job
    except RhoscopeError as error:
        return "failed", job, str(error), ""
    except MemoryError:
        return "failed", job, "there is not enough memory", ""
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - the process must outlive any fault of a job
        return "failed", job, f"{type(error).__name__}: {error}", traceback.format_exc()
