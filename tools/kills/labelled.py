"""A small project with labels, to be worked on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import numpy as np

from engine.labels.area import Area
from engine.labels.selection import Selection, painted
from engine.project.project import Project
from engine.project.records import ProjectClass

CLASSES: Final = ("road", "car", "person")  # known to every format


def labelled_project(file: Path, *, images: int, seed: int) -> None:
    """Photos that are not there, each with a rectangle of every class."""
    with Project.open(file, create=True) as project:
        colours = ((128, 64, 128), (0, 0, 142), (220, 20, 60))
        project.set_classes([ProjectClass(i, name, colours[i]) for i, name in enumerate(CLASSES)])
        paths = [file.parent / f"town_{number:06}_000019.png" for number in range(images)]
        project.add_images(paths, root=file.parent)
        for number, image_id in enumerate(project.image_ids()):
            document = project.open_document(image_id, shape=(120, 160))
            for label in range(len(CLASSES)):
                dice = random.Random(f"{seed} {number} {label}")
                top, left = dice.randrange(60), dice.randrange(80)
                mask = np.ones((60, 80), dtype=bool)
                document.apply(painted(Selection(Area(top, left, top + 60, left + 80), mask), label))
            project.save_document(image_id, document)
