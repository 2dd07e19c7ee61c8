"""rhoscope analyse on a small VOC folder, and rhoscope report on what it and the others write."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.engine.cli.scored_model import use_voc_model
from tests.engine.data.voc_folder import write_voc


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_voc_model(monkeypatch)
    return write_voc(tmp_path / "VOC2012", val=("a", "b", "c"))


def test_one_pass_gives_numbers_tables_and_figures(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["analyse", "--root", str(root), "--out", str(out), "--rhos", "1", "0.08", "--images", "2"]) == 0
    data = json.loads((out / "analysis.json").read_text())
    assert (data["kind"], data["images"], data["rho"]) == ("analyse", 2, 0.08)
    assert [row["rho"] for row in data["rows"]] == [1, 0.08]
    # Row ρ = 0.08 is the one that the head of the file speaks of, and ρ = 1 is the last stage alone.
    assert data["mIoU"] == data["rows"][1]["mIoU"]
    assert data["rows"][0]["mIoU"] == data["stages"][2]["mIoU"]
    assert len(data["difficulty"]["sets"]) == len(data["stage_classes"]["decided"]) == 21
    text = (out / "analysis.md").read_text(encoding="utf-8")
    assert "published" not in text.lower()
    pictures = re.findall(r"\(([^()]+\.png)\)", text)
    assert len(pictures) == 6
    assert all((out / picture).stat().st_size > 5000 for picture in pictures)


def test_a_corrupt_image_is_named(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "JPEGImages" / "b.jpg").write_bytes(b"")
    assert main(["analyse", "--root", str(root), "--out", str(tmp_path / "out"), "--rhos", "1"]) == 1
    assert "left out: b" in capsys.readouterr().err


def test_report_reads_what_the_commands_write(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {name: tmp_path / f"{name}.json" for name in ("eval", "sweep")}
    assert main(["eval", "--root", str(root), "--images", "1", "--json", str(files["eval"])]) == 0
    assert main(["sweep", "--root", str(root), "--images", "1", "--rhos", "1", "0", "--json", str(files["sweep"])]) == 0
    assert main(["analyse", "--root", str(root), "--images", "1", "--rhos", "1", "--out", str(tmp_path / "a")]) == 0
    inputs = [f"dsn={files['eval']}", str(files["sweep"]), str(tmp_path / "a" / "analysis.json")]
    capsys.readouterr()
    assert main(["report", *inputs, "--out", str(tmp_path / "out"), "--title", "Mine"]) == 0
    assert "not in the report: training curves" in capsys.readouterr().err
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# Mine")
    for title in ("Fig. 1", "Table 1", "Table 2", "Table 3", "Tables 4", "Fig. 5", "Fig. 7b"):
        assert title in text


def test_report_names_what_it_cannot_read_and_uses_the_rest(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.json"
    main(["sweep", "--root", str(root), "--images", "1", "--rhos", "1", "--json", str(file)])
    assert main(["report", str(file), str(tmp_path / "gone.json"), "--out", str(tmp_path / "out")]) == 1
    assert "gone.json" in capsys.readouterr().err
    assert (tmp_path / "out" / "report.md").exists()
    assert main(["report", str(tmp_path / "gone.json"), "--out", str(tmp_path / "other")]) == 1
    assert not (tmp_path / "other").exists()
