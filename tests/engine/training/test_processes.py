"""Two processes take the steps that one takes at the same batch, and fail together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SettingError
from engine.jobs.run_folder import LAST
from engine.training.checkpoint import load_state
from engine.training.events import read_events
from engine.training.image_share import shares
from engine.training.loop import Trainer
from engine.training.mistakes import load_mistakes
from engine.training.probes import probe_places
from engine.training.processes import Processes
from engine.training.recipe import Recipe
from engine.training.stream import SampleStream
from tests.conftest import ROOT
from tests.engine.data.voc_folder import write_voc
from tests.engine.training.tiny import Squares, TinyNetwork, recipe
from tests.engine.training.two_processes import trained

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="torchrun's gloo start is for Linux and macOS")

# Everything whose mean runs over pixels that the processes hold unevenly: void, dropped, outside the region.
PHASES: tuple[dict[str, object], ...] = (
    {"name": "first", "iterations": 2, "loss_weights": [1.0, 0.0, 0.0], "batch": 3},
    {"name": "all", "iterations": 3, "all_pixels_weight": 0.2, "accumulate": 2, "rho_train": 0.5, "batch": 5},
    {"name": "random", "iterations": 2, "drop_rule": "random", "drop_rates": [0.4, 0.3]},
    {"name": "masked", "iterations": 3, "forward": "masked", "rho_masked": [1.0, 0.6, 0.4], "all_pixels_weight": 0.2},
)


@given(size=st.integers(1, 64), count=st.integers(1, 16))
def test_shares_cover_a_batch_once_and_evenly(size: int, count: int) -> None:
    shares = [Processes(rank, count).share(size) for rank in range(count)]
    assert [place for first, number in shares for place in range(first, first + number)] == list(range(size))
    assert max(number for _, number in shares) - min(number for _, number in shares) <= 1


def test_a_batch_smaller_than_the_number_of_processes_is_refused() -> None:
    job = recipe({"batch": 3})
    with pytest.raises(SettingError, match=r"phase\.0\.batch = 3 leaves some of 4 processes without"):
        Trainer(TinyNetwork(), SampleStream(Squares(), seed=0), job, processes=Processes(0, 4))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("settings", [{}, {"batch_statistics": ["*"], "sync_batch_statistics": True}])
def test_two_processes_equal_one_at_the_same_batch(tmp_path: Path, settings: dict[str, object]) -> None:
    # Batch statistics have no place in a masked phase (see OptimiserSettings).
    phases = PHASES[:-1] if settings else PHASES
    job = recipe(*phases, optimiser={"ema": 0.9, "clip": 1.0, "train_affine": ["*"], **settings})
    alone = trained(job)
    _two(job, tmp_path)
    first, second = (load_state(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    for name, value in first["network"].items():
        assert torch.equal(value, second["network"][name]), name
    for kind in ("network", "average"):
        expected: Any = alone[kind]
        for name, value in expected.items():
            torch.testing.assert_close(first[kind][name], value, rtol=1e-4, atol=1e-6, msg=name)
    assert first["reports"] == second["reports"]
    rows: Any = json.loads(first["reports"])
    one: Any = json.loads(str(alone["reports"]))
    assert len(rows) == sum(int(str(phase["iterations"])) for phase in phases)
    for ours, theirs in zip(rows, one, strict=True):
        assert ours["images"] == theirs["images"]
        assert ours["terms"] == pytest.approx(theirs["terms"], rel=1e-4)
        assert ours["kept"] == pytest.approx(theirs["kept"], abs=2e-3)
        for key in ("loss", "norm"):
            assert ours[key] == pytest.approx(theirs[key], rel=1e-3)


@given(images=st.integers(1, 60), wanted=st.integers(0, 8), count=st.integers(1, 6))
def test_validation_images_are_dealt_out_once_and_the_probes_to_the_first(images: int, wanted: int, count: int) -> None:
    probes = probe_places(images, wanted)
    dealt = shares(images, probes, count)
    assert sorted(place for part in dealt for place in part) == list(range(images))
    assert set(probes) <= set(dealt[0])
    assert all(part == sorted(part) for part in dealt)
    sizes = [len(part) for part in dealt]
    assert max(sizes[1:], default=0) - min(sizes[1:], default=0) <= 1
    assert sizes[0] == max(-(-images // count), len(probes))


@pytest.mark.timeout(300)
def test_two_processes_validate_together_as_one_does(tmp_path: Path) -> None:
    names = ["e", "f", "g", "h", "i"]
    path = _small_recipe(tmp_path, val=names, schedule="val_images = 4\nval_every = 100\nprobes = 2", iterations=1)
    program = ["-m", "engine.training", str(path), "--device", "cpu", "--threads", "1"]
    torchrun([*program, "--folder", str(tmp_path / "two")])
    subprocess.run([sys.executable, *program, "--folder", str(tmp_path / "one")], cwd=ROOT, check=True, timeout=200)
    one, two = ([e for e in read_events(tmp_path / run) if e["event"] == "val"] for run in ("one", "two"))
    assert [event["images"] for event in two] == [4, 5]
    for ours, theirs in zip(two, one, strict=True):
        assert ours["per_class"] == pytest.approx(theirs["per_class"], abs=0.5, nan_ok=True)
        assert ours["shares"] == theirs["shares"]
    found = load_mistakes(tmp_path / "two" / "validation" / "000001.npz")
    assert sorted(found.images) == names
    assert found.matrix(0).sum() == load_mistakes(tmp_path / "one" / "validation" / "000001.npz").matrix(0).sum()
    for run in ("one", "two"):
        probes = [(tmp_path / run / "probes" / str(n) / "name.txt").read_text(encoding="utf-8") for n in (0, 1)]
        assert probes == ["e", "i"]
        assert (tmp_path / run / "probes" / "000001" / "1-final.png").is_file()


@pytest.mark.timeout(300)
def test_a_loss_that_is_not_finite_in_one_process_ends_both_and_names_its_images(tmp_path: Path) -> None:
    job = recipe({"batch": 2})
    with pytest.raises(AssertionError, match=r"the loss is not finite at step 0, images square\d \("):
        _two(job, tmp_path, "spoil")
    assert not list(tmp_path.glob("rank*.pt"))


@pytest.mark.timeout(300)
@pytest.mark.skipif(
    "RHOSCOPE_TEST_RESTART" not in os.environ,
    reason="gloo does not always find its processes again after a restart; RHOSCOPE_TEST_RESTART=1 runs it",
)
def test_after_a_crash_torchrun_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    path = _small_recipe(tmp_path, val=["e"], schedule="val_every = 100", iterations=5)
    run = tmp_path / "run"
    program = ["-m", "tests.engine.training.crashing_run", str(path), "--folder", str(run), "--device", "cpu"]
    # One would do, but for gloo, whose processes now and then miss each other when they start again at once.
    said = torchrun(program, options=["--max-restarts=4"])
    assert said.count("trained; weights in") == 1
    events = list(read_events(run))
    kinds = [event["event"] for event in events]
    assert kinds[0] == "started"
    assert events[0]["processes"] == 2
    (again,) = (event for event in events if event["event"] == "resumed")
    assert 0 < again["step"] < 5
    assert [e["step"] for e in events[kinds.index("resumed") :] if e["event"] == "step"] == list(
        range(again["step"] + 1, 6)
    )
    assert (events[-1]["event"], events[-1]["outcome"], events[-1]["step"]) == ("end", "finished", 5)
    assert load_state(run / "checkpoints" / LAST)["progress"]["samples"] == 10


def _small_recipe(folder: Path, *, val: list[str], schedule: str, iterations: int) -> Path:
    write_voc(folder / "VOC2012", train=["a", "b", "c", "d"], val=val)
    path = folder / "small.toml"
    path.write_text(
        f"""
name = "small"
[model]
name = "lc-mobilenetv2"
[data]
root = {str(folder / "VOC2012")!r}
[schedule]
log_every = 1
checkpoint_every = 1
{schedule}
[[phase]]
name = "one"
iterations = {iterations}
batch = 2
crop = 64
lr = 0.01
loss_weights = [1.0, 0.0, 0.0]
loss_stride = 4
""",
        encoding="utf-8",
    )
    return path


def _two(job: Recipe, folder: Path, *arguments: str) -> None:
    path = folder / "recipe.json"
    path.write_text(json.dumps(asdict(job)), encoding="utf-8")
    torchrun(["-m", "tests.engine.training.two_processes", str(path), str(folder), *arguments])


def torchrun(program: Sequence[str], *, options: Sequence[str] = ()) -> str:
    """Runs a program as two processes of this machine and returns what they said; nothing of them is left behind."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *options, *program]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = process.communicate(timeout=200)
    finally:
        # Asked to end, torchrun ends its processes first.
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert process.returncode == 0, said
    return said
