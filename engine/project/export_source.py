"""A project's label maps as something to export."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.cascade.result import IGNORE
from engine.errors import ProjectError
from engine.labels.formats.item import ExportItem, LabelClasses
from engine.project.export_names import export_names
from engine.project.project import Project


class ProjectExport:
    """All images of a project that have labels. Implements engine.labels.formats.export.ExportSource.

    Args:
        without: class ids that are exported as undecided, e.g. the background in formats of outlines.
    """

    def __init__(self, project: Project, *, without: Collection[int] = ()) -> None:
        self._project = project
        self._without = np.array(sorted(without), dtype=np.uint8)
        self._ids = project.labelled_ids()
        self._names = export_names(project.image_rows())

    def __len__(self) -> int:
        return len(self._ids)

    def load(self, index: int) -> ExportItem:
        image = self._project.image(self._ids[index])
        document = self._project.open_document(image.id)
        labels = document.labels
        if self._without.size:
            labels = np.where(np.isin(labels, self._without), np.uint8(IGNORE), labels)
        return ExportItem(self._names[image.id], image.path, labels, document.provenance)


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
