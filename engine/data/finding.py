"""Finding the images below files and folders."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath

from engine.cancel import CancelToken
from engine.data.image_formats import IMAGE_SUFFIXES, open_header, open_stream, unreadable
from engine.data.image_warnings import collected_warnings
from engine.errors import ImageError

_logger = logging.getLogger(__name__)
_DIGITS = re.compile(r"(\d+)")

Identity = tuple[int, int]
OnProblem = Callable[[ImageError], None]


def find_images(
    paths: Iterable[Path | str], *, cancel: CancelToken | None = None, on_problem: OnProblem | None = None
) -> Iterator[Path]:
    """The image files among `paths` and, recursively, in the folders among them, one by one as they are found.

    A folder's files come first, in natural order (2 before 10, case ignored), then its subfolders. Files are taken by
    their suffix; a file named outright is taken whatever its suffix where its header is an image's. Nothing comes
    twice, and a link that leads back into its own folder is reported and not followed.

    Args:
        cancel: asked at each entry; raises Cancelled.
        on_problem: gets an ImageError for each file or folder that cannot be used, and the rest goes on; logged where
            missing.
    """
    search = _Search(cancel or CancelToken(), on_problem or _log)
    for path in paths:
        yield from search.below(Path(path))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts "a2" before "a10", ignoring case; the name itself decides between equals."""
    parts = _DIGITS.split(name.casefold())
    numbered = [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]
    return (*numbered, (2, 0, name))


class _Search:
    def __init__(self, cancel: CancelToken, on_problem: OnProblem) -> None:
        self._cancel = cancel
        self._on_problem = on_problem
        self._files: set[str] = set()
        self._folders: set[Identity] = set()

    def below(self, path: Path) -> Iterator[Path]:
        self._cancel.check()
        try:
            if path.is_dir():
                yield from self._walk(path)
            elif self._is_image(path):
                yield from self._once(path)
        except ImageError as problem:
            self._on_problem(problem)

    def _walk(self, folder: Path) -> Iterator[Path]:
        # A stack in place of recursion: a deep tree must not end in Python's recursion limit.
        stack: list[tuple[Path, frozenset[Identity]]] = [(folder, frozenset())]
        while stack:
            current, above = stack.pop()
            try:
                status = current.stat()
                identity = (status.st_dev, status.st_ino)
                if identity in above:
                    self._on_problem(_loop(current))
                    continue
                if identity in self._folders:
                    continue
                self._folders.add(identity)
                files, folders = self._entries(current)
            except OSError as error:
                self._on_problem(unreadable(current, error))
                continue
            for path in files:
                self._cancel.check()
                yield from self._once(path)
            inner = above | {identity}
            stack.extend((path, inner) for path in reversed(folders))

    def _entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        files: list[str] = []
        folders: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                self._cancel.check()
                if entry.name.startswith("."):  # hidden: thumbnail caches, other programs' metadata
                    continue
                is_image = PurePath(entry.name).suffix.lower() in IMAGE_SUFFIXES
                try:
                    if entry.is_dir():
                        folders.append(entry.name)
                    elif is_image:
                        if entry.is_symlink():
                            entry.stat()  # raises where the link leads nowhere
                        files.append(entry.name)
                except OSError as error:
                    self._on_problem(unreadable(folder / entry.name, error))
        files.sort(key=natural_key)
        folders.sort(key=natural_key)
        return [folder / name for name in files], [folder / name for name in folders]

    def _once(self, path: Path) -> Iterator[Path]:
        absolute = os.path.normcase(os.path.normpath(path.absolute()))
        if absolute not in self._files:
            self._files.add(absolute)
            yield path

    @staticmethod
    def _is_image(path: Path) -> bool:
        """Raises ImageError for a file that is missing, or named outright and no image."""
        if path.suffix.lower() in IMAGE_SUFFIXES:
            try:
                path.stat()
            except (OSError, ValueError) as error:
                raise unreadable(path, error) from error
            return True
        with collected_warnings(), open_stream(path) as stream:
            open_header(path, stream)
        return True


def _loop(folder: Path) -> ImageError:
    return ImageError("leads back to a folder that it lies in, not followed", path=folder, cure="remove the link")


def _log(problem: ImageError) -> None:
    _logger.warning("%s", problem)
