"""Decoding the selected image away from the window's thread; only the latest wish is delivered."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QImage

from app.services.qt_images import pyramid
from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.errors import ImageError

if TYPE_CHECKING:
    from engine.data.images import DecodedImage

_log = logging.getLogger(__name__)

ReadImage = Callable[[Path], "DecodedImage"]

# Photos one flips between are not decoded again; the one that is shown is always kept.
_CACHE_BYTES: Final = 384 << 20


@dataclass(frozen=True)
class Opened:
    """A decoded photo and its QImages, see app.explore.views.OpenImage."""

    decoded: DecodedImage
    levels: tuple[QImage, ...]
    stamp: tuple[int, int]

    @property
    def size_in_bytes(self) -> int:
        return self.decoded.rgb.nbytes + sum(level.sizeInBytes() for level in self.levels)


class ImageOpener:
    """Decodes one wanted file at a time, the latest; two threads, so that a large photo does not hold up the next one.

    Args:
        on_opened, on_failed: called in the window's thread, for the latest wanted path alone.
        read: decodes; called away from the window's thread; raises ImageError.
    """

    def __init__(
        self,
        *,
        post: Post,
        on_opened: Callable[[Path, Opened], None],
        on_failed: Callable[[Path, ImageError], None],
        read: ReadImage | None = None,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        self._post = post
        self._on_opened = on_opened
        self._on_failed = on_failed
        self._read = read or _read_image
        self._cache_bytes = cache_bytes
        self._held_bytes = 0
        self._cache: OrderedDict[Path, Opened] = OrderedDict()
        self._wanted: Path | None = None
        self._pool = WorkerPool("decoding", threads=2)

    def want(self, path: Path) -> None:
        """Open `path`; what was wanted before is forgotten. Always answers later, never within this call."""
        self._wanted = path
        known = self._cache.get(path)
        # Under one key, so that of many files flipped through only the last waits.
        self._pool.submit(lambda: self._open(path, known), key="wanted")

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._wanted = None
        self._pool.clear()

    def stop(self) -> None:
        self.forget()
        self._pool.stop()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _open(self, path: Path, known: Opened | None) -> None:
        if path != self._wanted:
            return
        try:
            stamp = _stamp(path)
            if known is None or known.stamp != stamp:
                decoded = self._read(path)
                known = Opened(decoded, pyramid(decoded.rgb), stamp)
        except ImageError as error:
            failure = error
            self._post(lambda: self._fail(path, failure))
        except MemoryError:
            full = ImageError("needs more memory than there is", path=path)
            self._post(lambda: self._fail(path, full))
        except Exception as error:  # noqa: BLE001 - a defect must not leave the window waiting for the image for ever
            _log.exception("opening %s failed", path)
            defect = ImageError(f"cannot be read: {type(error).__name__}: {error}", path=path)
            self._post(lambda: self._fail(path, defect))
        else:
            opened = known
            self._post(lambda: self._deliver(path, opened))

    def _deliver(self, path: Path, opened: Opened) -> None:
        self._keep(path, opened)
        if path == self._wanted:
            self._wanted = None
            self._on_opened(path, opened)

    def _fail(self, path: Path, error: ImageError) -> None:
        if path == self._wanted:
            self._wanted = None
            self._on_failed(path, error)

    def _keep(self, path: Path, opened: Opened) -> None:
        former = self._cache.pop(path, None)
        if former is not None:
            self._held_bytes -= former.size_in_bytes
        self._cache[path] = opened
        self._held_bytes += opened.size_in_bytes
        while self._held_bytes > self._cache_bytes and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._held_bytes -= oldest.size_in_bytes


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written anew."""
    try:
        status = path.stat()
    except OSError as error:
        raise ImageError(error.strerror.lower() if error.strerror else "cannot be found", path=path) from error
    return status.st_mtime_ns, status.st_size


def _read_image(path: Path) -> DecodedImage:
    from engine.data.images import read_image

    return read_image(path)
