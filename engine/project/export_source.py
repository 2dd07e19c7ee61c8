"""A project's label maps as something to export, and label files of other programs as steps in a project."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.errors import ProjectError
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.formats.item import ExportItem, LabelClasses
from engine.labels.locks import NO_LOCKS, Locks
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit
from engine.project.project import Project
from engine.project.records import ProjectImage


class ProjectExport:
    """All images of a project that have labels. Implements engine.labels.formats.export.ExportSource."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids = project.labelled_ids()
        self._names = _distinct([image.path.stem for image in _in_pages(project, self._ids)])

    def __len__(self) -> int:
        return len(self._ids)

    def load(self, index: int) -> ExportItem:
        image = self._project.image(self._ids[index])
        document = self._project.open_document(image.id)
        return ExportItem(self._names[index], image.path, document.labels, document.provenance)


def project_classes(project: Project) -> LabelClasses:
    """The project's classes; raises ProjectError where it has none or their ids are not 0, 1, 2, …"""
    classes = project.classes()
    if not classes or [item.id for item in classes] != list(range(len(classes))):
        raise ProjectError(
            f"has class ids {[item.id for item in classes]}", path=project.path, cure="number them 0, 1, 2, …"
        )
    return LabelClasses(
        tuple(item.name for item in classes), np.array([item.colour for item in classes], dtype=np.uint8)
    )


def import_labels(document: LabelDocument, labels: UInt8, *, provenance: int = HUMAN, over_human: bool = False) -> bool:
    """Take a label map that was read from a file, as one step; whether anything changed.

    Undecided pixels of the file change nothing.

    Args:
        provenance: given to every pixel that is taken.
        over_human: replace what a person has decided here, too.

    Raises:
        DataError: the label map is of another size.
    """
    edit = Edit(Area.of_image(labels.shape), labels != IGNORE, labels, provenance)
    return document.apply(edit, locks=NO_LOCKS if over_human else Locks(human=True)) is not None


def _in_pages(project: Project, ids: list[int], size: int = 500) -> Iterator[ProjectImage]:
    for start in range(0, len(ids), size):
        yield from project.images(ids[start : start + size])


def _distinct(stems: list[str]) -> list[str]:
    """The names, those that differ in nothing but case numbered from the second on."""
    taken: set[str] = set()
    names = []
    for stem in stems:
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names
