"""Small computations for widgets (pictures of results), latest wins for each key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from app.services.ui_queue import Post
from app.services.workers import WorkerPool

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Background:
    """Runs functions away from the window's thread and brings their values back to it."""

    def __init__(self, *, post: Post) -> None:
        self._post = post
        self._pool = WorkerPool("background", threads=2)
        self._latest: dict[str, object] = {}

    def run(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        """Call `done` with the value of `work`, unless a later call with this key has been made by then."""
        turn = object()
        self._latest[key] = turn

        def deliver(value: _T) -> None:
            if self._latest.get(key) is turn:
                del self._latest[key]
                done(value)

        def compute() -> None:
            # Skips what has been superseded while another job of this key was running.
            if self._latest.get(key) is turn:
                value = work()
                self._post(lambda: deliver(value))

        self._pool.submit(compute, key=key)

    def forget(self, key: str) -> None:
        """Deliver nothing more for this key."""
        self._latest.pop(key, None)

    def stop(self) -> None:
        self._latest.clear()
        self._pool.stop()

    @property
    def alive(self) -> bool:
        return self._pool.alive
