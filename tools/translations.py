"""Keeps the translations in step with the program.

python -m tools.translations update     takes new texts of app/ into the .ts file and drops those that are gone
python -m tools.translations compile    makes the .qm file that the program loads
python -m tools.translations missing    lists what is not translated; exit code 1 where something is
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "resources" / "translations" / "rhoscope_zh_CN.ts"


def _tool(name: str, *arguments: str) -> None:
    subprocess.run([str(Path(sys.executable).parent / f"pyside6-{name}"), *arguments], check=True, cwd=ROOT)


def sources() -> list[str]:
    """Every module of the app, in a stable order, relative to the root."""
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "app").rglob("*.py"))]


def update(target: Path = SOURCE) -> None:
    # Without line numbers: they would change with every commit.
    _tool("lupdate", "-silent", "-no-obsolete", "-locations", "none", *sources(), "-ts", str(target))


def compile_(source: Path = SOURCE) -> None:
    _tool("lrelease", "-silent", str(source), "-qm", str(source.with_suffix(".qm")))


def untranslated(source: Path = SOURCE) -> list[tuple[str, str]]:
    """Context and text of every message without a finished translation."""
    found = []
    for context in ElementTree.parse(source).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            # Texts with a number have a form for each plural, in Chinese one.
            words = "" if translation is None else "".join(translation.itertext()).strip()
            if translation is None or translation.get("type") == "unfinished" or not words:
                found.append((context.findtext("name") or "", message.findtext("source") or ""))
    return found


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_()
        case ["missing"]:
            pass
        case _:
            print(__doc__)
            return 2
    missing = untranslated()
    for context, text in missing:
        print(f"{context}: {text}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
