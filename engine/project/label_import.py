"""Label files of other programs as steps in a project, one an image; a person's pixels stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, UInt8
from engine.errors import DataError, RhoscopeError
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.formats.item import FolderFormat
from engine.labels.formats.registry import FORMATS
from engine.labels.locks import NO_LOCKS, Locks
from engine.labels.provenance import HUMAN
from engine.labels.selection import Edit
from engine.project.export_names import images_by_name
from engine.project.export_source import project_classes
from engine.project.project import Project


@dataclass(frozen=True)
class ImportMatch:
    """What a folder of label files has to do with a project.

    Attributes:
        source: reads them.
        matched: name of the label file and id of its image.
        unmatched: names of which no photo is in the project.
    """

    source: FolderFormat
    matched: tuple[tuple[str, int], ...]
    unmatched: tuple[str, ...]

    @property
    def found(self) -> int:
        """Label maps in the folder."""
        return len(self.matched) + len(self.unmatched)


@dataclass(frozen=True)
class ImportSummary:
    """What came of an import: ids of the images that have other labels now, and problems, each naming its file."""

    changed: tuple[int, ...]
    failed: tuple[RhoscopeError, ...]


def look_into(project: Project, *, format: str, folder: Path) -> ImportMatch:
    """Find the label files and their photos; nothing is changed.

    Raises:
        DataError: the folder holds no labels in the format, or they cannot be listed.
        ProjectError: the project's classes are not numbered 0, 1, 2, …
    """
    source = FORMATS[format](folder, project_classes(project))
    names = source.names()
    if not names:
        raise DataError(f"holds no labels in the format {format}", path=folder, cure="choose another folder")
    images = images_by_name(project.image_rows())
    matched = tuple((name, images[name.casefold()]) for name in names if name.casefold() in images)
    return ImportMatch(source, matched, tuple(name for name in names if name.casefold() not in images))


def import_all(
    project: Project,
    match: ImportMatch,
    *,
    over_human: bool = False,
    on_progress: Callable[[int, int], object] = lambda done, total: None,
    cancel: CancelToken | None = None,
) -> ImportSummary:
    """Take the labels of all matched images; one that cannot be taken is left out and named.

    Args:
        over_human: replace what a person has decided, too.
        cancel: asked between images; raises Cancelled. What was taken until then stays.
    """
    changed: list[int] = []
    failed: list[RhoscopeError] = []
    for done, (name, image_id) in enumerate(match.matched, start=1):
        if cancel is not None:
            cancel.check()
        try:
            shape = _shape(project, image_id)
            labels = match.source.read(name, shape=shape)
            document = project.open_document(image_id, shape=shape)
            if import_labels(document, labels, over_human=over_human):
                project.save_document(image_id, document)
                changed.append(image_id)
        except RhoscopeError as error:
            failed.append(error)
        on_progress(done, len(match.matched))
    return ImportSummary(tuple(changed), tuple(failed))


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


def _shape(project: Project, image_id: int) -> tuple[int, int]:
    """Height and width of an image; its file is looked at where they are not known yet."""
    image = project.image(image_id)
    if image.size is not None:
        return image.size
    from engine.data.images import read_image_size

    size = read_image_size(image.path)
    project.set_image_facts(image_id, size=size)
    return size
