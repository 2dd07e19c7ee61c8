"""Ctrl+C on a real process: it leaves at once, with what is done written and nothing half done."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.data.label_files import read_label_map
from tests.conftest import ROOT
from tests.engine.data.files import save

SCRIPT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
from engine.cli import predict
from engine.cli.main import main
from tests.engine.cli.fake_model import FakeModel

predict.open_model = FakeModel(before=lambda rgb: time.sleep(0.2)).open
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send on Windows")
def test_ctrl_c(tmp_path: Path) -> None:
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    for i in range(200):
        save(photos / f"{i}.png", np.zeros((8, 8, 3), dtype=np.uint8))
    command = ["predict", str(photos), "--out", str(out), "--json", "-"]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *command],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (out / "1.png").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "stopped" in said
    assert "Traceback" not in said
    report = json.loads(output)
    done = [Path(image["path"]).stem for image in report["images"]]
    assert 2 <= len(done) < 200
    # An image interrupted after its label map was written is on the disk, but not among those reported as done.
    assert set(done) <= {path.stem for path in out.iterdir()}
    assert all(path.suffix == ".png" and read_label_map(path).shape == (8, 8) for path in out.iterdir())
