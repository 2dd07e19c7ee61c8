"""Builds dist/rhoscope/ with PyInstaller and runs the tests of the built program."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from setup_environment import ROOT, shown  # type: ignore[import-not-found]  # run as a script

LOG = ROOT / "build" / "package.log"
BUILT = ROOT / "dist" / "rhoscope"


def main() -> int:
    began = time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    print(f"Building {shown(BUILT)}/ (a few minutes) ... ", end="", flush=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN", "build.spec"]
    with LOG.open("w", encoding="utf-8") as log:
        code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    if code != 0:
        print("failed")
        print("\n".join(LOG.read_text(encoding="utf-8").splitlines()[-12:]))
        print(f"The whole report stands in {shown(LOG)}")
        return 1
    files = [file for file in BUILT.rglob("*") if file.is_file() and not file.is_symlink()]
    size = sum(file.stat().st_size for file in files)
    print(f"{time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB in {len(files)} files")
    print("Checking the built program", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/packaged"],
        cwd=ROOT,
        env={**os.environ, "RHOSCOPE_PACKAGED": str(BUILT)},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
