"""What a person noted of a run: it lies in the run's folder and goes where the folder goes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.data.atomic_file import write_bytes
from engine.jobs.run_folder import REMARKS_FILE


@dataclass(frozen=True)
class Remarks:
    """Attributes:
    title: shown in place of the folder's name; empty = none.
    note: free text.
    tags: single words.
    """

    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


def read_remarks(folder: Path) -> Remarks:
    """None where there are none; what is damaged counts as none."""
    try:
        table = json.loads((folder / REMARKS_FILE).read_bytes())
        return Remarks(str(table["title"]), str(table["note"]), tuple(str(tag) for tag in table["tags"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Remarks()


def write_remarks(folder: Path, remarks: Remarks) -> None:
    """Raises OutputError."""
    write_bytes(folder / REMARKS_FILE, json.dumps(asdict(remarks), ensure_ascii=False, indent=1).encode())


def parsed_tags(text: str) -> tuple[str, ...]:
    """Words of a line, separated by commas or blanks, each once."""
    return tuple(dict.fromkeys(word.lstrip("#") for word in text.replace(",", " ").split() if word.lstrip("#")))
