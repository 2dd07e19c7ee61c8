"""rhoscope bench ui: how long the window's frames take where people feel it, measured on real widgets.

Brushing on 4096×4096 pixels through the pointer's events, panning over 100 megapixels, scrolling 100 000 rows. A frame
is everything that one event sets off in the window's thread, painting included.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

_DEADLINE: Final = 120.0


@dataclass(frozen=True)
class UiRow:
    """One measurement: times in milliseconds, resident memory of the process in MiB at its end."""

    what: str
    frames: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    memory_mib: float


def main(arguments: Sequence[str]) -> int:
    """`arguments` after "bench ui"; 0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="rhoscope bench ui", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help='where the numbers go; "-" = standard output')
    parser.add_argument("--quick", action="store_true", help="smaller pictures and fewer frames, some seconds")
    args = parser.parse_args(list(arguments))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows = measure(quick=args.quick)
    text = json.dumps({"rows": [asdict(row) for row in rows]}, indent=1)
    for row in rows:
        line = f"{row.what}: {row.p50_ms:.1f} ms, 95 % below {row.p95_ms:.1f} ms ({row.frames} frames)"
        sys.stderr.write(f"{line}, {row.memory_mib:.0f} MiB\n")
    if args.json == "-":
        sys.stdout.write(text + "\n")
    elif args.json:
        Path(args.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measure(*, quick: bool) -> list[UiRow]:
    """All rows; needs no QApplication to be there, and leaves the one it made."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    side, megapixels, images, frames = (1024, 4, 5_000, 40) if quick else (4096, 100, 100_000, 240)
    return [
        _brushing(application, side=side, frames=frames),
        _panning(application, megapixels=megapixels, frames=frames),
        *_scrolling(application, images=images, frames=frames),
    ]


def _row(what: str, seconds: Sequence[float]) -> UiRow:
    import psutil

    times = 1000 * np.asarray(seconds)
    memory = psutil.Process().memory_info().rss / 2**20
    return UiRow(
        what,
        len(times),
        round(float(np.percentile(times, 50)), 2),
        round(float(np.percentile(times, 95)), 2),
        round(float(times.max()), 2),
        round(memory, 1),
    )


def _picture(height: int, width: int) -> np.ndarray:
    """Colours that differ everywhere, made quickly."""
    rows = np.arange(height, dtype=np.uint32)[:, None]
    columns = np.arange(width, dtype=np.uint32)[None, :]
    plane = ((rows * 7 + columns * 13 + (rows * columns >> 6)) & 255).astype(np.uint8)
    return np.stack([plane, plane[::-1], plane[:, ::-1]], axis=2)


def _wait(turn: Callable[[], None], until: Callable[[], bool]) -> None:
    end = time.monotonic() + _DEADLINE
    while not until():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get ready")
        turn()
        time.sleep(0.002)


def _brushing(application: object, *, side: int, frames: int) -> UiRow:
    from PIL import Image
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from app.canvas.canvas import Canvas
    from app.canvas.label_scene import LabelScene
    from app.canvas.tools.kit import ToolKit
    from app.label.model import LabelModel
    from app.services.engine_thread import EngineListener, EngineThread
    from app.services.settings import Settings
    from app.services.torch_backend import TorchBackend
    from app.services.ui_queue import UiQueue

    assert isinstance(application, QApplication)
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="rhoscope-bench-") as name:
        folder = Path(name)
        Image.fromarray(_picture(side, side)).save(folder / "large.png", compress_level=0)
        queue = UiQueue()
        # No model is loaded: the brush must be as quick before it is there.
        quiet: Callable[..., None] = lambda *_: None  # noqa: E731
        engine = EngineThread(TorchBackend(), EngineListener(quiet, quiet, quiet, quiet, quiet, quiet), post=queue.post)
        model = LabelModel(Settings(folder / "settings.ini"), engine)
        canvas = Canvas()
        scene = LabelScene(model, canvas)
        kit = ToolKit(model, canvas)
        canvas.resize(1280, 800)
        canvas.show()
        model.open_paths([folder])
        _wait(application.processEvents, lambda: canvas.overlay is not None and model.document is not None)
        canvas.actual_size()
        application.processEvents()

        def send(kind: QEvent.Type, x: float, y: float, *, held: bool) -> None:
            buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
            button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
            place = QPointF(x, y)
            event = QMouseEvent(kind, place, place, button, buttons, Qt.KeyboardModifier.NoModifier)
            before = time.perf_counter()
            application.sendEvent(canvas, event)
            application.processEvents()
            seconds.append(time.perf_counter() - before)

        model.tools.set(size=48)
        stroke = 30
        for start in range(0, frames, stroke):
            y = 100.0 + 17 * (start // stroke)
            send(QEvent.Type.MouseButtonPress, 60, y, held=True)
            for number in range(1, stroke):
                send(QEvent.Type.MouseMove, 60 + 30 * number, y + 4 * (number % 9), held=True)
            send(QEvent.Type.MouseButtonRelease, 60 + 30 * stroke, y, held=False)
            _wait(application.processEvents, lambda: model.editing.stored)
        canvas.set_tool(None)
        canvas.close()
        model.shutdown()
        _wait(application.processEvents, lambda: model.is_shut_down)
        engine.stop()
        queue.close()
        del scene, kit
    return _row(f"brush on {side}×{side}", seconds)


def _panning(application: object, *, megapixels: int, frames: int) -> UiRow:
    from PySide6.QtWidgets import QApplication

    from app.canvas.canvas import Canvas
    from app.canvas.layers import PhotoLayer
    from app.services.qt_images import pyramid

    assert isinstance(application, QApplication)
    side = round((megapixels * 1_000_000) ** 0.5)
    canvas = Canvas()
    canvas.resize(1280, 800)
    canvas.set_photo(PhotoLayer(pyramid(_picture(side, side))))
    canvas.show()
    canvas.actual_size()
    application.processEvents()
    seconds = []
    for number in range(frames):
        before = time.perf_counter()
        canvas.pan(-24.0, -11.0 if number % 2 else 13.0)
        application.processEvents()
        seconds.append(time.perf_counter() - before)
    canvas.close()
    return _row(f"panning {megapixels} megapixels", seconds)


def _scrolling(application: object, *, images: int, frames: int) -> list[UiRow]:
    from PySide6.QtWidgets import QApplication

    from app.label.images import LabelImages, Listing
    from app.panels.image_list import ROW_HEIGHT
    from app.panels.label.image_list import LabelDelegate
    from app.panels.long_list import LongList
    from app.services.ui_queue import UiQueue
    from engine.project.project import ImageRow, Review

    assert isinstance(application, QApplication)
    queue = UiQueue()
    thumbnail = np.full((48, 64, 3), 128, dtype=np.uint8)
    model = LabelImages(post=queue.post, read_thumbnail=lambda _path: thumbnail)
    rows = [ImageRow(n + 1, 1, f"{n:06}.jpg", (n * 7919 % 1000) / 1000, Review(n % 3)) for n in range(images)]
    view = LongList(row_height=ROW_HEIGHT)
    view.setModel(model)
    view.setItemDelegate(LabelDelegate(view))
    view.resize(240, 900)
    view.show()
    folders = {1: Path("/photos")}
    model.take(Listing.of(rows[:3], folders, order="name"))
    application.processEvents()
    listing = Listing.of(rows, folders, order="difficulty")
    before = time.perf_counter()
    model.take(listing)
    application.processEvents()
    taken = time.perf_counter() - before
    seconds = []
    bar = view.verticalScrollBar()
    for number in range(frames):
        before = time.perf_counter()
        # Now and then a long jump, as by dragging the bar.
        bar.setValue(bar.maximum() * (number * 37 % 100) // 100 if number % 20 == 0 else bar.value() + 45)
        application.processEvents()
        seconds.append(time.perf_counter() - before)
    view.close()
    model.stop()
    queue.close()
    return [_row(f"taking {images} rows", [taken]), _row(f"scrolling {images} rows", seconds)]
