"""A job of two processes that torchrun starts: one order reaches both, and nothing of them is left behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.jobs.job import (
    JobSettings,
    forget_children,
    job_process,
    kill,
    pause,
    prepare_job,
    reap,
    release,
    start_job,
    stop,
)
from engine.jobs.run_folder import CHECKPOINTS, LAST
from engine.jobs.run_process import torchrun_above, working_process
from engine.jobs.run_reader import RunData, RunReader
from engine.jobs.run_state import RunState, standing
from tests.app.training.camvid_folder import write_camvid
from tests.desktop.small_recipe import small_recipe

_SECONDS = 240.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="torchrun's gloo start is for Linux and macOS"),
]


def _data(run: Path) -> RunData:
    reader = RunReader(run)
    while reader.poll():
        pass
    return reader.data()


def _state(run: Path) -> RunState:
    reap()
    return standing(run, _data(run), waiting=False).state


def _wait(condition: Callable[[], object]) -> None:
    until = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.2)


def test_orders_reach_all_processes_and_none_is_left(tmp_path: Path) -> None:
    run = tmp_path / "two"
    recipe = small_recipe(write_camvid(tmp_path / "CamVid"), steps=100_000, val_every=50_000)
    prepare_job(run, recipe, JobSettings(threads=1, nice=0, device="cpu", processes=2))
    try:
        start_job(run)
        assert _state(run) is RunState.STARTING
        _wait(lambda: _data(run).step >= 3)
        assert _data(run).processes == 2
        pause(run)
        _wait(lambda: _state(run) is RunState.PAUSED)
        reached = _data(run).step
        time.sleep(1.0)
        assert _data(run).step == reached
        release(run)
        _wait(lambda: _data(run).step > reached and (run / CHECKPOINTS / LAST).is_file())

        leader = working_process(run)
        assert leader is not None
        agent = torchrun_above(leader)
        assert agent is not None
        family = [agent, *agent.children(recursive=True)]
        assert len([one for one in family if "engine.training" in one.cmdline()]) >= 2
        kill(run)
        psutil.wait_procs(family, timeout=20)
        reap()
        assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        time.sleep(2.0)
        assert job_process(run) is None, "torchrun has started nothing again"
        assert _state(run) is RunState.DIED

        before = _data(run).step
        start_job(run)
        _wait(lambda: _data(run).last == "resumed")
        stop(run)
        _wait(lambda: _data(run).last == "end")
        assert _data(run).outcome == "stopped"
        assert _data(run).step >= min(before, 5)
        _wait(lambda: (reap(), job_process(run))[1] is None)
        assert _state(run) is RunState.STOPPED
    finally:
        kill(run)
        forget_children()
