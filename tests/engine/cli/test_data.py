"""rhoscope data: what people and scripts get from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.datasets import DATASETS
from engine.cli.main import main
from engine.data.opening import AUTO, LAYOUTS
from tests.engine.data.voc_folder import write_voc


def test_the_options_name_every_layout() -> None:
    assert set(DATASETS) == {AUTO, *LAYOUTS}


def test_check_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_voc(tmp_path / "VOC2012", val=["a", "b"])
    assert main(["data", "check", "--root", str(tmp_path), "--json", "-"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["dataset"], report["split"], report["pairs"], report["problems"]) == ("voc", "val", 2, [])
    images = {row["name"]: row["images"] for row in report["classes"]}
    assert (images["background"], images["cat"], images["dog"], images["sheep"]) == (2, 1, 1, 0)
    assert "PASCAL VOC data in" in err
    assert "no problems" in err


def test_check_ends_with_1_and_names_files_where_there_are_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_voc(tmp_path / "VOC2012", val=["a", "b"])
    Image.fromarray(np.full((64, 80), 30, dtype=np.uint8)).save(root / "SegmentationClass" / "b.png")
    target = tmp_path / "report.json"
    assert main(["data", "check", "--dataset", "voc", "--root", str(root), "--json", str(target)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "b.png: label values outside the class table: 30 (5120 pixels)" in err
    assert "(not in the table)" in err
    (problem,) = json.loads(target.read_text(encoding="utf-8"))["problems"]
    assert (problem["kind"], Path(problem["path"]).name) == ("ids outside the table", "b.png")


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--split", "minival"], 1, "did you mean val?"),
        (["--list", "nix.txt"], 1, "nix.txt: the list cannot be read"),
        (["--list", "nix.txt", "--split", "train"], 2, "not allowed with"),
        (["--dataset", "coco"], 2, "invalid choice"),
    ],
)
def test_wrong_names_are_said(
    tmp_path: Path, arguments: list[str], code: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_voc(tmp_path / "VOC2012", val=["a"])
    assert main(["data", "check", "--root", str(tmp_path), *arguments]) == code
    assert reason in capsys.readouterr().err


def test_convert_sbd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    io = pytest.importorskip("scipy.io")
    (tmp_path / "cls").mkdir()
    io.savemat(tmp_path / "cls" / "x.mat", {"GTcls": {"Segmentation": np.full((2, 3), 15, dtype=np.uint8)}})
    (tmp_path / "cls" / "broken.mat").write_bytes(b"x")
    assert main(["data", "convert-sbd", str(tmp_path), str(tmp_path / "out")]) == 1
    err = capsys.readouterr().err
    assert "broken.mat" in err
    assert "1 label maps of SBD converted" in err
    with Image.open(tmp_path / "out" / "x.png") as image:
        assert np.array(image).tolist() == [[15] * 3] * 2
