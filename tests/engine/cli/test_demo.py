"""rhoscope demo: everything for the samples, with one sheet to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from engine.cli import predict
from engine.cli.main import main
from tests.engine.cli.fake_model import FakeModel


def test_demo_writes_everything(
    tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeModel()
    monkeypatch.setattr(predict, "open_model", fake.open)
    out = tmp_path / "out"
    assert main(["demo", "--out", str(out), "--precision", "fp32"]) == 0
    photos = sorted(path.stem for path in samples.glob("*.jpg"))
    assert len(photos) == 6
    for stem in photos:
        for suffix in (".png", ".stage.png", ".confidence.png", ".overlay.jpg"):
            assert (out / f"{stem}{suffix}").is_file()
    with Image.open(out / "contact_sheet.png") as sheet:
        assert sheet.height > 6 * 150
    report = json.loads((out / "statistics.json").read_text(encoding="utf-8"))
    assert sorted(Path(image["path"]).stem for image in report["images"]) == photos
    assert fake.choices[0].precision == "fp32"
    assert "contact_sheet.png" in capsys.readouterr().err
