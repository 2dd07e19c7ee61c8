"""Writing results away from the window's thread, one after another, each file atomically."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.cascade.result import CascadeResult, UInt8
from engine.errors import OutputError, RhoscopeError

_log = logging.getLogger(__name__)
_JPEG_SUFFIXES: Final = frozenset({".jpg", ".jpeg"})


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on the screen when saving is asked for.

    Attributes:
        source: the photo's file; it names what is written into a folder.
        rgb: H×W×3 uint8.
        labels: H×W uint8, final class ids.
        result: the complete result.
    """

    source: Path
    rgb: UInt8
    labels: UInt8
    result: CascadeResult


class Saver:
    """Its methods return at once; one thread writes in the order in which saving was asked for.

    Args:
        on_saved: given the file or folder that was asked for.
        on_failed: given the same and the error.
    """

    def __init__(
        self, *, post: Post, on_saved: Callable[[Path], None], on_failed: Callable[[Path, RhoscopeError], None]
    ) -> None:
        self._post = post
        self._on_saved = on_saved
        self._on_failed = on_failed
        self._pool = WorkerPool("saving")
        self._jobs = 0

    @property
    def jobs(self) -> int:
        """Files that are being written or wait to be."""
        return self._jobs

    def label_map(self, path: Path, shown: Shown) -> None:
        """A palette PNG in the model's colours."""
        self._start(path, lambda: _write_label_map(path, shown))

    def overlay(self, path: Path, shown: Shown, *, opacity: float) -> None:
        """The photo under its labels, JPEG or PNG by the file's suffix."""
        self._start(path, lambda: _write_overlay(path, shown, opacity))

    def stage_maps(self, folder: Path, shown: Shown) -> None:
        """<stem>.stage.png (1..n) and <stem>.confidence.png (0..255), as `rhoscope predict --stages` writes them."""
        self._start(folder, lambda: _write_stage_maps(folder, shown))

    def stop(self) -> None:
        """Take nothing more. What was asked for is still written: nobody expects closing to lose a saved file."""
        self._pool.finish()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _start(self, target: Path, write: Callable[[], None]) -> None:
        self._jobs += 1
        if not self._pool.submit(lambda: self._write(target, write)):
            self._finish(lambda: self._on_failed(target, OutputError("not saved, the program is closing", path=target)))

    def _write(self, target: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except RhoscopeError as error:
            failure = error
        except MemoryError:
            failure = OutputError("not enough memory to write it", path=target)
        except Exception as error:  # noqa: BLE001 - a defect must not leave the person believing that the file is there
            _log.exception("writing %s failed", target)
            failure = OutputError(f"cannot be written: {type(error).__name__}: {error}", path=target)
        else:
            self._post(lambda: self._finish(lambda: self._on_saved(target)))
            return
        self._post(lambda: self._finish(lambda: self._on_failed(target, failure)))

    def _finish(self, tell: Callable[[], None]) -> None:
        self._jobs -= 1
        tell()


def _write_label_map(path: Path, shown: Shown) -> None:
    from engine.data.label_files import write_label_map

    write_label_map(path, shown.labels, format="voc", palette=shown.result.palette)


def _write_overlay(path: Path, shown: Shown, opacity: float) -> None:
    from engine.data.label_files import write_jpeg, write_png
    from engine.rendering import overlay

    picture = overlay(shown.rgb, shown.labels, shown.result.palette, opacity=opacity)
    (write_jpeg if path.suffix.lower() in _JPEG_SUFFIXES else write_png)(path, picture)


def _write_stage_maps(folder: Path, shown: Shown) -> None:
    from engine.data.atomic_file import make_folder
    from engine.data.label_files import write_png
    from engine.rendering import deciding_stage_map

    make_folder(folder)
    write_png(folder / f"{shown.source.stem}.stage.png", deciding_stage_map(shown.result))
    write_png(folder / f"{shown.source.stem}.confidence.png", shown.result.confidence)
