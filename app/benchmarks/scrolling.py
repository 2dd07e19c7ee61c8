"""Scrolling a list of a hundred thousand images whose thumbnails are being made meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.benchmarks.frames import FrameTimes, frame_times, resident_mib
from app.canvas.layers import Array
from app.explore.model import ExploreModel
from app.panels.image_list import ImageList
from app.services.settings import Settings


def measure_scrolling(*, rows: int, frames: int, folder: Path) -> list[FrameTimes]:
    """Filling, the wheel, and dragging the scroll bar over the whole list. `folder` holds the settings file."""
    before = resident_mib()
    model = ExploreModel(Settings(folder / "settings.ini"), read_thumbnail=_thumbnail)
    view = ImageList(model)
    view.resize(280, 900)
    view.show()
    names = [Path(f"/photos/{number // 1000:03}/photo {number:06}.jpg") for number in range(rows)]
    QApplication.processEvents()
    start, worked = time.perf_counter(), time.thread_time()
    model.images.append(names)
    QApplication.processEvents()
    filling = 1000.0 * (time.perf_counter() - start)
    text = f"{rows:,} rows".replace(",", " ")
    found = [
        FrameTimes(
            what=f"filling {text}",
            frames=1,
            p50_ms=round(filling, 3),
            p95_ms=round(filling, 3),
            worst_ms=round(filling, 3),
            cpu_p95_ms=round(1000.0 * (time.thread_time() - worked), 3),
            unpainted=0,
            limit_ms=1000.0,
            memory_mib=round(resident_mib() - before, 1),
        ),
        frame_times(
            f"scrolling {text}, wheel", view.viewport(), _wheel(view, frames), limit_ms=16.0, memory_before=before
        ),
        frame_times(
            f"scrolling {text}, scroll bar", view.viewport(), _bar(view, frames), limit_ms=16.0, memory_before=before
        ),
    ]
    view.close()
    model.shutdown()
    deadline = time.monotonic() + 10
    while not model.is_shut_down and time.monotonic() < deadline:
        QApplication.processEvents()
        time.sleep(0.005)
    view.deleteLater()
    return found


def _thumbnail(path: Path) -> Array:
    shade = hash(path.name) % 200
    return np.full((128, 192, 3), shade, dtype=np.uint8)


def _wheel(view: ImageList, frames: int) -> Iterator[Callable[[], object]]:
    place = QPointF(100, 400)

    def turn() -> None:
        event = QWheelEvent(
            place,
            view.viewport().mapToGlobal(place),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view.viewport(), event)

    for _ in range(frames):
        yield turn


def _bar(view: ImageList, frames: int) -> Iterator[Callable[[], object]]:
    bar = view.verticalScrollBar()
    for number in range(frames):
        yield lambda number=number: bar.setValue(round(bar.maximum() * number / frames))  # type: ignore[misc]
