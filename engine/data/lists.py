"""List files: one image a line, alone or followed by its label file."""

from __future__ import annotations

from pathlib import Path

from engine.errors import DataError


def read_lines(path: Path) -> list[str]:
    """The lines that hold something, without surrounding blanks.

    Raises:
        DataError: the file is missing, unreadable or empty.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the list cannot be read: {error}", path=path, cure="check its name") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError("the list is empty", path=path)
    return lines


def below(root: Path, entry: str) -> Path:
    """The file that an entry of a list names: below the root, also with a leading slash, or a whole path."""
    inside = root / entry.lstrip("/")
    whole = Path(entry)
    return whole if whole.is_absolute() and not inside.exists() and whole.exists() else inside


def names_a_file(entry: str) -> bool:
    """Whether an entry is a path or a file name, not a bare id."""
    return "/" in entry or "\\" in entry or Path(entry).suffix.lower() in (".png", ".jpg", ".jpeg")
