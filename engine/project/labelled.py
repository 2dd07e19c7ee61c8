"""Which images of a project have labels: looking at a photo alone leaves an empty label map, which is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.cascade.result import IGNORE
from engine.project.project import Project


@dataclass(frozen=True)
class LabelledImage:
    """Attributes:
    id: in the project.
    path: of the photo.
    below: its path below the folder that it was added with, with forward slashes.
    """

    id: int
    path: Path
    below: str


def labelled_images(project: Project) -> tuple[LabelledImage, ...]:
    """Those with a step of labelling, or with decided pixels, in the order of their names; raises ProjectError."""
    steps, mapped, folders = project.step_counts(), set(project.labelled_ids()), project.root_folders()
    return tuple(
        LabelledImage(row.id, folders[row.root] / row.below, row.below)
        for row in project.image_rows()
        if row.id in mapped and (steps.get(row.id, 0) > 0 or _decided(project, row.id))
    )


def _decided(project: Project, image_id: int) -> bool:
    """Without a step left, as after the recovery of a damaged project, the pixels themselves have to say it."""
    return bool((project.open_document(image_id).labels != IGNORE).any())
