"""Commands on a network of one stage: the documented JSON with the one stage that exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.cli.main import main
from tests.engine.cascade.one_stage import one_stage_model
from tests.engine.data.voc_folder import write_voc


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.loading.load_model", lambda *_, **__: one_stage_model(stride=4))


def run_json(tmp_path: Path, *arguments: object) -> dict[str, Any]:
    file = tmp_path / "report.json"
    assert main([*map(str, arguments), "--json", str(file)]) == 0
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report


def test_predict(tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)).save(photo)
    out = tmp_path / "out"
    report = run_json(
        tmp_path, "predict", photo, "--out", out, "--stages", "--overlay", "--contact-sheet", out / "sheet.png"
    )
    (image,) = report["images"]
    assert (image["shares"], image["rho"]) == ([1.0], [])
    assert set(image["milliseconds"]) == {"decode", "stage1", "merge", "crf", "encode", "total"}
    with Image.open(out / "a.stage.png") as stage:
        assert np.array_equal(np.array(stage), np.ones((50, 70)))
    assert (out / "sheet.png").is_file()


@pytest.mark.parametrize("views", [(), ("--scales", 0.5, 1, "--flip")])
def test_eval(tmp_path: Path, views: tuple[object, ...]) -> None:
    root = write_voc(tmp_path / "VOC2012", val=("a", "b"))
    report = run_json(tmp_path, "eval", "--root", root, *views)
    assert report["shares"] == [1.0]
    assert set(report["milliseconds"]) == {"median", "p95", "stage1"}
    assert [stage["stage"] for stage in report["stages"]] == [1]
    assert report["stages"][0]["mIoU"] == report["mIoU"]


def test_sweep_gives_every_rho_the_same_scores(tmp_path: Path) -> None:
    root = write_voc(tmp_path / "VOC2012", val=("a",))
    rows = run_json(tmp_path, "sweep", "--root", root, "--rhos", 1, 0.5)["rows"]
    assert [row["shares"] for row in rows] == [[1.0], [1.0]]
    assert rows[0]["mIoU"] == rows[1]["mIoU"]
    assert all(len(row["stages_ms"]) == 1 for row in rows)


def test_analyse_and_report(tmp_path: Path) -> None:
    root, out = write_voc(tmp_path / "VOC2012", val=("a",)), tmp_path / "out"
    assert main([str(a) for a in ("analyse", "--root", root, "--rhos", 1, 0.5, "--out", out)]) == 0
    analysis = json.loads((out / "analysis.json").read_text(encoding="utf-8"))
    assert analysis["shares"] == [1.0]
    assert main(["report", str(out / "analysis.json"), "--out", str(tmp_path / "report")]) == 0
    assert (out / "analysis.md").is_file()
