"""Finding images in files and folders away from the window's thread, delivered in batches."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.cancel import Cancelled, CancelToken
from engine.errors import ImageError

_log = logging.getLogger(__name__)

# A batch is small enough that views take it within a frame, and at most this late.
_BATCH: Final = 500
_BATCH_SECONDS: Final = 0.1


class FindImages(Protocol):
    """As engine.data.images.find_images."""

    def __call__(
        self, paths: Sequence[Path], *, cancel: CancelToken | None, on_problem: Callable[[ImageError], None] | None
    ) -> Iterator[Path]: ...


class FolderScan:
    """Reads one set of paths at a time; starting anew abandons the former at its next step.

    Args:
        on_found: given a batch of images, in order; the first one comes alone, at once.
        on_problem: given what cannot be opened.
        on_finished: given the number of images found and whether the scan was cancelled.
    """

    def __init__(
        self,
        *,
        post: Post,
        on_found: Callable[[tuple[Path, ...]], None],
        on_problem: Callable[[ImageError], None],
        on_finished: Callable[[int, bool], None],
        find: FindImages | None = None,
    ) -> None:
        self._post = post
        self._on_found = on_found
        self._on_problem = on_problem
        self._on_finished = on_finished
        self._find = find or _find_images
        self._pool = WorkerPool("folders")
        self._token: CancelToken | None = None

    def start(self, paths: Sequence[Path]) -> None:
        if self._token is not None:
            self._token.cancel()
        token = self._token = CancelToken()
        wanted = tuple(paths)
        self._pool.submit(lambda: self._scan(wanted, token), key="scan")

    def cancel(self) -> None:
        """Keep what was found so far; on_finished follows."""
        if self._token is not None:
            self._token.cancel()

    def stop(self) -> None:
        self.cancel()
        self._token = None
        self._pool.stop()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _scan(self, paths: Sequence[Path], token: CancelToken) -> None:
        def deliver(call: Callable[[], None]) -> None:
            # Checked in the window's thread: what an abandoned scan had posted is dropped there.
            self._post(lambda: call() if token is self._token else None)

        def report(error: ImageError) -> None:
            deliver(lambda: self._on_problem(error))

        found = 0
        batch: list[Path] = []
        due = 0.0
        try:
            for path in self._find(paths, cancel=token, on_problem=report):
                token.check()
                batch.append(path)
                found += 1
                now = time.monotonic()
                if len(batch) >= _BATCH or now >= due:
                    self._send(batch, deliver)
                    batch, due = [], now + _BATCH_SECONDS
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - a defect must not leave the window searching for ever
            _log.exception("searching for images failed")
            report(ImageError(f"the search failed: {type(error).__name__}: {error}"))
        if batch:
            self._send(batch, deliver)
        total, cancelled = found, token.cancelled
        deliver(lambda: self._on_finished(total, cancelled))

    def _send(self, batch: list[Path], deliver: Callable[[Callable[[], None]], None]) -> None:
        paths = tuple(batch)
        deliver(lambda: self._on_found(paths))


def _find_images(
    paths: Sequence[Path], *, cancel: CancelToken | None, on_problem: Callable[[ImageError], None] | None
) -> Iterator[Path]:
    from engine.data.images import find_images

    return find_images(paths, cancel=cancel, on_problem=on_problem)
