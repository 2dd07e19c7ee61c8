"""The project: one SQLite file with images, classes, label maps and every step that led to them.

Source images are never written. A stroke is in the journal, on disk, before the next begins; a saved label map is a
snapshot that makes reopening quick, never the only copy of anything.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

import numpy as np

from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, UInt8
from engine.data.atomic_file import make_folder
from engine.errors import OutputError, ProjectError
from engine.labels.document import LabelDocument
from engine.labels.history import History, HistoryState
from engine.labels.provenance import UNDECIDED
from engine.project.class_changes import change_classes, class_sources
from engine.project.class_plan import ClassPlan
from engine.project.connection import Database
from engine.project.journal import Journal, ReadOnlyJournal, packed_plane, unpacked_plane
from engine.project.owner import Owner, OwnerLock, owner_of, try_lock
from engine.project.proposed_classes import PROPOSED, ProposedClasses, add_proposed, forget_proposed
from engine.project.records import ImageRow, ModelVersion, Order, ProjectClass, ProjectImage, Review

_ORDERS: Final[dict[Order, str]] = {
    "name": "sort_key, id",
    "difficulty": "difficulty DESC, sort_key, id",  # NULL, not known yet, comes last
}
_IMAGE: Final = (
    "SELECT images.id, roots.path, roots.relative, images.path, height, width, orientation, bytes, hash, difficulty, "
    "review FROM images JOIN roots ON roots.id = images.root"
)


class Project:
    """An open project; use as a context manager or close it.

    Attributes:
        path: the file.
        writable: False where another window has it, or the place is read-only.
        other_owner: who has it, where that is why.
    """

    def __init__(self, database: Database, lock: OwnerLock | None, other_owner: Owner | None) -> None:
        self._database = database
        self._lock = lock
        self.path = database.path
        self.writable = database.writable
        self.other_owner = other_owner

    @classmethod
    def open(cls, path: Path, *, create: bool = False, reading: bool = False) -> Project:
        """Open a project, for reading only where somebody else has it.

        Args:
            create: make the file where there is none.
            reading: for reading only in any case, so that somebody else can have it.

        Raises:
            ProjectError: missing, damaged, made by a newer version, or not to be opened. Nothing was changed.
        """
        if not path.is_file() and not create:
            raise ProjectError("does not exist", path=path, cure="choose a project file")
        if create:
            try:
                make_folder(path.parent)
            except OutputError as error:
                raise ProjectError(error.reason, path=error.path, cure=error.cure) from error
        if reading:
            return cls(Database(path, writable=False), None, None)
        other: Owner | None = None
        try:
            lock = try_lock(path)
            if lock is None:
                other = owner_of(path)
        except OSError as error:
            lock = None
            if not path.is_file():
                raise ProjectError(
                    f"cannot be made: {error.strerror}", path=path, cure="choose another folder for the project"
                ) from error
        writable = lock is not None and (not path.exists() or os.access(path, os.W_OK))
        try:
            return cls(Database(path, writable=writable), lock, other)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    def reading_only(self) -> ProjectError:
        """What to raise where this project would have to be written."""
        return self._database.reading_only()

    def close(self) -> None:
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Images

    def add_images(self, paths: Iterable[Path], *, root: Path) -> int:
        """Add image files below a folder; those that are in already stay as they are. The number added.

        Nothing is read from the files: sizes are filled in by set_image_facts when a file has been looked at.

        Raises:
            ProjectError: a file is not below `root`, or the project cannot be written.
        """
        root = Path(os.path.abspath(root))  # noqa: PTH100 - Path.absolute keeps "..", resolve follows links
        prefix = str(root).rstrip(os.sep) + os.sep
        rows = []
        for path in paths:
            whole = os.path.abspath(path)  # noqa: PTH100
            if not whole.startswith(prefix):
                raise ProjectError(f"is not below {root}", path=path, cure="add its folder on its own")
            below = whole[len(prefix) :].replace(os.sep, "/")
            rows.append((below, _sort_key(below)))
        stored, relative = self._as_stored(root)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO roots (path, relative) VALUES (?, ?)", (stored, relative))
            number = connection.execute("SELECT id FROM roots WHERE path = ?", (stored,)).fetchone()[0]
            before = connection.total_changes
            connection.executemany(
                f"INSERT OR IGNORE INTO images (root, path, sort_key) VALUES ({int(number)}, ?, ?)", rows
            )
            return connection.total_changes - before

    def image_count(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM images")[0][0])

    def image_ids(self, *, order: Order = "name") -> list[int]:
        """All ids in order: by name as people sort (2 before 10), or the most difficult first."""
        return [row[0] for row in self._database.rows(f"SELECT id FROM images ORDER BY {_ORDERS[order]}")]

    def image(self, image_id: int) -> ProjectImage:
        """Raises ProjectError where there is no such image."""
        found = self.images([image_id])
        if not found:
            raise ProjectError(f"has no image {image_id}", path=self.path)
        return found[0]

    def images(self, image_ids: Sequence[int]) -> list[ProjectImage]:
        """The rows of a few images, in the order asked for: a page of the list."""
        marks = ",".join("?" * len(image_ids))
        rows = self._database.rows(f"{_IMAGE} WHERE images.id IN ({marks})", tuple(image_ids))
        found = {row[0]: self._image(row) for row in rows}
        return [found[image_id] for image_id in image_ids if image_id in found]

    def image_rows(self) -> list[ImageRow]:
        """All images in the order of their names, quickly."""
        reviews = tuple(Review)
        rows = self._database.rows(f"SELECT id, root, path, difficulty, review FROM images ORDER BY {_ORDERS['name']}")
        return [ImageRow(row[0], row[1], row[2], row[3], reviews[row[4]]) for row in rows]

    def root_folders(self) -> dict[int, Path]:
        """The folders that the images lie below, by number."""
        rows = self._database.rows("SELECT id, path, relative FROM roots")
        return {row[0]: self._root(row[1], bool(row[2])) for row in rows}

    def set_image_facts(
        self, image_id: int, *, size: tuple[int, int], orientation: int = 1, hash: str | None = None
    ) -> None:
        """Record what looking at the file told: height and width (upright), EXIF orientation, content hash."""
        path = self.image(image_id).path
        try:
            status = path.stat()
            file_facts: tuple[int | None, int | None] = (status.st_size, status.st_mtime_ns)
        except OSError:
            file_facts = (None, None)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE images SET height = ?, width = ?, orientation = ?, hash = coalesce(?, hash), bytes = ?, "
                "modified = ? WHERE id = ?",
                (*size, orientation, hash, *file_facts, image_id),
            )

    def file_state(self, image_id: int) -> Literal["same", "changed", "missing", "unknown"]:
        """Whether the file is as it was when it was looked at, by its size and time of change."""
        row = self._database.row("SELECT bytes, modified FROM images WHERE id = ?", (image_id,))
        try:
            status = self.image(image_id).path.stat()
        except OSError:
            return "missing"
        if row is None or row[0] is None:
            return "unknown"
        return "same" if row == (status.st_size, status.st_mtime_ns) else "changed"

    def set_difficulty(self, image_id: int, difficulty: float, *, class_pixels: Sequence[int] | None = None) -> None:
        """How hard an image is for the model.

        Args:
            class_pixels: pixels by class in the model's proposal, counted in the folder's where the image is new there.
        """
        with self._database.transaction() as connection:
            if class_pixels is not None:
                add_proposed(connection, image_id, class_pixels)
            connection.execute("UPDATE images SET difficulty = ? WHERE id = ?", (difficulty, image_id))

    def clear_difficulties(self) -> None:
        """Another model or another ρ will say how hard the images are."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE images SET difficulty = NULL")
            forget_proposed(connection)

    def proposed_classes(self) -> ProposedClasses:
        """How many pixels of each class the model has proposed in the images that it has been through."""
        return ProposedClasses.of(self.setting(PROPOSED))

    def set_review(self, image_id: int, review: Review) -> None:
        with self._database.transaction() as connection:
            connection.execute("UPDATE images SET review = ? WHERE id = ?", (int(review), image_id))

    # Moved folders

    def roots(self) -> list[Path]:
        """The folders that the images lie below."""
        rows = self._database.rows("SELECT path, relative FROM roots ORDER BY id")
        return [self._root(path, bool(relative)) for path, relative in rows]

    def relink(self, old: Path, new: Path) -> int:
        """A folder has moved: look for its images below another one. The number of them that are there.

        Raises:
            ProjectError: `old` is no folder of the project, none of its images is below `new`, or the project has
                `new` already.
        """
        rows = self._database.rows("SELECT id, path, relative FROM roots")
        number = next((row[0] for row in rows if self._root(row[1], bool(row[2])) == old), None)
        if number is None:
            raise ProjectError("is no folder of this project", path=old)
        names = self._database.rows("SELECT path FROM images WHERE root = ?", (number,))
        there = len([name for (name,) in names if (new / name).is_file()])
        if names and not there:
            raise ProjectError(f"holds none of the {len(names)} images", path=new, cure="choose the folder they are in")
        stored, relative = self._as_stored(Path(os.path.abspath(new)))  # noqa: PTH100
        if any(row[1] == stored and row[0] != number for row in rows):
            raise ProjectError("is in this project already", path=new)
        with self._database.transaction() as connection:
            connection.execute("UPDATE roots SET path = ?, relative = ? WHERE id = ?", (stored, relative, number))
        return there

    # Classes and settings

    def classes(self) -> tuple[ProjectClass, ...]:
        rows = self._database.rows("SELECT id, name, red, green, blue, key FROM classes ORDER BY id")
        return tuple(ProjectClass(row[0], row[1], (row[2], row[3], row[4]), row[5]) for row in rows)

    def set_classes(self, classes: Sequence[ProjectClass]) -> None:
        """Put these classes in the place of all, labels stay as they are; ProjectError for two of one id or name."""
        rows = [(item.id, item.name, *item.colour, item.key) for item in classes]
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM classes")
            connection.executemany("INSERT INTO classes (id, name, red, green, blue, key) VALUES (?,?,?,?,?,?)", rows)

    def class_sources(self) -> tuple[tuple[str, ...], ...]:
        """For each class the names that models have for it: its own, and those of classes that were merged into it."""
        return class_sources(self._database, [one.name for one in self.classes()])

    def change_classes(
        self,
        plan: ClassPlan,
        *,
        on_progress: Callable[[int, int], object] = lambda done, total: None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Other classes, and every label and step brought to them; see engine.project.class_changes."""
        change_classes(self._database, plan, former=self.class_sources(), on_progress=on_progress, cancel=cancel)

    def setting(self, key: str, default: Any = None) -> Any:
        row = self._database.row("SELECT value FROM settings WHERE key = ?", (key,))
        return default if row is None else json.loads(row[0])

    def set_setting(self, key: str, value: Any) -> None:
        """Store a value that JSON can hold."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

    # Models that were fine-tuned here

    def model_versions(self) -> tuple[ModelVersion, ...]:
        """Oldest first."""
        rows = self._database.rows("SELECT id, name, path, parent, made, note FROM model_versions ORDER BY id")
        return tuple(ModelVersion(row[0], row[1], self._root(row[2], True), row[3], row[4], row[5]) for row in rows)

    def add_model_version(self, name: str, path: Path, *, parent: int | None = None, note: str = "") -> int:
        """Record a checkpoint; its id."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        stored, _ = self._as_stored(path)
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO model_versions (name, path, parent, made, note) VALUES (?, ?, ?, ?, ?)",
                (name, stored, parent, made, note),
            )
            return int(cursor.lastrowid or 0)

    # Label maps

    def labelled_ids(self) -> list[int]:
        """Images that have a label map or a step of one, in the order of their names."""
        rows = self._database.rows(
            f"SELECT id FROM images WHERE id IN (SELECT image FROM label_maps) ORDER BY {_ORDERS['name']}"
        )
        return [row[0] for row in rows]

    def step_counts(self) -> dict[int, int]:
        """How many steps of labelling stand, by image; images without a history are left out."""
        return dict(self._database.rows("SELECT image, cursor FROM histories"))

    def open_document(self, image_id: int, *, shape: tuple[int, int] | None = None) -> LabelDocument:
        """An image's label document with all its steps, as it was after the last finished stroke.

        Args:
            shape: the image's height and width now. Needed where it has no label map yet: it starts undecided.

        Raises:
            ProjectError: what is stored is damaged or of another size than `shape`, or the size is not known.
        """
        row = self._database.row(
            "SELECT height, width, labels, provenance, position FROM label_maps WHERE image = ?", (image_id,)
        )
        if row is None:
            return self._first_document(image_id, shape or self.image(image_id).size)
        stored = (row[0], row[1])
        if shape is not None and stored != shape:
            raise ProjectError(
                f"holds labels of {row[1]}×{row[0]} pixels for this image, which is now {shape[1]}×{shape[0]}",
                path=self.path,
                cure=f"bring back the photo as it was: {self.image(image_id).path}",
            )
        labels, provenance = (unpacked_plane(data, stored, self.path) for data in row[2:4])
        history = self._database.row("SELECT length, cursor, revision FROM histories WHERE image = ?", (image_id,))
        length, cursor, revision = history or (0, 0, 0)
        journal = Journal(self._database, image_id, stored)
        for position in range(row[4], cursor):
            journal.read(position).redo(labels, provenance)
        for position in range(row[4] - 1, cursor - 1, -1):
            journal.read(position).undo(labels, provenance)
        steps = History(journal if self.writable else ReadOnlyJournal(journal), state=HistoryState(cursor, length))
        return LabelDocument(labels, provenance, history=steps, revision=revision)

    def save_document(self, image_id: int, document: LabelDocument) -> None:
        """Write a snapshot, so that opening need not replay the steps.

        Raises:
            ProjectError: it could not be written; the old one is whole and the document stays dirty.
        """
        revision = document.revision
        document.history.flush(revision=revision)
        self._snapshot(image_id, document.labels, document.provenance, document.history.state.cursor)
        document.mark_saved(revision)

    def _first_document(self, image_id: int, shape: tuple[int, int] | None) -> LabelDocument:
        if shape is None:
            raise ProjectError(f"does not know the size of image {image_id}", path=self.path, cure="open the image")
        labels, provenance = np.full(shape, IGNORE, np.uint8), np.full(shape, UNDECIDED, np.uint8)
        journal = Journal(self._database, image_id, shape)
        if not self.writable:
            return LabelDocument(labels, provenance, history=History(ReadOnlyJournal(journal)))
        self._snapshot(image_id, labels, provenance, 0)
        with self._database.transaction() as connection:  # a damaged project can then be replayed from its steps
            connection.execute(
                "UPDATE images SET height = ?, width = ? WHERE id = ? AND height IS NULL", (*shape, image_id)
            )
        return LabelDocument(labels, provenance, history=History(journal))

    def _snapshot(self, image_id: int, labels: UInt8, provenance: UInt8, position: int) -> None:
        packed = (packed_plane(labels), packed_plane(provenance))
        values = (image_id, *labels.shape, *packed, position)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO label_maps VALUES (?, ?, ?, ?, ?, ?)", values)

    # Paths

    def _image(self, row: tuple[Any, ...]) -> ProjectImage:
        number, root, relative, below, height, width, orientation, size, digest, difficulty, review = row
        return ProjectImage(
            id=number,
            path=self._root(root, bool(relative)) / PurePosixPath(below),
            size=None if height is None else (height, width),
            orientation=orientation,
            bytes=size,
            hash=digest,
            difficulty=difficulty,
            review=Review(review),
        )

    def _root(self, stored: str, relative: bool) -> Path:
        return Path(os.path.normpath(self.path.absolute().parent / stored)) if relative else Path(stored)

    def _as_stored(self, root: Path) -> tuple[str, int]:
        """Folders beside or below the project file are stored relative to it: both can then move together."""
        try:
            return root.relative_to(self.path.absolute().parent).as_posix(), 1
        except ValueError:
            return str(root), 0


def _sort_key(name: str) -> str:
    """A text that sorts as people do: runs of digits by their value, case ignored."""
    return re.sub(r"\d+", lambda digits: digits[0].lstrip("0").zfill(20), name.casefold())
