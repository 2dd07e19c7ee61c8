"""Runs pytest and keeps watch over it; arguments go to pytest.

A test that does not come back from native code is ended by no time limit of Python's: the run would stand still until
somebody looks. Here it is ended after a while, with the stacks of its threads, and said by name; then all tests run
once more, since what brings that about, a disk or a machine that stands still, passes. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VARIABLE = "RHOSCOPE_RUNNING_TEST"  # names the file into which tests/conftest.py writes which test it begins
LONGEST_SECONDS = 1000.0  # the longest limit of a test is 900
_GOODBYE_SECONDS = 30.0
_RUNS = 2


def main(arguments: list[str]) -> int:
    lost: list[str] = []
    for _ in range(_RUNS):
        code, test = watched(arguments)
        if test is None:
            break
        lost.append(test)
        print(f"\n{test} did not come back for {LONGEST_SECONDS:.0f} s and was ended", flush=True)
    for test in lost:
        print(f"An earlier run was ended because it did not come back: {test}")
    return code


def watched(arguments: list[str], *, longest: float = LONGEST_SECONDS) -> tuple[int, str | None]:
    """One run of pytest.

    Returns:
        Its exit code, and the test that had to be ended; None where it ended by itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        running = Path(folder) / "test"
        running.write_text("what comes before the first test", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            env={**os.environ, VARIABLE: str(running)},
            start_new_session=True,
        )
        try:
            while True:
                try:
                    return process.wait(1.0), None
                except subprocess.TimeoutExpired:
                    if time.time() - running.stat().st_mtime > longest:
                        return 1, running.read_text(encoding="utf-8")
        except KeyboardInterrupt:
            # It is not of the terminal's group; pytest says how far it came.
            process.send_signal(signal.SIGINT)
            return process.wait(_GOODBYE_SECONDS), None
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # faulthandler, which pytest turns on, prints the stacks first.
    process.send_signal(signal.SIGABRT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10.0)
    # With what its tests had started.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5.0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # ends pytest, too
    sys.exit(main(sys.argv[1:]))
