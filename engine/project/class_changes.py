"""Removing and merging classes: label maps, every step that led to them, and the classes, in one transaction.

Each stored value is a pixel's class, before or after a step. Renaming the values everywhere gives the project that
would be there had its labels been drawn with the other classes: undo and redo go on working, and a pixel that a step
gave a class that is gone is undecided in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, UInt8
from engine.errors import ProjectError, RhoscopeError
from engine.labels.change import decode_change, encode_change, remapped
from engine.labels.provenance import UNDECIDED
from engine.project.class_plan import ClassPlan
from engine.project.connection import DAMAGED_CURE, Database
from engine.project.journal import packed_plane, unpacked_plane
from engine.project.proposed_classes import store_proposed, stored_proposed

if TYPE_CHECKING:
    from engine.project.project import Project

SOURCES: Final = "class_sources"
"""Setting: for each class the names that models have for it."""
_FORMER_SOURCES: Final = "model_classes"  # what older files have instead: the model's names, for the first ids

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class ClassUse:
    """How much of a project has some classes: pixels by class id, images by class id, images with any of them."""

    pixels: dict[int, int]
    images: dict[int, int]
    any_images: int


def class_use(
    project: Project,
    labels: Sequence[int],
    *,
    on_progress: Progress = lambda done, total: None,
    cancel: CancelToken | None = None,
) -> ClassUse:
    """Count the pixels that have one of some classes, as the label maps are now.

    Raises:
        Cancelled: the token was set.
        ProjectError: a label map cannot be read.
    """
    pixels, images, any_images = dict.fromkeys(labels, 0), dict.fromkeys(labels, 0), 0
    ids = project.labelled_ids()
    for done, image_id in enumerate(ids, start=1):
        if cancel is not None:
            cancel.check()
        counts = np.bincount(project.open_document(image_id).labels.ravel(), minlength=256)
        for label in labels:
            pixels[label] += int(counts[label])
            images[label] += bool(counts[label])
        any_images += any(counts[label] for label in labels)
        on_progress(done, len(ids))
    return ClassUse(pixels, images, any_images)


def class_sources(database: Database, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """For each class the names that models have for it."""
    stored = _setting(database, SOURCES)
    if isinstance(stored, list) and len(stored) == len(names):
        return tuple(tuple(one) for one in stored)
    former = _setting(database, _FORMER_SOURCES)
    first = former if isinstance(former, list) else []
    return tuple((first[label] if label < len(first) else name,) for label, name in enumerate(names))


def change_classes(
    database: Database,
    plan: ClassPlan,
    *,
    former: Sequence[tuple[str, ...]],
    on_progress: Progress = lambda done, total: None,
    cancel: CancelToken | None = None,
) -> None:
    """Bring everything in the file to other classes: all of it, or, where it fails or is stopped, none.

    No document of the project may be open.

    Args:
        former: sources of the classes that are there.

    Raises:
        Cancelled: the token was set; nothing was changed.
        ProjectError: a label map or a step is damaged, or the file cannot be written; nothing was changed.
    """
    table = np.arange(256, dtype=np.uint8)
    table[: len(plan.moves)] = plan.moves
    with database.transaction() as connection:
        if not plan.keeps_labels:
            maps = [row[0] for row in connection.execute("SELECT image FROM label_maps")]
            steps = connection.execute(
                "SELECT journal.id, label_maps.height, label_maps.width FROM journal JOIN label_maps "
                "ON label_maps.image = journal.image"
            ).fetchall()
            total = len(maps) + len(steps)
            for done, image in enumerate(maps, start=1):
                if cancel is not None:
                    cancel.check()
                row = connection.execute(
                    "SELECT labels, provenance, height, width FROM label_maps WHERE image = ?", (image,)
                ).fetchone()
                planes = [unpacked_plane(data, row[2:], database.path) for data in row[:2]]
                _rename(planes[0], planes[1], table)
                connection.execute(
                    "UPDATE label_maps SET labels = ?, provenance = ? WHERE image = ?",
                    (*(packed_plane(plane) for plane in planes), image),
                )
                on_progress(done, total)
            for done, (number, height, width) in enumerate(steps, start=len(maps) + 1):
                if cancel is not None:
                    cancel.check()
                (data,) = connection.execute("SELECT change FROM journal WHERE id = ?", (number,)).fetchone()
                try:
                    change = decode_change(data, shape=(height, width))
                except RhoscopeError as error:
                    raise ProjectError(error.reason, path=database.path, cure=DAMAGED_CURE) from error
                renamed = encode_change(remapped(change, lambda labels, who: _rename(labels, who, table)))
                connection.execute("UPDATE journal SET change = ? WHERE id = ?", (renamed, number))
                on_progress(done, total)
            connection.execute("UPDATE histories SET revision = revision + 1")
        connection.execute("DELETE FROM classes")
        connection.executemany(
            "INSERT INTO classes (id, name, red, green, blue, key) VALUES (?,?,?,?,?,?)",
            [(one.id, one.name, *one.colour, one.key) for one in plan.classes],
        )
        proposed = stored_proposed(connection)
        if proposed.images:
            store_proposed(connection, proposed.moved(plan.moves, len(plan.classes)))
        stored = (SOURCES, json.dumps(_sources(plan, former)))
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", stored)


def _rename(labels: UInt8, provenance: UInt8, table: UInt8) -> None:
    """In place: what loses its class is undecided, and nobody has decided it."""
    gone = (labels != IGNORE) & (table[labels] == IGNORE)
    labels[:] = table[labels]
    provenance[gone] = UNDECIDED


def _sources(plan: ClassPlan, former: Sequence[tuple[str, ...]]) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in plan.classes]
    for number, label in enumerate(plan.moves):
        if label != IGNORE and number < len(former):
            found[label].extend(former[number])
    return [names or [one.name] for names, one in zip(found, plan.classes, strict=True)]


def _setting(database: Database, key: str) -> object:
    row = database.row("SELECT value FROM settings WHERE key = ?", (key,))
    return None if row is None else json.loads(row[0])
