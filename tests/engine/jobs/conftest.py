"""Jobs whose process is a small script, ended with the test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.jobs import job
from engine.jobs.job import forget_children, job_process

SCRIPT = Path(__file__).with_name("fake_training.py")


@pytest.fixture
def jobs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs lie; whatever is still at work there is killed at the end."""

    def command(*arguments: str, processes: int = 1) -> list[str]:
        return [sys.executable, "-m", "tests.engine.jobs.fake_training", *arguments]

    monkeypatch.setattr(job, "training_command", command)
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for run in folder.iterdir():
        process = job_process(run) if run.is_dir() else None
        if process is not None:
            process.kill()
            psutil.wait_procs([process], timeout=5)
    forget_children()
