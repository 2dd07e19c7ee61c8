"""A run from recipe to checkpoints on a small VOC folder, as a person starts it, stops it and goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from engine.cli.main import main
from engine.errors import CheckpointError, SettingError
from engine.jobs.run_folder import LAST
from engine.models.checkpoints import load_into, read_checkpoint
from engine.models.lc_mobilenetv2 import LcMobileNetV2
from engine.training.checkpoint import load_state, start_from
from engine.training.events import read_events
from engine.training.loop import Trainer
from engine.training.recipe import load_recipe
from engine.training.run import RunOptions, model_info, start_run, training_data
from tests.conftest import ROOT
from tests.engine.data.voc_folder import write_voc

PHASE = """
[[phase]]
name = "{name}"
iterations = {iterations}
batch = 2
crop = 64
lr = 0.01
loss_weights = {weights}
loss_stride = 4
"""


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_voc(tmp_path / "VOC2012", train=["a", "b", "c", "d"], val=["e", "f"])


@pytest.fixture
def recipe(tmp_path: Path, data: Path) -> Path:
    path = tmp_path / "small.toml"
    head = f"""
name = "small"
precision = "bf16"
[model]
name = "lc-mobilenetv2"
new_layers = ["heads.*"]
[data]
root = {str(data)!r}
[optimiser]
ema = 0.9
[schedule]
log_every = 1
checkpoint_every = 2
val_every = 2
val_images = 1
"""
    phases = PHASE.format(name="one", iterations=2, weights=[1.0, 0.0, 0.0]) + PHASE.format(
        name="all", iterations=2, weights=[0.3, 0.3, 1.0]
    )
    path.write_text(head + phases, encoding="utf-8")
    return path


def _train(*arguments: str) -> int:
    return main(["train", *arguments, "--threads", "1", "--device", "cpu"])


def test_a_run_leaves_recipe_environment_events_and_usable_checkpoints(tmp_path: Path, recipe: Path) -> None:
    folder = tmp_path / "run"
    assert _train(str(recipe), "--run", str(folder), "--set", "seed=3") == 0
    assert json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["seed"] == 3
    assert (folder / "recipe.toml").read_bytes() == recipe.read_bytes()
    assert json.loads((folder / "environment.json").read_text(encoding="utf-8"))["torch"] == torch.__version__
    events = list(read_events(folder))
    kinds = [event["event"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "end"
    assert kinds.count("step") == 4
    looks = [(event["split"], event["pairs"], event["unusable"]) for event in events if event["event"] == "preflight"]
    assert looks == [("train_aug", 4, 0), ("val", 2, 0)]
    validations = [event for event in events if event["event"] == "val"]
    assert [(v["step"], v["images"]) for v in validations] == [(2, 1), (4, 1), (4, 2)]
    assert validations[0]["stages"] == []
    assert len(validations[1]["stages"]) == 3
    assert events[-1]["best"] == max(v["mIoU"] for v in validations if v["images"] == 1)
    for name in ("best", "final"):
        path = folder / "checkpoints" / f"{name}.safetensors"
        checkpoint = read_checkpoint(path)
        assert checkpoint.info.label == "lc-mobilenetv2"
        assert checkpoint.info.class_names[8] == "cat"
        assert checkpoint.info.metadata["recipe"] == "small"
        load_into(LcMobileNetV2(21), checkpoint.tensors, path=path)
    state = load_state(folder / "checkpoints" / LAST)
    assert state["progress"]["step"] == 4
    final = read_checkpoint(folder / "checkpoints" / "final.safetensors").tensors
    assert torch.equal(final["classifier.weight"], state["average"]["state"]["classifier.weight"])


def test_the_score_at_the_end_may_stand_on_fewer_images_than_there_are(tmp_path: Path, recipe: Path) -> None:
    folder = tmp_path / "run"
    few = ("--set", "schedule.final_images=1", "--set", "phase.0.iterations=1", "--set", "phase.1.iterations=1")
    assert _train(str(recipe), "--run", str(folder), *few) == 0
    assert [event["images"] for event in read_events(folder) if event["event"] == "val"] == [1, 1, 1]


def test_a_folder_with_a_run_is_not_overwritten_and_wrong_use_is_named(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "recipe.json").write_text("{}", encoding="utf-8")
    assert _train(str(recipe), "--run", str(folder)) == 1
    assert "already holds a run" in capsys.readouterr().err
    assert _train(str(recipe), "--resume", str(folder)) == 2
    assert _train("--run", str(folder), "--resume", str(folder)) == 2
    assert "give one of them" in capsys.readouterr().err
    assert _train("--resume", str(tmp_path / "absent")) == 2
    assert "holds no run" in capsys.readouterr().err
    assert _train(str(recipe), "--run", str(tmp_path / "r2"), "--set", "phase.0.loss_weights=[1.0]") == 2
    assert "3 stages" in capsys.readouterr().err
    assert _train(str(recipe), "--run", str(tmp_path / "r3"), "--set", "data.root=/nowhere") == 1
    assert "/nowhere" in capsys.readouterr().err
    with pytest.raises(SettingError, match="no model named"):
        start_run(recipe, folder=tmp_path / "r4", overrides=["model.name=lc-nothing"], options=RunOptions(device="cpu"))


def test_training_does_not_start_on_data_of_which_much_is_wrong(
    tmp_path: Path, recipe: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (80, 64)).save(data / "SegmentationClassAug" / "b.png")
    assert _train(str(recipe), "--run", str(tmp_path / "run")) == 1
    error = capsys.readouterr().err
    assert "b.png: label map has mode RGB" in error
    assert "rhoscope data check" in error
    assert _train(str(recipe), "--run", str(tmp_path / "r2"), "--set", "data.train=trian") == 1
    assert "did you mean train?" in capsys.readouterr().err


@pytest.mark.parametrize("layout", ["auto", "camvid"])
def test_a_recipe_may_name_any_layout_or_none(tmp_path: Path, recipe: Path, layout: str) -> None:
    for split in ("train", "val"):
        for folder in (split, f"{split}annot"):
            (tmp_path / "CamVid" / folder).mkdir(parents=True)
            Image.new("L", (40, 32), 3).save(tmp_path / "CamVid" / folder / f"{split}_a.png")
    overrides = [f"data.root={tmp_path / 'CamVid'}", f"data.layout={layout}", "data.train=train"]
    train, val = training_data(load_recipe(recipe, overrides=overrides))
    assert (train.layout, train.name(0), val.name(0)) == ("camvid", "train_a", "val_a")
    assert len(train.class_names) == 11
    info = model_info(load_recipe(recipe, overrides=overrides), train)
    assert info.metadata["data"] == "camvid train, 1 images"
    assert info.class_names == train.class_names


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that can be caught")
@pytest.mark.timeout(180)
def test_signals_pause_and_stop_a_run_that_goes_on_from_its_checkpoint(tmp_path: Path, recipe: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "engine.training", str(recipe), "--run", str(folder), "--threads", "1"]
    many = ["--set", "phase.0.iterations=100000", "--set", "schedule.val_every=100000"]
    process = subprocess.Popen(
        [*command, *many], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 120
        while sum(event["event"] == "step" for event in read_events(folder)) < 3:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for number, event in ((signal.SIGUSR2, "checkpoint"), (signal.SIGUSR1, "paused"), (signal.SIGUSR1, "released")):
            process.send_signal(number)
            while all(row["event"] != event for row in read_events(folder)):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            if event == "paused":
                assert (folder / "checkpoints" / LAST).is_file()
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert b"--resume" in error
    state = load_state(folder / "checkpoints" / LAST)
    steps = [event["step"] for event in read_events(folder) if event["event"] == "step"]
    assert state["progress"]["step"] == steps[-1]
    # Little is left to do after this change, as the number of steps already done shows.
    assert _train("--resume", str(folder), "--set", f"phase.0.iterations={steps[-1] + 1}") == 0
    later = [event["step"] for event in read_events(folder) if event["event"] == "step"]
    assert later == [*steps, *range(steps[-1] + 1, steps[-1] + 4)]


def test_resuming_with_another_recipe_is_refused_by_the_keys_that_differ(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert _train(str(recipe), "--run", str(folder)) == 0
    before = (folder / "checkpoints" / LAST).read_bytes()
    assert _train(str(recipe), "--resume", str(folder), "--set", "seed=5", "--set", "phase.1.lr=0.5") == 2
    assert (
        "another recipe (the run's value, then this one's): phase.1.lr: 0.01, 0.5; seed: 0, 5"
        in capsys.readouterr().err
    )
    assert (folder / "checkpoints" / LAST).read_bytes() == before
    assert _train(str(recipe), "--resume", str(folder)) == 0


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_good_checkpoint(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Trainer.normalised
    steps: list[int] = []

    def normalised(self: Trainer, rgb: Tensor) -> Tensor:
        steps.append(self.progress.step)
        return whole(self, rgb) * (float("nan") if self.progress.step == 3 else 1.0)

    monkeypatch.setattr(Trainer, "normalised", normalised)
    folder = tmp_path / "run"
    assert _train(str(recipe), "--run", str(folder)) == 1
    assert steps == [0, 1, 2, 3]
    said = capsys.readouterr().err
    assert re.search(r"the loss is not finite at step 3, images [a-d], [a-d] \(lower phase\.lr", said)
    state = load_state(folder / "checkpoints" / LAST)
    assert state["progress"]["step"] == 2
    assert all(bool(torch.isfinite(value).all()) for value in state["network"].values())
    *_, last = read_events(folder)
    assert (last["event"], last["step"]) == ("failed", 3)
    assert "not finite" in last["reason"]
    monkeypatch.undo()
    assert _train("--resume", str(folder)) == 0


def test_under_torchrun_the_folder_must_be_named(
    recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    assert _train(str(recipe)) == 2
    assert "under torchrun give --folder DIR" in capsys.readouterr().err


def test_starting_weights_load_by_key_and_name_the_rest(tmp_path: Path) -> None:
    network = LcMobileNetV2(21)
    own = {name: value + 1 for name, value in network.state_dict().items() if name.startswith("features.")}
    path = tmp_path / "start.safetensors"
    save_file({**own, "features.19.0.weight": torch.zeros(1)}, path)
    missing, unused = start_from(network, path)
    assert unused == ("features.19.0.weight",)
    assert "heads.2.classifier.weight" in missing
    assert not any(name.startswith("features.") for name in missing)
    assert all(torch.equal(network.state_dict()[name], value) for name, value in own.items())

    save_file({"features.0.0.weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match=r"shapes differ: features\.0\.0\.weight"):
        start_from(network, path)
    save_file({"other": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="not one of its 1 keys"):
        start_from(network, path)


def test_eval_and_sweep_write_the_documented_shapes(
    tmp_path: Path, recipe: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _train(str(recipe), "--run", str(tmp_path / "run"), "--set", "phase.0.iterations=1") == 0
    capsys.readouterr()
    common = [
        "--model",
        str(tmp_path / "run" / "checkpoints" / "best.safetensors"),
        "--root",
        str(data),
        "--threads",
        "1",
    ]
    assert main(["eval", *common, "--dataset", "voc", "--split", "val", "--rho", "0.5", "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["model"], report["dataset"], report["split"], report["images"]) == (
        "lc-mobilenetv2",
        "voc",
        "val",
        2,
    )
    assert report["rho"] == 0.5
    assert 0 <= report["mIoU"] <= 100
    assert report["per_class"]["train"] is None or report["per_class"]["train"] == 0
    assert sum(report["shares"]) == pytest.approx(1.0)
    assert report["milliseconds"]["p95"] >= report["milliseconds"]["median"] > 0
    assert [stage["stage"] for stage in report["stages"]] == [1, 2, 3]

    target = tmp_path / "sweep.json"
    assert main(["sweep", *common, "--rhos", "1", "0.5", "0", "--json", str(target)]) == 0
    rows = json.loads(target.read_text(encoding="utf-8"))["rows"]
    assert [row["rho"] for row in rows] == [1.0, 0.5, 0.0]
    assert np.all(np.diff([row["shares"][0] for row in rows]) >= 0)
    assert main(["eval", *common, "--rho", "1.5"]) in (1, 2)
    assert "between 0 and 1" in capsys.readouterr().err
