"""What every test gets: no screen, no home of its own, one thread for numbers, and a look at what it left behind."""

from __future__ import annotations

import os

# Before Qt and torch load: windows are drawn off screen (QT_QPA_PLATFORM=xcb shows them), arithmetic is repeatable and
# leaves the other core to the window under test.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_runtest_logstart(nodeid: str) -> None:
    """Says which test begins where tools/run_tests.py keeps watch."""
    running = os.environ.get("RHOSCOPE_RUNNING_TEST")
    if running:
        Path(running).write_text(nodeid, encoding="utf-8")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the test's own, so that no test reads or writes the settings of a person or of another test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("APPDATA", str(home / "appdata"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "localappdata"))
    qt = sys.modules.get("PySide6.QtCore")
    if qt is not None:
        for layout in (qt.QSettings.Format.IniFormat, qt.QSettings.Format.NativeFormat):
            qt.QSettings.setPath(layout, qt.QSettings.Scope.UserScope, str(home / "config"))


@pytest.fixture(autouse=True)
def _no_thread_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test after which a thread that it started still runs."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3.0
    left = [t for t in threading.enumerate() if t not in before]
    while left and time.monotonic() < deadline:
        left[0].join(0.05)
        left = [t for t in threading.enumerate() if t not in before]
    if left:
        pytest.fail(f"threads still running after {request.node.name}: {', '.join(t.name for t in left)}")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of photos that ship with the program."""
    return ROOT / "resources" / "samples"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The data sets used for testing; the test is skipped where they are not."""
    given = os.environ.get("RHOSCOPE_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no data sets here: set RHOSCOPE_DATA to their folder")
    return folder
