"""Cooperative cancellation: long work asks its token between steps."""

from __future__ import annotations

import threading


class Cancelled(Exception):
    """The work was stopped on request; no result was produced."""


class CancelToken:
    """Set once from any thread; checked by the work between its steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises Cancelled when cancel() was called."""
        if self._event.is_set():
            raise Cancelled
