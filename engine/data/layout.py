"""Recognising a data set's layout below a folder that a person names, which need not be its exact root."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from engine.data.finding import natural_key
from engine.errors import DataError

_DEPTH: Final = 2  # levels below the folder named in which a root is looked for
_FOLDERS: Final = 2000  # looked into at most: the folder named may be a whole home
_SHOWN: Final = 8  # entries of a folder that a message lists


@dataclass(frozen=True)
class Layout:
    """What a data set's files look like on disk.

    Attributes:
        name: as `--dataset` takes it; title: as people call it.
        marks: what its root is known by, in words.
        is_root: whether a folder is such a root.
        splits: the names that `split` may take for a root.
        preferred: name of the folder that is taken where several roots lie side by side.
    """

    name: str
    title: str
    marks: str
    is_root: Callable[[Path], bool]
    splits: Callable[[Path], tuple[str, ...]]
    preferred: str = ""

    def roots_below(self, folder: Path) -> list[Path]:
        """The folder itself, or the roots nearest below it; where several, the preferred one alone."""
        for level in _levels(folder):
            roots = [candidate for candidate in level if self.is_root(candidate)]
            preferred = [root for root in roots if root.name == self.preferred]
            if roots:
                return preferred[:1] or roots
        return []

    def root(self, folder: Path) -> Path:
        """The one root at or below a folder.

        Raises:
            DataError: there is none, or more than one; says what was looked for and what is there.
        """
        check_folder(folder)
        roots = self.roots_below(folder)
        if not roots:
            raise DataError(
                f"no {self.title} data here: looked for {self.marks}; {contents(folder)}",
                path=folder,
                cure=_near(self, folder) or "name the folder that holds them",
            )
        if len(roots) > 1:
            raise DataError(f"several roots here: {', '.join(map(str, roots))}", path=folder, cure="name one of them")
        return roots[0]

    def no_split(self, root: Path, split: str, looked_for: Iterable[str]) -> DataError:
        """The error for a split that a root does not have."""
        splits = self.splits(root)
        near = get_close_matches(split, splits, n=1)
        if splits:
            known = f"{', '.join(splits)} are here" if len(splits) > 1 else f"only {splits[0]} is here"
        else:
            known = f"no split is here; {contents(root)}"
        cure = f"did you mean {near[0]}?" if near else "name one that is there, or a list file"
        return DataError(
            f"there is no split named {split}: looked for {', '.join(looked_for)}; {known}", path=root, cure=cure
        )


def check_folder(folder: Path) -> None:
    """Raises DataError where the folder does not exist, with what is there in its place."""
    if folder.is_dir():
        return
    if folder.exists():
        raise DataError("is a file, a data set's folder is needed", path=folder, cure="name the folder it lies in")
    parent = next((above for above in folder.absolute().parents if above.is_dir()), None)
    there = "" if parent is None else f"; in {parent} {contents(parent)}"
    raise DataError(f"there is no such folder{there}", path=folder, cure="check the name")


def contents(folder: Path) -> str:
    """A clause on what lies in a folder, cut short: "there are a/, b/, c.txt and 9 more"."""
    try:
        with os.scandir(folder) as found:
            entries = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in found]
    except OSError as error:
        return f"the folder cannot be read: {error.strerror}"
    if not entries:
        return "the folder is empty"
    entries.sort(key=lambda name: (not name.endswith("/"), natural_key(name)))
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return f"there {'is' if len(entries) == 1 else 'are'} {', '.join(entries[:_SHOWN])}{more}"


def subfolders(folder: Path) -> list[Path]:
    """The visible folders in a folder, in natural order; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:  # knows folders without asking for each of thousands of images
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError:
        return []
    return [folder / name for name in sorted(names, key=natural_key)]


def _levels(folder: Path) -> Iterable[Sequence[Path]]:
    level, seen = [folder], 1
    for _ in range(_DEPTH + 1):
        yield level
        level = [child for parent in level for child in subfolders(parent)][: max(0, _FOLDERS - seen)]
        seen += len(level)


def _near(layout: Layout, folder: Path) -> str:
    """A hint where the folder lies inside a root."""
    above = next((parent for parent in list(folder.absolute().parents)[:_DEPTH] if layout.is_root(parent)), None)
    return "" if above is None else f"did you mean {above}?"
