"""The window's benchmark: complete rows, and times of frames that were really painted."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.benchmarks import command
from app.benchmarks.frames import frame_times
from app.benchmarks.panning import measure_panning
from app.benchmarks.scrolling import measure_scrolling


class _Slow(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        time.sleep(0.004)


def test_a_frame_is_the_step_and_its_painting(qtbot: QtBot) -> None:
    widget = _Slow()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    row = frame_times("slow", widget, [widget.update] * 10, limit_ms=1.0, memory_before=0.0)
    assert row.frames == 5
    assert row.unpainted <= 1  # what came before may be painted first
    assert row.p50_ms >= 4.0
    assert row.p50_ms <= row.p95_ms <= row.worst_ms
    assert row.cpu_p95_ms < row.p50_ms  # it slept
    idle = frame_times("idle", widget, [lambda: None] * 10, limit_ms=1.0, memory_before=0.0)
    assert idle.unpainted == 10


def test_panning_paints_every_frame(qtbot: QtBot) -> None:
    rows = measure_panning(side=700, frames=12, view=(300, 200))
    assert len(rows) == 3
    assert all(row.unpainted <= 2 for row in rows)


def test_scrolling_paints_and_ends_its_threads(qtbot: QtBot, tmp_path: Path) -> None:
    filling, *rows = measure_scrolling(rows=300, frames=12, folder=tmp_path)
    assert filling.p50_ms > 0
    assert all(row.unpainted <= 1 for row in rows)  # the bar's first step leads nowhere


def test_the_command_writes_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "measured", lambda *, quick, progress: {"rows": [], "quick": quick})
    assert command.main(["--quick", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rows": [], "quick": True}
    assert command.main(["--nonsense"]) == 2
