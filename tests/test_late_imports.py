"""What loads late: torch takes seconds, and the window and the command line must not wait for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Imports all modules named by a prefix, as importing the window does at worst, and says what else came along.
_IMPORT_ALL = """
import importlib, pkgutil, sys
wanted = sys.argv[1].split(",")
names = []
for name in wanted:
    module = importlib.import_module(name)
    names.append(name)
    if hasattr(module, "__path__"):
        names += [found.name for found in pkgutil.walk_packages(module.__path__, name + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names), *sorted({name.split(".")[0] for name in sys.modules}))
"""


def loaded_with(*packages: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL, ",".join(packages)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, *names = done.stdout.split()
    return int(count), set(names)


def test_the_whole_window_loads_without_torch_and_opencv():
    count, loaded = loaded_with("app")
    assert count > 20
    assert "PySide6" in loaded
    assert not loaded & {"torch", "cv2", "pydensecrf", "scipy"}


@pytest.mark.parametrize(
    "package", ["engine.cli.main", "engine.data", "engine.rendering", "engine.refine", "engine.jobs"]
)
def test_no_torch_and_no_qt_without_need(package):
    _, loaded = loaded_with(package)
    assert not loaded & {"torch", "PySide6", "pydensecrf"}


def test_the_command_line_is_understood_without_heavy_packages():
    _, loaded = loaded_with("engine.cli.main")
    assert not loaded & {"numpy", "PIL", "cv2"}


def test_engine_loads_without_qt():
    _, loaded = loaded_with("engine")
    assert not loaded & {"PySide6", "shiboken6", "qtpy", "qtawesome"}
