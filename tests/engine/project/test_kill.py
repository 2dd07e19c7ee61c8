"""A process that is killed leaves every finished stroke, no half-written file, and a project that opens.

A few kills belong to the suite; RHOSCOPE_TEST_KILLS=200 runs as many.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("RHOSCOPE_TEST_KILLS", "12"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the tool forks the processes that it kills")
@pytest.mark.timeout(max(120, 5 * KILLS))
def test_what_is_killed_loses_nothing(tmp_path: Path) -> None:
    # In a process of its own: forks of this one would carry its threads' locks.
    done = subprocess.run(
        [sys.executable, "-m", "tools.kill_project", str(KILLS)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == KILLS
    assert set(found["by_kind"]) == {"strokes", "saves", "exports", "migrations", "classes", "learning"}
    assert found["by_kind"]["strokes"]["steps_reported"] > 0
