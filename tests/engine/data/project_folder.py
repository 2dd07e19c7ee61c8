"""Writes a small project with photos and labels, as the Label workspace leaves it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from engine.labels.area import Area
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit
from engine.project.project import Project
from engine.project.records import ProjectClass

CLASSES = (
    ProjectClass(0, "sky", (120, 160, 220)),
    ProjectClass(1, "road", (90, 90, 90)),
    ProjectClass(2, "car", (200, 0, 0)),
)


def write_project(folder: Path, *, labelled: int = 10, bare: int = 2, width: int = 96, height: int = 64) -> Path:
    """Sky above road with a car, the lowest rows undecided; `bare` more photos were opened and left. The file."""
    photos = folder / "photos"
    photos.mkdir(parents=True)
    paths = [photos / f"photo{number}.png" for number in range(labelled + bare)]
    truth = [_write_photo(path, number, width, height) for number, path in enumerate(paths)]
    with Project.open(folder / "street.rhoscope", create=True) as project:
        project.add_images(paths, root=photos)
        project.set_classes(CLASSES)
        for number, image in enumerate(project.image_ids()):
            document = project.open_document(image, shape=(height, width))
            if number < labelled:
                decided = truth[number] != 255
                document.apply(Edit(Area(0, 0, height, width), decided, truth[number], HUMAN))
    return folder / "street.rhoscope"


def _write_photo(path: Path, number: int, width: int, height: int) -> np.ndarray:
    """The label map that belongs to it."""
    rng = np.random.default_rng(number)
    labels = np.full((height, width), 255, dtype=np.uint8)
    labels[: height // 2] = 0
    labels[height // 2 : -6] = 1
    left = int(rng.integers(4, width - 30))
    labels[height // 2 - 8 : height // 2 + 10, left : left + 24] = 2
    colours = np.zeros((256, 3), dtype=np.uint8)
    colours[:3] = [one.colour for one in CLASSES]
    Image.fromarray(colours[labels] + rng.integers(0, 16, (height, width, 3), dtype=np.uint8)).save(path)
    return labels
