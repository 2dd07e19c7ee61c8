"""Threads for work that must not run in the window's thread, one pool for each kind of work."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    work: Callable[[], None]
    dropped: Callable[[], None] | None


class WorkerPool:
    """A few threads that run jobs given under a key; a job waiting under the same key is replaced.

    The threads start with the first job. They are daemons, so that one stuck in a system call cannot keep the program
    from ending; a clean end is stop() or finish(), then waiting for `alive` to fall.

    Args:
        name: of the threads.
        threads: how many.
        newest_first: take the latest job first, e.g. for what has just become visible.
        capacity: at most this many waiting jobs; the oldest is dropped and its `dropped` called.
        nice: how much lower than the window's the threads' priority is, 0..19 (where the system can do that).
    """

    def __init__(
        self, name: str, *, threads: int = 1, newest_first: bool = False, capacity: int | None = None, nice: int = 0
    ) -> None:
        self._name = name
        self._count = threads
        self._newest_first = newest_first
        self._capacity = capacity
        self._nice = nice
        self._condition = threading.Condition()
        self._waiting: OrderedDict[Hashable, _Job] = OrderedDict()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(
        self, work: Callable[[], None], *, key: Hashable = None, dropped: Callable[[], None] | None = None
    ) -> bool:
        """Queue `work`; False once the pool is closed.

        Args:
            work: called in one of the threads; it delivers its own results and failures.
            key: replaces a waiting job of this key; None never replaces.
            dropped: called when the job leaves the queue without having run (not by stop()).
        """
        evicted: list[_Job] = []
        with self._condition:
            if self._closed:
                return False
            key = object() if key is None else key
            replaced = self._waiting.pop(key, None)
            if replaced is not None:
                evicted.append(replaced)
            self._waiting[key] = _Job(work, dropped)
            if self._capacity is not None and len(self._waiting) > self._capacity:
                evicted.append(self._waiting.popitem(last=False)[1])
            if len(self._threads) < self._count:
                self._start_thread()
            self._condition.notify()
        for job in evicted:
            if job.dropped is not None:
                job.dropped()
        return True

    def clear(self) -> None:
        """Drop what waits, without telling."""
        with self._condition:
            self._waiting.clear()

    def stop(self) -> None:
        """Drop what waits, take nothing more and end the threads after the jobs they are at. Does not wait."""
        with self._condition:
            self._waiting.clear()
        self.finish()

    def finish(self) -> None:
        """Take nothing more and end the threads after the last waiting job. Does not wait."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def alive(self) -> bool:
        """A thread has not ended yet."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """Those that were started."""
        return tuple(self._threads)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads) + 1}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        _lower_priority(self._nice)
        while (job := self._next_job()) is not None:
            try:
                job.work()
            except Exception:  # noqa: BLE001 - a defect in one job must not end the thread for all that follow
                _log.exception("a job of %s failed", self._name)
            # What the job holds (a whole photo, at times) must not live on while the thread waits for the next one.
            del job

    def _next_job(self) -> _Job | None:
        with self._condition:
            while not self._waiting:
                if self._closed:
                    return None
                self._condition.wait()
            return self._waiting.popitem(last=self._newest_first)[1]


def _lower_priority(nice: int) -> None:
    """Lower the calling thread's priority where the system has one for each thread (Linux)."""
    if nice and hasattr(os, "setpriority") and threading.get_native_id() != os.getpid():
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
        except OSError as error:
            _log.debug("priority stays as it is: %s", error)
