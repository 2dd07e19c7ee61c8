"""The program leaves when the system asks it to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.desktop, pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")]
ROOT = Path(__file__).resolve().parents[2]

# Sends the signal as soon as the window's handler is in place, while torch and the model are still being loaded.
_PROGRAM = """
import os, signal, sys, threading, time
number, samples = int(sys.argv[1]), sys.argv[2]
def send():
    plain = signal.getsignal(number)
    while signal.getsignal(number) is plain:
        time.sleep(0.01)
    time.sleep(0.5)
    print(time.time(), flush=True)
    os.kill(os.getpid(), number)
threading.Thread(target=send, daemon=True).start()
from app.shell.entry import main
sys.exit(main([samples]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_within_four_seconds(number: signal.Signals, samples: Path, tmp_path: Path) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "RHOSCOPE_SETTINGS": str(tmp_path / "settings.ini")}
    outcome = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(int(number)), str(samples)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    took = time.time() - float(outcome.stdout.split()[0])
    assert took < 4.0, outcome.stderr
    assert outcome.returncode == 0, outcome.stderr
    assert "Traceback" not in outcome.stderr
