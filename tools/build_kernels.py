"""Compiles the kernels of region convolution into engine/cascade/kernels/. Does nothing where they are up to date.

    python3 tools/build_kernels.py

Standard library only. Without a C++ compiler, or on a processor for which there are none, the program runs on PyTorch's
own operators.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "engine" / "cascade" / "kernels"
LIBRARY = FOLDER / "region_kernels.library"  # not .so: Python would take that for a module
STAMP = FOLDER / "region_kernels.built"
FLAGS = ("-O3", "-std=c++17", "-fPIC", "-shared", "-fopenmp", "-Wno-maybe-uninitialized")
COMPILERS = ("g++", "c++")


@dataclass(frozen=True)
class Outcome:
    """built: whether there is a library of these sources now; done: whether it was made just now."""

    built: bool
    done: bool = False
    reason: str = ""


def build() -> Outcome:
    """Compiles where that is possible and needed; a failure leaves no library."""
    if platform.machine() not in ("x86_64", "AMD64") or os.name == "nt":
        return Outcome(built=False, reason=f"there are none for {platform.system()} on {platform.machine()}")
    wanted = fingerprint()
    if LIBRARY.is_file() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return Outcome(built=True)
    compiler = next((path for name in COMPILERS if (path := shutil.which(name))), None)
    LIBRARY.unlink(missing_ok=True)
    if compiler is None:
        return Outcome(built=False, reason="no C++ compiler: apt-get install g++")
    # Written beside and moved: a program that runs meanwhile keeps the former one.
    new = LIBRARY.with_suffix(f".{os.getpid()}")
    command = [compiler, *FLAGS, "-o", str(new), *map(str, sorted(FOLDER.glob("*.cpp")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        new.unlink(missing_ok=True)
        said = done.stderr.strip().splitlines() or [f"{compiler} ended with code {done.returncode}"]
        return Outcome(built=False, done=True, reason=next((line for line in said if "error" in line), said[0]))
    new.replace(LIBRARY)
    STAMP.write_text(wanted, encoding="utf-8")
    return Outcome(built=True, done=True)


def fingerprint() -> str:
    """Changes with the sources and with how they are compiled."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for source in sorted([*FOLDER.glob("*.cpp"), *FOLDER.glob("*.h")]):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    outcome = build()
    if not outcome.built:
        sys.exit(f"No kernels for regions: {outcome.reason}")
    print(f"{LIBRARY.relative_to(FOLDER.parents[2])} {'compiled' if outcome.done else 'is up to date'}")
