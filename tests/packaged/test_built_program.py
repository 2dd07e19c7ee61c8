"""What a person without Python gets: the folder that `make package` made."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.packaged, pytest.mark.timeout(300)]

# Saves a picture of the whole screen and prints how many of its pixels have exactly the colour of the class cat. Run by
# the interpreter of the tests, on the display of the program.
_LOOK = """
import sys
from PySide6.QtGui import QGuiApplication, QImage
app = QGuiApplication(["look", "-platform", "xcb"])
picture = app.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGB32)
picture.save(sys.argv[1])
print(memoryview(picture.constBits()).cast("I").tolist().count(0xFF400000))
"""


def run(built: Path, *arguments: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(built), *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=240, check=False
    )


def test_checks_itself(built, bare_environment, tmp_path):
    done = run(built, "self-check", "--json", "-", cwd=tmp_path, env=bare_environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"], [step for step in report["steps"] if not step["ok"]]


def test_segments_a_photo_and_refines_it_in_a_worker_process(built, bare_environment, samples, tmp_path):
    photo = tmp_path / "Ünïcode cat.jpg"
    shutil.copy(samples / "cat.jpg", photo)
    done = run(
        built, "predict", str(photo), "--out", "out", "--crf", "hard", "--json", "-", cwd=tmp_path, env=bare_environment
    )
    assert done.returncode == 0, done.stderr
    image = json.loads(done.stdout)["images"][0]
    assert image["error"] is None
    assert image["milliseconds"]["crf"] > 0
    assert sum(image["shares"]) == pytest.approx(1.0)
    assert (tmp_path / "out" / f"{photo.stem}.png").stat().st_size > 100
    classes = {name: share for name, share in image["classes"].items() if name != "background"}
    assert max(classes, key=classes.__getitem__) == "cat"


def test_bad_input_is_named(built, bare_environment, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture", encoding="utf-8")
    done = run(built, "predict", "text.jpg", "--out", "out", cwd=tmp_path, env=bare_environment)
    assert done.returncode == 1
    assert "text.jpg" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual X display of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs a virtual display: apt-get install xvfb")
    reader, writer = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writer)
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        yield f":{number}"
        server.terminate()


def test_opens_its_window_on_a_photo_and_leaves_when_asked(built, bare_environment, display, samples, tmp_path):
    environment = {**bare_environment, "DISPLAY": display}
    with (tmp_path / "said").open("w") as said, started(built, samples / "cat.jpg", environment, said) as program:
        deadline = time.monotonic() + 90
        # The list of classes shows it as soon as the photo is segmented; in the photo itself it does not occur.
        while cat_coloured(display, tmp_path / "window.png") < 20:
            assert program.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < deadline, f"no cat was found, see {tmp_path / 'window.png'}"
            time.sleep(1)
        program.send_signal(signal.SIGTERM)
        assert program.wait(15) == 0
    assert "Traceback" not in (tmp_path / "said").read_text()


@contextlib.contextmanager
def started(built: Path, photo: Path, env: dict[str, str], said) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([str(built), str(photo)], env=env, stdout=said, stderr=said) as program:
        try:
            yield program
        finally:
            program.kill()


def cat_coloured(display: str, picture: Path) -> int:
    looked = subprocess.run(
        [sys.executable, "-c", _LOOK, str(picture)],
        env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(looked.stdout)
