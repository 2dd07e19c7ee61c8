"""Leaving improbable classes out of the CRF, measured on a data set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.benchmarks.crf_pruning import measure_pruning
from engine.cli.main import main
from engine.data.opening import open_dataset
from engine.refine import PRESETS, crf_missing
from engine.refine.backends import chosen_backend
from tests.engine.cli.scored_model import use_voc_model, voc_model
from tests.engine.data.voc_folder import write_voc

pytestmark = pytest.mark.skipif(crf_missing("auto") is not None, reason="there is no CRF here")


def test_the_command_counts_every_pixel_and_names_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_voc_model(monkeypatch)
    root = write_voc(tmp_path / "VOC2012", val=("a", "b", "broken"))
    (root / "JPEGImages" / "broken.jpg").write_bytes(b"no picture")
    target = tmp_path / "pruning.json"
    assert main(["bench", "pruning", "--root", str(root), "--threads", "1", "--json", str(target)]) == 1
    found = json.loads(target.read_text(encoding="utf-8"))
    assert (found["images"], found["failed"], found["complete"]) == (2, ["broken"], True)
    assert found["pixels"] == 2 * 64 * 80
    # The untrained model thinks every class possible.
    assert (found["kept"], found["changed"]) == (21, 0)
    assert found["mean_iou_pruned"] == found["mean_iou_all"]
    assert main(["bench", "pruning", "--root", str(root), "--images", "1"]) == 0
    assert "21.0 of 21 classes" in capsys.readouterr().out


def test_classes_of_a_sure_model_are_left_out(tmp_path: Path) -> None:
    model = voc_model()
    with torch.no_grad():
        for parameter in model.cascade.network.parameters():
            parameter *= 4.0
    data = open_dataset(write_voc(tmp_path / "VOC2012", val=("a", "b")), split="val")
    found = measure_pruning(
        model, data, indices=(0, 1), rho=1.0, parameters=PRESETS["deeplab_v1"],
        backend=chosen_backend("auto", free_share=1.0),
    )  # fmt: skip
    assert found.kept < found.classes
    assert found.changed <= 0.01 * found.pixels
    assert found.mean_iou_pruned == pytest.approx(found.mean_iou_all, abs=1.0)
