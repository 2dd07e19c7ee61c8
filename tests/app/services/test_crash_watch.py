"""Unexpected errors are logged, told once for each cause, and leave the hooks as they were."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.services.crash_watch import Crash, CrashWatch
from app.services.log_file import LogFile, state_folder


def _raised(text: str) -> BaseException:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_each_cause_is_told_once(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    watch = CrashWatch()
    told: list[Crash] = []
    watch.crashed.connect(told.append)
    for number in range(3):
        error = _raised(f"no row {number}")
        watch.take(type(error), error, error.__traceback__)
    assert [crash.summary for crash in told] == ["ValueError: no row 0"]
    assert "_raised" in told[0].details
    assert [record.message for record in caplog.records][1:] == [
        "again: ValueError: no row 1",
        "again: ValueError: no row 2",
    ]


def test_errors_of_threads_arrive_and_hooks_are_put_back(qtbot: QtBot) -> None:
    before = sys.excepthook, threading.excepthook
    watch = CrashWatch()
    watch.install()
    try:
        with qtbot.waitSignal(watch.crashed, timeout=5000) as heard:
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
    finally:
        watch.remove()
    assert "ZeroDivisionError" in heard.args[0].summary
    assert (sys.excepthook, threading.excepthook) == before


def test_telling_that_fails_does_not_tell_of_itself(qtbot: QtBot) -> None:
    watch = CrashWatch()
    error = _raised("first")
    calls = []

    def fail(crash: Crash) -> None:
        calls.append(crash)
        inner = _raised("second")
        watch.take(type(inner), inner, None)

    watch.crashed.connect(fail)
    watch.take(type(error), error, error.__traceback__)
    assert len(calls) == 1


class TestLogFile:
    def test_lines_are_kept_and_read_back(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "state")
        log.open()
        try:
            for number in range(5):
                logging.getLogger("rhoscope.test").warning("line %s", number)
            assert [line.rsplit(" ", 1)[1] for line in log.last_lines(2)] == ["3", "4"]
        finally:
            log.close()
        assert list((tmp_path / "state").glob("fault-*")) == []
        assert log.take_fault() == ""

    def test_a_fault_of_an_earlier_run_is_told_once(self, tmp_path: Path) -> None:
        (tmp_path / "fault-99999999.txt").write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
        (tmp_path / "fault-99999998.txt").write_text("", encoding="utf-8")
        log = LogFile(tmp_path)
        assert log.take_fault() == "Fatal Python error: Segmentation fault"
        assert log.take_fault() == ""

    def test_the_file_stays_small(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.services.log_file._BYTES", 2000)
        log = LogFile(tmp_path)
        log.open()
        try:
            for number in range(200):
                logging.getLogger("rhoscope.test").warning("a line of the log, number %s", number)
        finally:
            log.close()
        files = list(tmp_path.glob("rhoscope.log*"))
        assert len(files) == 4
        assert all(path.stat().st_size <= 2000 for path in files)

    def test_a_folder_that_cannot_be_made_is_no_reason_to_stop(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        log = LogFile(tmp_path / "file" / "state")
        log.open()
        assert log.path is None
        assert log.last_lines(3) == []
        log.close()

    def test_the_place_can_be_given(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("RHOSCOPE_STATE", str(tmp_path))
        assert state_folder() == tmp_path
