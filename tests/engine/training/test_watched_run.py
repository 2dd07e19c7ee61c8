"""What a run leaves for those who watch it: pictures, mistakes, class names, and its best weights as a model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.cli.main import main
from engine.data.label_files import read_label_map
from engine.errors import CheckpointError, DataError
from engine.jobs.run_folder import STOP_FILE
from engine.models.checkpoints import read_checkpoint, write_checkpoint
from engine.models.loading import load_model
from engine.training.checkpoint import start_from
from engine.training.events import EventLog, read_events
from engine.training.mistakes import MistakeCounter, load_mistakes, mistakes_file, save_mistakes
from engine.training.probes import probe_places
from engine.training.publish_run import Publication, publish_run
from engine.training.run import build_network
from tests.app.training.camvid_folder import write_camvid
from tests.desktop.small_recipe import small_recipe


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A short run, to its end."""
    recipe = tmp_path / "small.toml"
    recipe.write_text(small_recipe(write_camvid(tmp_path / "CamVid"), steps=3, val_every=2), encoding="utf-8")
    folder = tmp_path / "run"
    assert main(["train", str(recipe), "--run", str(folder), "--threads", "1", "--device", "cpu", "--nice", "1"]) == 0
    return folder


def test_what_a_run_leaves_can_be_looked_at_and_published(run: Path, tmp_path: Path) -> None:
    events = list(read_events(run))
    started = next(event for event in events if event["event"] == "started")
    assert started["classes"][3] == "Road"
    assert len(started["palette"]) == 11
    assert all(event["memory_mb"] > 50 for event in events if event["event"] == "step")
    # Pictures: of each validation, the same two images, in all stages once they are trained.
    steps = sorted(path.name for path in (run / "probes").iterdir() if len(path.name) > 3)
    assert steps == ["000002", "000003", "000004", "000005"]
    assert (run / "probes" / "0" / "name.txt").read_text(encoding="utf-8") == "val0"
    assert not (run / "probes" / "000002" / "0-stage2.png").exists()
    truth = read_label_map(run / "probes" / "1" / "truth.png")
    for name in ("final", "stage1", "stage3"):
        assert read_label_map(run / "probes" / "000005" / f"1-{name}.png").shape == truth.shape
    assert set(np.unique(read_label_map(run / "probes" / "000005" / "1-deciding.png"))) <= {1, 2, 3}
    # Mistakes: the same numbers as the scores.
    val = next(event for event in events if event["event"] == "val" and event["step"] == 4)
    mistakes = load_mistakes(mistakes_file(run, 4))
    assert mistakes.systems == ("final", "stage 1", "stage 2", "stage 3")
    matrix = mistakes.matrix(0)
    assert 100 * np.trace(matrix) / matrix.sum() == pytest.approx(val["pixel_accuracy"], abs=1e-3)
    assert sum(pixels for _, pixels in mistakes.images_with(0, truth=3, prediction=3)) == matrix[3, 3]
    # The best weights become a model.
    (run / "sweep.json").write_text(
        json.dumps({"rows": [{"rho": 0.9, "shares": [0.5, 0.3, 0.2], "mIoU": 12.0, "milliseconds": 3.0}, {"rho": 1}]}),
        encoding="utf-8",
    )
    wanted = Publication(name="My street", title="Streets", rho=0.9, licence="mine")
    path = publish_run(run, tmp_path / "models", wanted)
    assert path.name == "My-street.safetensors"
    model = load_model(str(path), device="cpu")
    assert (model.info.title, model.info.default_rho, model.info.class_names[8]) == ("Streets", 0.9, "Car")
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "- **Licence**: mine" in card
    assert "| 0.9 | 12.0 | 3.0 | 50 / 30 / 20 |" in card
    assert "| Road |" in card
    assert publish_run(run, tmp_path / "models", wanted).name == "My-street-2.safetensors"


