"""Thumbnails made at low priority, what was asked for last first."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.services.qt_images import to_qimage
from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.errors import ImageError

_log = logging.getLogger(__name__)

THUMBNAIL_SIDE: Final = 192
# Some screens full of rows: whoever scrolls on past them no longer needs them.
_WAITING: Final = 96
_CACHE_BYTES: Final = 96 << 20

ReadThumbnail = Callable[[Path], NDArray[np.uint8]]


class ThumbnailService:
    """Makes and keeps thumbnails. Its methods belong to the window's thread.

    Args:
        post: brings calls to the window's thread.
        on_ready: given the path when its thumbnail can be had.
        on_failed: given the path and the error when it cannot be made.
        read: H×W×3 uint8 of a file, called away from the window's thread; raises ImageError.
    """

    def __init__(
        self,
        *,
        post: Post,
        on_ready: Callable[[Path], None],
        on_failed: Callable[[Path, ImageError], None],
        read: ReadThumbnail | None = None,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        self._post = post
        self._on_ready = on_ready
        self._on_failed = on_failed
        self._read = read or _read_thumbnail
        self._cache_bytes = cache_bytes
        self._held_bytes = 0
        self._images: OrderedDict[Path, QImage] = OrderedDict()
        self._asked: set[Path] = set()
        self._failed: set[Path] = set()
        self._pool = WorkerPool("thumbnails", newest_first=True, capacity=_WAITING, nice=10)

    def get(self, path: Path) -> QImage | None:
        """The thumbnail, or None; it is then made and announced, unless it failed before."""
        image = self._images.get(path)
        if image is not None:
            self._images.move_to_end(path)
            return image
        if path not in self._asked and path not in self._failed:
            self._asked.add(path)
            self._pool.submit(lambda: self._make(path), key=path, dropped=lambda: self._asked.discard(path))
        return None

    def forget_all(self) -> None:
        """Another list is shown: nothing that waits is wanted and failures may be tried again."""
        self._pool.clear()
        self._asked.clear()
        self._failed.clear()

    def stop(self) -> None:
        self._pool.stop()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _make(self, path: Path) -> None:
        try:
            image = to_qimage(self._read(path))
        except ImageError as error:
            failure = error
            self._post(lambda: self._refuse(path, failure))
        except Exception as error:  # noqa: BLE001 - a defect must not leave the row waiting for ever
            _log.exception("the thumbnail of %s failed", path)
            defect = ImageError(f"cannot be read: {type(error).__name__}: {error}", path=path)
            self._post(lambda: self._refuse(path, defect))
        else:
            self._post(lambda: self._keep(path, image))

    def _keep(self, path: Path, image: QImage) -> None:
        self._asked.discard(path)
        if path not in self._images:
            self._images[path] = image
            self._held_bytes += image.sizeInBytes()
        while self._held_bytes > self._cache_bytes and len(self._images) > 1:
            _, oldest = self._images.popitem(last=False)
            self._held_bytes -= oldest.sizeInBytes()
        self._on_ready(path)

    def _refuse(self, path: Path, error: ImageError) -> None:
        self._asked.discard(path)
        self._failed.add(path)
        self._on_failed(path, error)


def _read_thumbnail(path: Path) -> NDArray[np.uint8]:
    # Pillow and OpenCV come with the first thumbnail, not with the window.
    from engine.data.images import read_thumbnail

    return read_thumbnail(path, side=THUMBNAIL_SIDE)
