"""The labels of a project as a data set, read from the project's own file: nothing is exported, nothing written.

What is undecided is void, so half-finished label maps serve too. Which images are for validation is drawn from each
image's own name: it stays where it is while others are labelled, and no image that a model has learnt ever moves to
those that it is scored on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.data.labelling import LabelConvention, ReadLabels
from engine.data.layout import Layout
from engine.data.lists import read_lines
from engine.data.pairs import Pair, PairedData
from engine.errors import DataError, ProjectError
from engine.project.export_names import distinct_names
from engine.project.export_source import project_classes
from engine.project.labelled import LabelledImage, labelled_images
from engine.project.project import Project
from engine.project.records import SUFFIX

ALL: Final = "all"
TRAIN: Final = "train"
VAL: Final = "val"
VAL_SHARE: Final = 0.2
"""Of the labelled images, about so many are for validation."""


def project_files(place: Path) -> list[Path]:
    """The project file itself, or those in a folder."""
    if place.is_file():
        return [place] if place.suffix == SUFFIX else []
    try:
        return sorted(path for path in place.glob(f"*{SUFFIX}") if path.is_file())
    except OSError:
        return []


def _splits(root: Path) -> tuple[str, ...]:
    try:
        with Project.open(_one_file(root), reading=True) as project:
            several = len(labelled_images(project)) > 1
    except ProjectError as error:
        raise _as_data_error(error) from error
    return (TRAIN, VAL, ALL) if several else (ALL,)


PROJECT: Final = Layout(
    name="project",
    title="Rhoscope project",
    marks=f"a project file (*{SUFFIX})",
    is_root=lambda place: bool(project_files(place)),
    splits=_splits,
)


class ProjectData(PairedData):
    """The labelled images of a project.

    The file is opened for each image and for reading only: it may be edited in a window meanwhile. A label map counts
    as it is when it is read.

    Args:
        root: the project file, or the folder that holds it.
        split: "train", "val" or "all".
        list_file: a list in place of the split: paths below the photos' folder or names without suffix, a line each.

    Raises:
        DataError: no project, one that cannot be read, without classes or without labels, or an unknown split.
    """

    def __init__(self, root: Path, *, split: str = ALL, list_file: Path | None = None) -> None:
        self.file = _one_file(root)
        try:
            with Project.open(self.file, reading=True) as project:
                images = labelled_images(project)
                classes = project_classes(project)
        except ProjectError as error:
            raise _as_data_error(error) from error
        if not images:
            raise DataError(
                "no image of this project has labels yet", path=self.file, cure="label a few in the Label workspace"
            )
        if list_file is not None:
            chosen = _listed(images, list_file)
        elif split == ALL:
            chosen = list(images)
        elif split in (TRAIN, VAL) and len(images) > 1:
            held = validation_images([image.below for image in images])
            chosen = [image for image in images if (image.below in held) == (split == VAL)]
        else:
            raise PROJECT.no_split(self.file, split, [f"{TRAIN}, {VAL} or {ALL}"])
        names = distinct_names([Path(image.below).with_suffix("").as_posix() for image in chosen])
        self._ids = {name: image.id for name, image in zip(names, chosen, strict=True)}
        super().__init__(
            layout=PROJECT.name,
            root=self.file,
            split=split if list_file is None else list_file.name,
            # There is no file of a label map: messages name its photo.
            pairs=tuple(Pair(name, image.path, image.path) for name, image in zip(names, chosen, strict=True)),
            convention=LabelConvention(classes.names, classes.palette, tuple(range(len(classes.names)))),
            upright=True,
        )

    def read_labels(self, pair: Pair) -> ReadLabels:
        labels = self.stored_labels(pair)
        known = (labels < len(self.class_names)) | (labels == IGNORE)
        values, counts = np.unique(labels[~known], return_counts=True)
        foreign = tuple((str(value), int(count)) for value, count in zip(values.tolist(), counts, strict=True))
        return ReadLabels(np.where(known, labels, np.uint8(IGNORE)), foreign)

    def stored_labels(self, pair: Pair) -> UInt8:
        try:
            with Project.open(self.file, reading=True) as project:
                return np.array(project.open_document(self._ids[pair.name]).labels)
        except ProjectError as error:
            raise _as_data_error(error) from error


def validation_images(names: Sequence[str]) -> frozenset[str]:
    """Which of several images are for validation: at least one, never all; each by its own name alone but for that."""
    draws = {name: _draw(name) for name in names}
    held = {name for name, draw in draws.items() if draw < VAL_SHARE}
    by_draw = sorted(draws, key=lambda name: (draws[name], name))
    if not held:
        held = {by_draw[0]}
    elif len(held) == len(draws):
        held.remove(by_draw[-1])
    return frozenset(held)


def _draw(name: str) -> float:
    """0..1, always the same for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48


def _listed(images: Sequence[LabelledImage], list_file: Path) -> list[LabelledImage]:
    by_name = {name: image for image in images for name in (Path(image.below).with_suffix("").as_posix(), image.below)}
    chosen = []
    for line in read_lines(list_file):
        if line not in by_name:
            raise DataError(f"the list names {line}, which has no labels in the project", path=list_file)
        chosen.append(by_name[line])
    return chosen


def _one_file(root: Path) -> Path:
    files = project_files(root if root.is_file() or not root.is_dir() else PROJECT.root(root))
    if len(files) == 1:
        return files[0]
    if files:
        named = ", ".join(path.name for path in files)
        raise DataError(f"several projects here: {named}", path=root, cure="name one of them")
    if not root.exists():
        raise DataError("there is no such project", path=root, cure="check the name")
    raise DataError(f"is no project file (*{SUFFIX})", path=root, cure="name the project's file")


def _as_data_error(error: ProjectError) -> DataError:
    return DataError(error.reason, path=error.path, cure=error.cure)
