"""Pillow's Python warnings as notes about the image that caused them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_local = threading.local()
_lock = threading.Lock()
_open_taps = 0
_filters = warnings.catch_warnings()


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collects what Pillow warns about in this thread while the block runs; other threads' warnings go their usual way.

    Python's own catch_warnings changes process-wide state and mixes up threads that decode at the same time. Here the
    first block that opens sets the state up, the last one that closes takes it down, and a thread-local list keeps the
    messages of each image apart.
    """
    collected: list[str] = []
    _open_tap()
    outer = getattr(_local, "messages", None)
    _local.messages = collected
    try:
        yield collected
    finally:
        _local.messages = outer
        _close_tap()


def _open_tap() -> None:
    global _open_taps, _filters
    with _lock:
        if _open_taps == 0:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.filterwarnings("always", module=r"PIL(\.|$)")
            shown_before = warnings.showwarning

            def show(
                message: Warning | str,
                category: type[Warning],
                filename: str,
                lineno: int,
                file: TextIO | None = None,
                line: str | None = None,
            ) -> None:
                messages = getattr(_local, "messages", None)
                if messages is None:
                    shown_before(message, category, filename, lineno, file, line)
                else:
                    messages.append(str(message))

            warnings.showwarning = show
        _open_taps += 1


def _close_tap() -> None:
    global _open_taps
    with _lock:
        _open_taps -= 1
        if _open_taps == 0:
            _filters.__exit__(None, None, None)
