"""rhoscope eval and sweep on a small VOC folder."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.main import main
from engine.cli.scoring import chosen_images, progress_bar
from engine.data.label_files import read_label_map
from engine.evaluation.confusion import ConfusionMatrix
from tests.engine.cli.scored_model import use_voc_model
from tests.engine.data.voc_folder import write_voc

NAMES = ("a", "b", "c")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_voc_model(monkeypatch)
    return write_voc(tmp_path / "VOC2012", val=NAMES)


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    code = main([str(argument) for argument in arguments])
    out, said = capsys.readouterr()
    return code, json.loads(out) if out else {}, said


def test_eval_reports_every_key_and_keeps_the_label_maps_it_scored(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report, said = _run(capsys, "eval", "--root", root, "--out", tmp_path / "maps", "--json", "-")
    assert code == 0
    assert "mIoU" in said
    assert report["model"] == "tiny"
    assert (report["dataset"], report["split"], report["images"]) == ("voc", "val", 3)
    assert report["partial"] is False
    assert sum(report["shares"]) == pytest.approx(1.0)
    assert 0 < report["shares"][0] < 1
    assert set(report["milliseconds"]) == {"median", "p95", "stage1", "stage2", "stage3"}
    matrix = ConfusionMatrix(21)
    for name in NAMES:
        truth = read_label_map(root / "SegmentationClass" / f"{name}.png")
        matrix.add(truth, read_label_map(tmp_path / "maps" / f"{name}.png"))
    scores = matrix.scores()
    assert report["mIoU"] == pytest.approx(100 * scores.mean_iou, abs=1e-3)
    assert report["frequency_weighted_IoU"] == pytest.approx(100 * scores.frequency_weighted_iou, abs=1e-3)
    assert report["per_class"]["cat"] == pytest.approx(100 * scores.per_class[8], abs=1e-3)
    absent = [name for name, value in report["per_class"].items() if value is None]
    assert len(absent) == int(np.isnan(scores.per_class).sum()) > 0
    assert 0 <= report["boundary_IoU"] <= 100
    assert [stage["stage"] for stage in report["stages"]] == [1, 2, 3]


def test_sweep_has_a_row_for_each_rho(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sweep.json"
    code, _, _ = _run(capsys, "sweep", "--root", root, "--rhos", 1, 0.08, 0, "--json", file)
    report = json.loads(file.read_text())
    assert code == 0
    assert [row["rho"] for row in report["rows"]] == [1, 0.08, 0]
    assert [row["shares"] for row in report["rows"]][::2] == [[0, 0, 1], [1, 0, 0]]
    assert all(len(row["stages_ms"]) == 3 and row["milliseconds"] > 0 for row in report["rows"])


def test_a_corrupt_image_is_named_and_left_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "JPEGImages" / "b.jpg").write_bytes(b"not a photo")
    code, report, said = _run(capsys, "eval", "--root", root)
    assert code == 1
    assert report["images"] == 2
    assert report["failed"] == ["b"]
    assert "left out: b" in said


def test_views_are_named_in_the_report_and_bad_ones_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = _run(capsys, "eval", "--root", root, "--scales", 0.5, 1, "--flip", "--images", 1)
    assert code == 0
    assert (report["scales"], report["flip"], report["images"]) == ([0.5, 1.0], True, 1)
    code, _, said = _run(capsys, "eval", "--root", root, "--scales", 0)
    assert code == 1
    assert "scales" in said


@pytest.mark.skipif(importlib.util.find_spec("pydensecrf") is None, reason="pydensecrf2 is not installed")
def test_the_crf_refines_what_is_scored(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("eval", "--root", root, "--images", 1)
    _run(capsys, *arguments, "--out", tmp_path / "plain")
    code, report, _ = _run(capsys, *arguments, "--crf", "full", "--out", tmp_path / "refined")
    assert code == 0
    assert report["crf"] == "full"
    before, after = (read_label_map(tmp_path / folder / "a.png") for folder in ("plain", "refined"))
    assert (before != after).any()
    assert _edges(after) < _edges(before)


def _edges(labels: np.ndarray) -> int:
    return int((labels[:, 1:] != labels[:, :-1]).sum())


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
def test_ctrl_c_keeps_the_images_done_and_says_that_they_are_some(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.data.pairs import PairedData

    load = PairedData.load

    def interrupting(self: PairedData, index: int) -> object:
        if index == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return load(self, index)

    monkeypatch.setattr(PairedData, "load", interrupting)
    before = signal.getsignal(signal.SIGINT)
    code, report, said = _run(capsys, "eval", "--root", root)
    assert code == 130
    assert report["partial"] is True
    assert report["images"] == 1
    assert "partial" in said
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--rho", "1.5"), "between 0 and 1"),
        (("--format", "cityscapes", "--out", "{tmp}/x"), "Cityscapes classes"),
        (("--out", "{root}/SegmentationClass"), "data set's own files"),
        (("--split", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_done_is_said(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: tuple[str, ...], said: str
) -> None:
    filled = [word.format(tmp=tmp_path, root=root) for word in extra]
    code, report, text = _run(capsys, "eval", "--root", root, *filled)
    assert code == 1
    assert not report
    assert said in text


def test_images_are_spread_over_the_list() -> None:
    assert chosen_images(10, None) == list(range(10))
    assert chosen_images(10, 20) == list(range(10))
    assert chosen_images(10, 4) == [0, 3, 6, 9]
    assert chosen_images(10, 1) == [0]


def test_the_bar_tells_how_long_it_takes() -> None:
    assert progress_bar(5, 10, seconds=10) == f"[{'#' * 12}{'-' * 12}] 5/10 images  0.5/s  0:10 left"
    assert progress_bar(0, 10, seconds=0).endswith("0.0/s")
