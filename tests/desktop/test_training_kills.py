"""kill -9 of window and job at random moments: nothing is lost but the steps since the last checkpoint.

RHOSCOPE_TEST_KILLS says how often; a few times where it is not set.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.jobs.job import JobSettings, forget_children, job_process, kill, prepare_job, start_job
from engine.jobs.job_queue import JobQueue
from engine.jobs.run_folder import CHECKPOINTS, FINAL, LAST
from engine.jobs.run_reader import RunData, RunReader
from engine.training.checkpoint import load_state
from engine.training.events import read_events
from tests.app.training.camvid_folder import write_camvid
from tests.conftest import ROOT
from tests.desktop.small_recipe import small_recipe

KILLS = int(os.environ.get("RHOSCOPE_TEST_KILLS", "3"))
_START_SECONDS = 200.0  # for a process to load torch on a busy machine

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.slow,
    pytest.mark.timeout(900 + 60 * KILLS),
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX"),
]


def _data(run: Path) -> RunData:
    reader = RunReader(run)
    while reader.poll():
        pass
    return reader.data()


def _wait(condition: Callable[[], object], seconds: float = _START_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.1)


def _window(runs: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.desktop.kill_window", str(runs)]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def test_window_and_job_are_killed_at_random_moments(tmp_path: Path) -> None:
    runs, draw = tmp_path / "runs", random.Random(os.environ.get("RHOSCOPE_TEST_SEED", "1"))
    runs.mkdir()
    run = runs / "killed"
    # More steps than all lives together can take.
    recipe = small_recipe(write_camvid(tmp_path / "CamVid"), steps=100_000, checkpoint_every=3, val_every=40)
    prepare_job(run, recipe, JobSettings(threads=1, nice=0))
    reached, jobs_killed, windows_killed = 0, 0, 0
    window = _window(runs)
    try:
        for _ in range(KILLS):
            if window.poll() is not None:
                window = _window(runs)
            _wait(lambda: job_process(run) is not None)
            # At times while torch is being loaded, at times in the middle of steps, validations and checkpoints.
            if draw.random() < 0.75:
                before = _data(run).step
                _wait(lambda before=before: _data(run).last != "" and _data(run).step != before)  # type: ignore[misc]
            time.sleep(draw.uniform(0.0, 3.0))
            victims = draw.choice(["window", "job", "both"])
            if victims != "job":
                window.kill()
                window.wait()
                windows_killed += 1
            if victims != "window":
                kill(run)
                _wait(lambda: job_process(run) is None)
                jobs_killed += 1
            data = _data(run)
            # A line that was cut off is the only thing that may not be understood.
            assert data.skipped <= jobs_killed
            assert sum(1 for _ in read_events(run)) > 0 or data.last == ""
            last = run / CHECKPOINTS / LAST
            if last.is_file():
                kept = load_state(last)["progress"]["step"]
                assert kept >= reached, "a checkpoint went back"
                reached = kept
    finally:
        window.kill()
        window.wait()
        kill(run)
    assert JobQueue(runs).runs() == [run]
    _wait(lambda: job_process(run) is None)
    _finish(run)


def _finish(run: Path) -> None:
    """Goes on once more and lets it come to its end, by a shorter recipe."""
    recipe = run / "recipe.json"
    have = load_state(run / CHECKPOINTS / LAST)["progress"]["step"] if (run / CHECKPOINTS / LAST).is_file() else 0
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("100000", str(have + 6)), encoding="utf-8")
    start_job(run)
    try:
        _wait(lambda: _data(run).last == "end", 2 * _START_SECONDS)
    finally:
        forget_children()
    data = _data(run)
    assert data.outcome == "finished"
    assert data.step == have + 8
    assert (run / CHECKPOINTS / FINAL).is_file()
    steps = data.curves["loss"].steps.tolist()
    assert steps == list(range(1, have + 9)), "each step once, none missing"
