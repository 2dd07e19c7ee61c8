"""Where a folder's project is, and opening it with what to do when that fails. For the project's thread."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths

from engine.cancel import CancelToken
from engine.data.finding import find_images
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.errors import ImageError, ProjectError
from engine.labels.formats.export import PROVENANCE
from engine.project.project import SUFFIX, ImageRow, Project, ProjectClass
from engine.project.recovery import Recovered, recover

# What the classes with the first ids are called by the model; a person may call them otherwise and add more.
_MODEL_CLASSES: Final = "model_classes"


@dataclass(frozen=True, eq=False)
class OpenedProject:
    """An open project with everything that its first picture needs."""

    project: Project
    rows: list[ImageRow]
    folders: dict[int, Path]
    classes: tuple[ProjectClass, ...]
    model_classes: tuple[str, ...]
    current: int | None
    problems: tuple[ImageError, ...]
    added: int


def project_file(folder: Path) -> Path:
    """The project of a folder of images: the one that is there, else one beside the images, else, where that place is
    read-only, one among the program's own files."""
    beside = folder / f"{folder.name or 'labels'}{SUFFIX}"
    if beside.is_file():
        return beside
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if len(found) == 1:
        return found[0]
    elsewhere = _elsewhere(folder)
    if elsewhere.is_file() or not os.access(folder, os.W_OK):
        return elsewhere
    return beside


def _elsewhere(folder: Path) -> Path:
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    # Two folders may have one name; the same folder must find its project again.
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:8]
    return Path(place) / "rhoscope" / "projects" / f"{folder.name or 'labels'}-{digest}{SUFFIX}"


def model_classes(names: tuple[str, ...], palette: object) -> tuple[ProjectClass, ...]:
    """A model's classes as a project's; the first ten have digits for keys."""
    colours = [(int(r), int(g), int(b)) for r, g, b in palette]  # type: ignore[attr-defined]
    return tuple(
        ProjectClass(number, name, colours[number], str(number) if number < 10 else "")
        for number, name in enumerate(names)
    )


def open_folder(
    folder: Path,
    *,
    classes: tuple[ProjectClass, ...],
    cancel: CancelToken,
    on_progress: Callable[[int], None],
) -> OpenedProject:
    """The folder's project, made where there is none, with images that have come since.

    Args:
        classes: of a new project; VOC's where none are known yet.
        on_progress: images found so far.

    Raises:
        ProjectError: it cannot be opened or made; nothing was changed.
        Cancelled: the token was set while images were looked for.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - as the project stores folders
    if not folder.is_dir():
        raise ProjectError("is no folder", path=folder, cure="choose the folder of the photos")
    problems: list[ImageError] = []
    images: list[Path] = []
    exported: dict[Path, bool] = {}
    for path in find_images([folder], cancel=cancel, on_problem=problems.append):
        if _exported(path.parent, folder, exported):
            continue
        images.append(path)
        if len(images) % 500 == 0:
            on_progress(len(images))
    path = project_file(folder)
    if not images and not path.is_file():
        raise ProjectError("holds no images", path=folder, cure="choose the folder of the photos")
    project = Project.open(path, create=True)
    try:
        added = 0
        if project.writable:
            added = project.add_images(images, root=folder)
            if not project.classes():
                first = classes or model_classes(VOC_CLASSES, voc_palette()[: len(VOC_CLASSES)])
                project.set_classes(first)
                project.set_setting(_MODEL_CLASSES, [one.name for one in first])
        return _described(project, problems=tuple(problems), added=added)
    except BaseException:
        project.close()
        raise


def _exported(folder: Path, top: Path, known: dict[Path, bool]) -> bool:
    """Whether a folder below `top` belongs to an export of ours: label maps are no photos."""
    if folder not in known:
        mark = (folder / PROVENANCE / "legend.json").is_file()
        known[folder] = folder != top and (mark or _exported(folder.parent, top, known))
    return known[folder]


def open_file(path: Path) -> OpenedProject:
    """A project by its file; raises ProjectError."""
    project = Project.open(path)
    try:
        return _described(project, problems=(), added=0)
    except BaseException:
        project.close()
        raise


def recovered_name(path: Path) -> Path:
    """Where what can be read of a damaged project goes: a name that is free, beside it."""
    number, target = 1, path.with_name(f"{path.stem}-recovered{path.suffix}")
    while target.exists():
        number += 1
        target = path.with_name(f"{path.stem}-recovered-{number}{path.suffix}")
    return target


def recover_project(path: Path) -> tuple[Path, Recovered]:
    """Copy what can be read into a new file beside it; the damaged one is only read. Raises ProjectError."""
    target = recovered_name(path)
    return target, recover(path, target)


def _described(project: Project, *, problems: tuple[ImageError, ...], added: int) -> OpenedProject:
    current = project.setting("current")
    classes = project.classes()
    return OpenedProject(
        project,
        project.image_rows(),
        project.root_folders(),
        classes,
        tuple(project.setting(_MODEL_CLASSES, [one.name for one in classes])),
        current if isinstance(current, int) else None,
        problems,
        added,
    )
