"""The recorded session on real photos with the bundled model, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.labels.formats.registry import FORMATS
from engine.resources import resource_path
from tests.conftest import ROOT

pytestmark = [pytest.mark.desktop, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.skipif(not resource_path("models/lc-mobilenetv2.safetensors").is_file(), reason="no bundled model")
def test_a_session_with_keys_alone_ends_where_it_is_opened_again(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("cat.jpg", "dogs.jpg"):
        shutil.copy(resource_path("samples") / name, photos)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.desktop.session", str(photos), str(tmp_path / "pictures")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["before"] == report["after"]
    assert report["before"]["undo"] == 8
    assert len(report["before"]["models"]) == 1
    assert report["learning"]["steps"] == 3
    assert set(report["files"]) == set(FORMATS)
    assert all(count >= 3 for count in report["files"].values())
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 7