def test_a_stop_file_ends_a_run_and_one_from_before_does_not(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "long.toml"
    recipe.write_text(small_recipe(tmp_path / "CamVid", steps=500), encoding="utf-8")
    folder = tmp_path / "stopped"
    write = EventLog.write

    def stop_at_two(self: EventLog, event: str, **values: object) -> None:
        write(self, event, **values)
        if event == "step" and values["step"] == 2:
            (folder / STOP_FILE).write_bytes(b"")

    monkeypatch.setattr(EventLog, "write", stop_at_two)
    assert main(["train", str(recipe), "--run", str(folder), "--threads", "1", "--device", "cpu"]) == 130
    events = list(read_events(folder))
    assert (events[-1]["event"], events[-1]["outcome"], events[-1]["step"]) == ("end", "stopped", 2)
    monkeypatch.undo()
    # Killed before its first checkpoint, it begins again; the old order to stop is forgotten.
    (folder / "checkpoints" / "last.pt").unlink()
    text = (folder / "recipe.json").read_text(encoding="utf-8").replace("500", "2")
    (folder / "recipe.json").write_text(text, encoding="utf-8")
    (folder / STOP_FILE).write_bytes(b"")
    assert main(["train", "--resume", str(folder), "--threads", "1", "--device", "cpu"]) == 0
    assert [event["event"] for event in read_events(folder)].count("started") == 2


def test_a_run_without_weights_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no validated weights yet"):
        publish_run(tmp_path, tmp_path / "models", Publication(name="x"))


def test_weights_of_other_classes_are_taken_as_far_as_they_fit(run: Path, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(run / "checkpoints" / "best.safetensors")
    path = tmp_path / "eleven.safetensors"
    write_checkpoint(path, checkpoint.tensors, checkpoint.info)
    network = build_network("lc-mobilenetv2", num_classes=5)
    with pytest.raises(CheckpointError, match="shapes differ"):
        start_from(network, path)
    missing, unused = start_from(network, path, other_classes=True)
    assert "classifier.weight" in missing
    assert "classifier.weight" in unused
    assert torch.equal(network.state_dict()["features.0.0.weight"], checkpoint.tensors["features.0.0.weight"])


def test_a_cut_off_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    EventLog(tmp_path).write("started", step=0)
    with (tmp_path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "st')
    log = EventLog(tmp_path)
    log.write("resumed", step=0)
    log.write("step", step=1)
    assert [event["event"] for event in read_events(tmp_path)] == ["started", "resumed", "step"]


def test_probes_are_spread_and_never_more_than_there_are() -> None:
    assert probe_places(100, 6) == (0, 20, 40, 59, 79, 99)
    assert probe_places(2, 6) == (0, 1)
    assert probe_places(5, 0) == ()


def test_damaged_mistakes_are_refused_and_nothing_in_them_runs(tmp_path: Path) -> None:
    counter = MistakeCounter(3)
    truth = np.array([[0, 1, 255, 2]], dtype=np.uint8)
    counter.add("a", truth, {"final": np.array([[0, 2, 1, 2]], dtype=np.uint8)})
    save_mistakes(tmp_path, 7, counter.mistakes())
    path = mistakes_file(tmp_path, 7)
    assert load_mistakes(path).matrix(0).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="cannot be read"):
        load_mistakes(path)
    cells = np.array([[0, 0, 9, 0, 1]], dtype=np.int32)
    np.savez(path, systems=np.array(["final"]), images=np.array(["a"]), cells=cells, classes=np.array(3))
    with pytest.raises(DataError, match="does not fit together"):
        load_mistakes(path)
    np.savez(path, systems=np.array([print], dtype=object), images=np.array(["a"]), cells=cells, classes=np.array(3))
    with pytest.raises(DataError, match="cannot be read"):
        load_mistakes(path)


def test_an_estimate_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "small.toml"
    recipe.write_text(small_recipe(tmp_path, steps=100), encoding="utf-8")
    assert main(["train", str(recipe), "--estimate", "--classes", "11", "--threads", "1", "--device", "cpu"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [phase["name"] for phase in table["phases"]] == ["stage 1", "all"]
    assert table["seconds"] == pytest.approx(sum(phase["seconds"] for phase in table["phases"]))
    assert table["phases"][0]["seconds"] == pytest.approx(100 * table["phases"][0]["seconds_a_step"])
    assert table["memory_mb"] > 100
