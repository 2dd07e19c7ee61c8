"""Where a folder's project is, and opening it with what to do when that fails. For the project's thread."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from engine.cancel import CancelToken
from engine.data.finding import find_images
from engine.data.palettes import VOC_CLASSES, voc_palette
from engine.errors import ImageError
from engine.labels.formats.export import PROVENANCE
from engine.project.class_changes import SOURCES
from engine.project.project import Project
from engine.project.records import SUFFIX, ImageRow, ProjectClass
from engine.project.recovery import Recovered, recover


@dataclass(frozen=True, eq=False)
class OpenedProject:
    """An open project with everything that its first picture needs."""

    project: Project
    rows: list[ImageRow]
    folders: dict[int, Path]
    classes: tuple[ProjectClass, ...]
    class_sources: tuple[tuple[str, ...], ...]
    current: int | None


def project_file(folder: Path) -> Path:
    """The project of a folder of images: the one that is there, else one beside the images, else, where that place is
    read-only, one among the program's own files."""
    beside = folder / f"{folder.name or 'labels'}{SUFFIX}"
    if beside.is_file():
        return _latest(beside)
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if len(found) == 1:
        return found[0]
    elsewhere = _elsewhere(folder)
    if elsewhere.is_file():
        return _latest(elsewhere)
    if not os.access(folder, os.W_OK):
        return elsewhere
    return beside


def _latest(file: Path) -> Path:
    """The project itself, or what was recovered of it since: work goes on there, the damaged file is only kept."""
    recovered = [path for path in file.parent.glob(f"{file.stem}-recovered*{file.suffix}") if path.is_file()]
    return max([file, *recovered], key=lambda path: path.stat().st_mtime_ns)


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


def new_project(folder: Path, images: Sequence[Path], *, classes: tuple[ProjectClass, ...]) -> OpenedProject:
    """Makes the project of a folder that has none.

    Args:
        images: that were found in it.
        classes: of the new project; VOC's where none are known yet.

    Raises:
        ProjectError: it cannot be made.
    """
    project = Project.open(project_file(folder), create=True)
    try:
        project.add_images(images, root=folder)
        first = classes or model_classes(VOC_CLASSES, voc_palette()[: len(VOC_CLASSES)])
        project.set_classes(first)
        project.set_setting(SOURCES, [[one.name] for one in first])
        return described(project)
    except BaseException:
        project.close()
        raise


def photos_in(
    folder: Path,
    *,
    cancel: CancelToken,
    on_found: Callable[[int], None] = lambda count: None,
    on_problem: Callable[[ImageError], None] = lambda problem: None,
) -> list[Path]:
    """The images in a folder and below, but for those of exports. Takes seconds where there are many; in any thread.

    Raises:
        Cancelled: the token was set.
    """
    images: list[Path] = []
    exported: dict[Path, bool] = {}
    for path in find_images([folder], cancel=cancel, on_problem=on_problem):
        if _exported(path.parent, folder, exported):
            continue
        images.append(path)
        if len(images) % 500 == 0:
            on_found(len(images))
    return images


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
        return described(project)
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


def described(project: Project) -> OpenedProject:
    """What the window needs of an open project."""
    current = project.setting("current")
    return OpenedProject(
        project,
        project.image_rows(),
        project.root_folders(),
        project.classes(),
        project.class_sources(),
        current if isinstance(current, int) else None,
    )
