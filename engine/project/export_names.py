"""What images are called in an export, and found by in an import: one rule, so that labels come back to their photo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from engine.project.records import ImageRow


def export_names(rows: Iterable[ImageRow]) -> dict[int, str]:
    """A name for each image of a project, by id, no two alike in lower case.

    It is the file's name without suffix; where several have it, their folders stand before it (day1_img, day2_img), and
    what is alike even then is numbered.
    """
    rows = list(rows)
    stems = Counter(PurePosixPath(row.below).stem.casefold() for row in rows)
    # First those that have their name for themselves: no other may take it.
    ordered = sorted(rows, key=lambda row: stems[PurePosixPath(row.below).stem.casefold()] > 1)
    wanted = []
    for row in ordered:
        path = PurePosixPath(row.below)
        wanted.append(path.stem if stems[path.stem.casefold()] == 1 else "_".join(path.with_suffix("").parts))
    return {row.id: name for row, name in zip(ordered, distinct_names(wanted), strict=True)}


def distinct_names(wanted: Sequence[str]) -> list[str]:
    """The names; those that differ in nothing but case numbered from the second on."""
    taken: set[str] = set()
    names = []
    for first in wanted:
        name, number = first, 1
        while name.casefold() in taken:
            number += 1
            name = f"{first}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def images_by_name(rows: Iterable[ImageRow]) -> dict[str, int]:
    """Image ids by what a label file may be called, in lower case: as exported, else the photo's name alone, of several
    photos the first.
    """
    rows = list(rows)
    found = {name.casefold(): image_id for image_id, name in export_names(rows).items()}
    for row in rows:
        found.setdefault(PurePosixPath(row.below).stem.casefold(), row.id)
    return found
