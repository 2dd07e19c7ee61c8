"""Makes the project's virtual environment, .venv/, and installs what a task needs. Does nothing where it is up to date.

    python3 tools/setup_environment.py {run,test,package}

Standard library only: this is what runs before anything is installed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is started by whatever python3 is
    version = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(f"Rhoscope needs Python 3.11 or newer, this is {version}. Name another one: make PYTHON=python3.11 run")

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sysconfig
import time
import tomllib
import venv
from pathlib import Path
from typing import Any

from build_kernels import build  # type: ignore[import-not-found]  # run as a script
from system_libraries import qt_lacks  # type: ignore[import-not-found]  # run as a script

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOG = ENVIRONMENT / "setup.log"
EXTRAS = {"run": (), "test": ("test", "dev"), "package": ("package", "test")}


def main() -> int:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in EXTRAS:
        print(__doc__)
        return 2
    began = time.monotonic()
    fresh = make_environment()
    done = install_program(EXTRAS[purpose])
    done |= install_crf(talk=fresh or done)
    done |= build_kernels(talk=fresh or done)
    if not check_libraries():
        return 1
    if done:
        print(f"Ready after {time.monotonic() - began:.0f} s: {shown(program('rhoscope'))}")
    return 0


def program(name: str) -> Path:
    """A program of the environment."""
    if os.name == "nt":
        return ENVIRONMENT / "Scripts" / f"{name}.exe"
    return ENVIRONMENT / "bin" / name


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def site_packages() -> Path:
    base = {"base": str(ENVIRONMENT), "platbase": str(ENVIRONMENT)}
    return Path(sysconfig.get_path("purelib", scheme="nt" if os.name == "nt" else "posix_prefix", vars=base))


def make_environment() -> bool:
    """True when it was made, or made anew because its interpreter is gone or another one was asked for."""
    if works(program("python")):
        return False
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("Python's module venv is incomplete here: apt-get install python3-venv")
    print(f"Making the virtual environment {shown(ENVIRONMENT)}/ with Python {sys.version.split()[0]}")
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(ENVIRONMENT)
    return True


def works(python: Path) -> bool:
    if not python.exists():
        return False
    asked = [str(python), "-c", "import pip, sys; print(sys.version_info[:2] == " + repr(sys.version_info[:2]) + ")"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == "True"


def install_program(extras: tuple[str, ...]) -> bool:
    """Installs the program with the extras; True when there was something to do."""
    done = False
    if not is_stamped("base"):
        torch = next(r for r in requirements() if r.startswith("torch=="))
        # Asked for alone and at its pin, so that pip takes the build that the machine offers for it, a CPU build
        # included, before another package's wider wish decides.
        step(f"Installing {torch.replace('==', ' ')}", "install", torch)
        step("Installing Rhoscope, Qt and OpenCV", "install", "--editable", str(ROOT))
        stamp("base")
        done = True
    for extra in extras:
        if not is_stamped(extra):
            step(f"Installing tools ({extra})", "install", *requirements(extra))
            if extra == "test":
                step("Installing what metrics are compared with", "install", "--no-deps", *requirements("oracle"))
            stamp(extra)
            done = True
    return done


def install_crf(*, talk: bool) -> bool:
    """Builds pydensecrf2 where that is possible; where not, the lattice in torch serves, which is said once."""
    if is_stamped("crf"):
        return False
    lacks = building_lacks()
    if lacks:
        if talk:
            print(f"No {lacks[0]}: the CRF runs on the lattice in torch. To have the package pydensecrf2 too:")
            print(f"    apt-get install {lacks[1]} && make run")
        return False
    if is_stamped("crf-failed") and not talk:
        return False
    asked = requirements("crf")
    if step("Building the CRF (pydensecrf2)", "install", *asked, optional=True):
        stamp("crf")
        return True
    print(f"The CRF runs on the lattice in torch; why pydensecrf2 did not build stands in {shown(LOG)}")
    stamp("crf-failed")
    return True


def build_kernels(*, talk: bool) -> bool:
    """Compiles the kernels of region convolution where that is possible; where not, PyTorch's operators serve."""
    began = time.monotonic()
    outcome = build()
    if outcome.done and outcome.built:
        print(f"Compiling the kernels for regions ... {time.monotonic() - began:.0f} s")
    elif not outcome.built and (talk or outcome.done):
        print(f"Regions are computed by PyTorch, more slowly: {outcome.reason}")
    return bool(outcome.done)


def building_lacks() -> tuple[str, str] | None:
    """What is missing to build an extension in C++ and the Debian package that brings it."""
    compilers = [os.environ.get("CXX", "").split(" ")[0], "g++", "c++", "clang++", "cl"]
    if not any(name and shutil.which(name) for name in compilers):
        return "C++ compiler", "g++"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "header files of Python", "python3-dev"
    return None


def check_libraries() -> bool:
    """Names what Qt needs from the system even to draw off screen."""
    missing, packages = qt_lacks(site_packages(), platform="offscreen")
    if not missing:
        return True
    print(f"Qt needs libraries that this system does not have: {', '.join(missing)}")
    if packages:
        print(f"    apt-get install {' '.join(packages)}")
    return False


def step(title: str, *arguments: str, optional: bool = False) -> bool:
    """One run of pip, its words in the log file; ends the program when it fails, unless optional."""
    print(f"{title} ... ", end="", flush=True)
    began = time.monotonic()
    command = [str(program("python")), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        code = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=ROOT, check=False
        ).returncode
    print(f"{time.monotonic() - began:.0f} s" if code == 0 else "failed")
    if code != 0 and not optional:
        print("\n".join(LOG.read_text(encoding="utf-8").splitlines()[-12:]))
        sys.exit(f"The whole report stands in {shown(LOG)}")
    return code == 0


def requirements(extra: str = "") -> list[str]:
    """What pyproject.toml lists for the program itself or for one of its extras."""
    project = project_table()
    listed: list[str] = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return listed


def project_table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def stamp(part: str) -> None:
    stamp_file(part).write_text(fingerprint(), encoding="utf-8")


def is_stamped(part: str) -> bool:
    file = stamp_file(part)
    return file.exists() and file.read_text(encoding="utf-8") == fingerprint()


def stamp_file(part: str) -> Path:
    return ENVIRONMENT / f"installed-{part}"


def fingerprint() -> str:
    """Changes with what is asked for, the interpreter and the folder: each asks for another installation."""
    facts = [project_table(), sys.version, str(ROOT)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
