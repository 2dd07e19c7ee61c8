from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def built() -> Path:
    """The built program; `make package` names its folder."""
    folder = os.environ.get("RHOSCOPE_PACKAGED")
    if not folder:
        pytest.skip("no built program to test: make package builds and tests it")
    return Path(folder) / ("rhoscope.exe" if os.name == "nt" else "rhoscope")


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """As on a machine without Python: nothing points into the source tree or its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "QT_"))}
    return {**kept, "PATH": "/usr/bin:/bin"} if os.name != "nt" else kept
