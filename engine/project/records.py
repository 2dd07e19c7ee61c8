"""What a project file holds, as plain values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Order = Literal["name", "difficulty"]

SUFFIX: Final = ".rhoscope"


class Review(enum.IntEnum):
    """How far a person is with an image."""

    NEW = 0
    STARTED = 1
    DONE = 2


@dataclass(frozen=True)
class ProjectImage:
    """A row of the image list.

    Attributes:
        id: stays the same as long as the project does.
        path: where the file is, or was.
        size: height and width, upright; None until known.
        difficulty: share of cells that reached the last stage, 0..1; None until known.
    """

    id: int
    path: Path
    size: tuple[int, int] | None
    orientation: int | None
    bytes: int | None
    hash: str | None
    difficulty: float | None
    review: Review


@dataclass(frozen=True)
class ImageRow:
    """What a list of a hundred thousand images needs of each; the fields are those of ProjectImage.

    Attributes:
        root: number of its folder, see Project.root_folders.
        below: its path below that folder, with forward slashes.
    """

    id: int
    root: int
    below: str
    difficulty: float | None
    review: Review


@dataclass(frozen=True)
class ModelVersion:
    """A model that was fine-tuned in this project.

    Attributes:
        path: of the checkpoint.
        parent: id of the version that it began as; None for a model from elsewhere.
        made: ISO 8601, UTC.
        note: what was measured, for people.
    """

    id: int
    name: str
    path: Path
    parent: int | None
    made: str
    note: str


@dataclass(frozen=True)
class ProjectClass:
    """A class: id 0..254, name, RGB colour, shortcut key ("" = none)."""

    id: int
    name: str
    colour: tuple[int, int, int]
    key: str = ""
