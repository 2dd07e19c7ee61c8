"""Timing of frames: what an event costs until what it changed is painted."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QWidget

_WARM_UP: Final = 5


@dataclass(frozen=True)
class FrameTimes:
    """Of one kind of work, in milliseconds.

    Attributes:
        cpu_p95_ms: of the processor time that the window's thread took; other programs do not add to it.
        unpainted: frames in which nothing was painted, warm-up included; they cost less and should be rare.
        limit_ms: what the 95th percentile should stay below.
        memory_mib: how much more the process holds than before the work was set up.
    """

    what: str
    frames: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    cpu_p95_ms: float
    unpainted: int
    limit_ms: float
    memory_mib: float


class _Paints(QObject):
    """Counts what it sees being painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def frame_times(
    what: str, widget: QWidget, steps: Iterable[Callable[[], object]], *, limit_ms: float, memory_before: float
) -> FrameTimes:
    """Time each step with the painting that follows from it; the first few are not counted.

    Args:
        widget: what is painted; the viewport of a scroll area.
    """
    times, working, unpainted = [], [], 0
    paints = _Paints()
    widget.installEventFilter(paints)
    QCoreApplication.processEvents()
    gc.collect()
    for step in steps:
        painted = paints.count
        start, worked = time.perf_counter(), time.thread_time()
        step()
        # Only what was asked to be painted anew is, as in a running event loop.
        QCoreApplication.sendPostedEvents(widget.window(), QEvent.Type.UpdateRequest.value)
        working.append(1000.0 * (time.thread_time() - worked))
        times.append(1000.0 * (time.perf_counter() - start))
        unpainted += paints.count == painted
        QCoreApplication.processEvents()
    widget.removeEventFilter(paints)
    counted, cpu = np.array(times[_WARM_UP:]), np.array(working[_WARM_UP:])
    return FrameTimes(
        what=what,
        frames=len(counted),
        p50_ms=round(float(np.percentile(counted, 50)), 3),
        p95_ms=round(float(np.percentile(counted, 95)), 3),
        worst_ms=round(float(counted.max()), 3),
        cpu_p95_ms=round(float(np.percentile(cpu, 95)), 3),
        unpainted=unpainted,
        limit_ms=limit_ms,
        memory_mib=round(resident_mib() - memory_before, 1),
    )


def resident_mib() -> float:
    """Memory that this process holds."""
    return float(psutil.Process().memory_info().rss) / 2**20
