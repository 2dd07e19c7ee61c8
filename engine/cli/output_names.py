"""Names of result files: no image's results replace another's, and none replaces an image that was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.errors import OutputError


class OutputNames:
    """Hands out `<stem>` for each image, with a number behind it where another image has taken that name.

    Args:
        folder: where the results go.
        suffixes: the files written for each image, e.g. (".png", ".stage.png").
        inputs: all images that are read, which no result may replace.
    """

    def __init__(self, folder: Path, suffixes: Sequence[str], *, inputs: Iterable[Path]) -> None:
        self._folder = folder
        self._suffixes = tuple(suffixes)
        self._inputs = {_real(path) for path in inputs}
        self._owners: dict[str, Path] = {}

    def take(self, image: Path) -> tuple[str, Path | None]:
        """A stem that no other image has, and the image that has taken the plain one, where there is one.

        Two images whose stems differ only in case count as equal: on many file systems they would be one file. So do
        images like cat.jpg and cat.stage.jpg, whose files could meet.

        Raises:
            OutputError: a result would replace an image that is read.
        """
        stem, number, rival = image.stem, 1, None
        while holder := self._holder(stem):
            rival = rival or holder
            number += 1
            stem = f"{image.stem}-{number}"
        for name in self._names(stem):
            if _real(self._folder / name) in self._inputs:
                raise OutputError(
                    "would replace an image that is read", path=self._folder / name, cure="choose another --out"
                )
        for name in self._names(stem):
            self._owners[name.casefold()] = image
        return stem, rival

    def _holder(self, stem: str) -> Path | None:
        return next((self._owners[n.casefold()] for n in self._names(stem) if n.casefold() in self._owners), None)

    def _names(self, stem: str) -> list[str]:
        return [f"{stem}{suffix}" for suffix in self._suffixes]


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a loop of links; as it stands it is as good a name as any
        return path.absolute()
