"""The watch over a test run: what ends by itself is left alone, what stands still in native code is named and ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tools import run_tests

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make test is not for Windows")

# What no time limit of Python's ends: a lock of the C library, taken twice.
STUCK = """
import ctypes

def test_quick():
    pass

def test_stuck():
    lock = ctypes.create_string_buffer(64)
    libc = ctypes.PyDLL(None)
    libc.pthread_mutex_lock(lock)
    libc.pthread_mutex_lock(lock)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small test suite of its own, with this one's conftest."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_its_code_is_pytests(folder: Path) -> None:
    (folder / "test_some.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    assert run_tests.watched(["-q"]) == (0, None)
    (folder / "test_some.py").write_text("def test_one():\n    assert 0\n", encoding="utf-8")
    assert run_tests.watched(["-q"]) == (1, None)


def test_what_does_not_come_back_is_ended_with_its_stacks(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "test_some.py").write_text(STUCK, encoding="utf-8")
    code, test = run_tests.watched(["-q", "-o", "timeout=1"], longest=4.0)
    assert (code, test) == (1, "test_some.py::test_stuck")
    assert "in test_stuck" in capfd.readouterr().err


@pytest.mark.parametrize(("order", "code"), [(signal.SIGINT, 2), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_pytest_ends_with_its_watch(folder: Path, order: signal.Signals, code: int) -> None:
    begun = folder / "begun"
    (folder / "test_some.py").write_text(
        "import os, time\ndef test_long():\n"
        f"    open({str(begun)!r}, 'w').write(str(os.getpid()))\n    time.sleep(90)\n",
        encoding="utf-8",
    )
    # A shell's background jobs, and what they start, ignore Ctrl+C.
    heeding = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program = heeding + f"runpy.run_path({str(ROOT / 'tools' / 'run_tests.py')!r}, run_name='__main__')"
    watch = subprocess.Popen([sys.executable, "-c", program, "-q"], stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 30.0
        while not (begun.is_file() and begun.read_text(encoding="utf-8")):
            assert time.monotonic() < until
            time.sleep(0.05)
        watch.send_signal(order)
        said, _ = watch.communicate(timeout=60.0)
    finally:
        watch.kill()
    assert watch.returncode == code
    assert not psutil.pid_exists(int(begun.read_text(encoding="utf-8")))
    assert (b"KeyboardInterrupt" in said) == (order == signal.SIGINT)


def test_it_is_run_once_more_and_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [(1, "tests/a.py::test_b"), (0, None)]
    monkeypatch.setattr(run_tests, "watched", lambda arguments: outcomes.pop(0))
    assert run_tests.main([]) == 0
    assert "was ended because it did not come back: tests/a.py::test_b" in capsys.readouterr().out
