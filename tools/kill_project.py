"""Kill processes that work on a project, at random moments, and look at what is left.

python -m tools.kill_project [ROUNDS] [SEED]     kills ROUNDS times (default 200), strokes, saves, exports and
                                                 migrations in turn, and says what it found as JSON; the first thing
                                                 that is lost ends it with an error

Needs a system that forks. Every process is a fork of this one, which has imported everything and opened nothing, so
that a round takes tenths of a second.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import UInt8
from engine.labels.area import Area
from engine.labels.document import LabelDocument
from engine.labels.formats.export import export_labels
from engine.labels.formats.registry import FORMATS
from engine.labels.selection import Selection, painted
from engine.project.export_source import ProjectExport, project_classes
from engine.project.project import Project
from engine.project.records import ProjectClass
from engine.project.schema import VERSION, migrate

Report = Callable[[int], None]
"""Called by the process that will be killed, with the number of steps that are done."""

SHAPE: Final = (600, 500)
_CLASSES: Final = ("road", "car", "person")  # known to every format
_OLD_FILES: Final = 40


@dataclass(frozen=True)
class Killed:
    """One round.

    Attributes:
        kind: what was killed.
        reported: steps that the process had reported when it was killed.
        found: steps found afterwards.
    """

    kind: str
    reported: int
    found: int


# Strokes and saves


def step(document: LabelDocument, seed: int, number: int) -> None:
    """The step with this number: a rectangle, an undo or a redo. Each leaves its mark on the revision."""
    dice = random.Random(f"{seed} {number}")
    kind = dice.random()
    if kind < 0.2 and document.can_undo:
        document.undo()
    elif kind < 0.3 and document.can_redo:
        document.redo()
    else:
        top, left = dice.randrange(SHAPE[0] - 60), dice.randrange(SHAPE[1] - 60)
        height, width = dice.randrange(1, 60), dice.randrange(1, 60)
        mask = np.ones((height, width), dtype=bool)
        # A corner pixel takes a class that it does not have, so that the step changes something.
        corner = document.labels[top, left]
        label = dice.choice([value for value in range(20) if value != corner])
        document.apply(painted(Selection(Area(top, left, top + height, left + width), mask), label))


def kill_strokes(folder: Path, seed: int, *, save_every: int = 7) -> Killed:
    """Steps decided by the seed alone, snapshots in between.

    Raises:
        AssertionError: the project does not open, or is in a state that the steps do not lead to.
    """
    file = folder / "strokes.rhoscope"
    with Project.open(file, create=True) as project:
        project.add_images([folder / "a.png"], root=folder)
        project.open_document(1, shape=SHAPE)

    def paint(report: Report) -> None:
        with Project.open(file) as project:
            document = project.open_document(1)
            for number in itertools.count():
                step(document, seed, number)
                report(number + 1)
                if number % save_every == save_every - 1:
                    project.save_document(1, document)

    reported = _killed(paint, seed, longest=0.4)
    with Project.open(file) as project:
        assert project.writable, "the lock of a dead process is still held"
        document = project.open_document(1)
        expected = LabelDocument.empty(SHAPE)
        found = document.revision
        for number in range(found):
            step(expected, seed, number)
        assert found in (reported, reported + 1), f"{reported} steps were reported, {found} are there"
        assert np.array_equal(document.labels, expected.labels)
        assert np.array_equal(document.provenance, expected.provenance)
        assert document.history.state == expected.history.state
        while document.undo():
            pass
        assert (document.labels == 255).all(), "undo does not lead back to the beginning"
    return Killed("strokes", reported, found)


def kill_saves(folder: Path, seed: int) -> Killed:
    """As strokes, with a snapshot after every one: most moments lie inside a save."""
    killed = kill_strokes(folder, seed, save_every=1)
    return Killed("saves", killed.reported, killed.found)


# Exports


def kill_exports(folder: Path, seed: int) -> Killed:
    """Exports into one folder over and over; every file there must be whole at any moment.

    Raises:
        AssertionError: a file is not what an export that ran through writes, or the next export fails.
    """
    format = sorted(FORMATS)[seed % len(FORMATS)]
    file = folder / "exports.rhoscope"
    _labelled_project(file, images=3, seed=seed)
    whole, target = folder / "whole", folder / "killed"
    _export(file, format, whole)

    def export(report: Report) -> None:
        for number in itertools.count():
            _export(file, format, target)
            report(number + 1)

    reported = _killed(export, seed, longest=0.5)
    names = {path.relative_to(whole) for path in whole.rglob("*") if path.is_file()}
    for path in target.rglob("*") if target.exists() else ():
        if path.is_file() and not path.name.startswith(".rhoscope-"):
            name = path.relative_to(target)
            assert name in names, f"{format}: {name} does not belong there"
            assert path.read_bytes() == (whole / name).read_bytes(), f"{format}: {name} is half written"
    _export(file, format, target)
    found = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    assert names <= found
    return Killed("exports", reported, reported)


def _export(file: Path, format: str, folder: Path) -> None:
    with Project.open(file) as project:
        export_labels(ProjectExport(project), format=format, folder=folder, classes=project_classes(project))


def _labelled_project(file: Path, *, images: int, seed: int) -> None:
    with Project.open(file, create=True) as project:
        colours = ((128, 64, 128), (0, 0, 142), (220, 20, 60))
        project.set_classes([ProjectClass(i, name, colours[i]) for i, name in enumerate(_CLASSES)])
        paths = [file.parent / f"town_{number:06}_000019.png" for number in range(images)]
        project.add_images(paths, root=file.parent)
        for number, image_id in enumerate(project.image_ids()):
            document = project.open_document(image_id, shape=(120, 160))
            for label in range(len(_CLASSES)):
                dice = random.Random(f"{seed} {number} {label}")
                top, left = dice.randrange(60), dice.randrange(80)
                mask = np.ones((60, 80), dtype=bool)
                document.apply(painted(Selection(Area(top, left, top + 60, left + 80), mask), label))
            project.save_document(image_id, document)


# Migrations


def kill_migrations(folder: Path, seed: int) -> Killed:
    """Opens files of the first version, one after another, which migrates each.

    Raises:
        AssertionError: a file does not open afterwards, is of no version at all, or has lost labels.
    """
    files, labels = _old_files(folder, seed)

    def migrate_all(report: Report) -> None:
        for number, path in enumerate(files, start=1):
            Project.open(path).close()
            report(number)
        time.sleep(60)

    reported = _killed(migrate_all, seed, longest=0.15)
    found = 0
    for number, path in enumerate(files):
        # For writing: what a killed writer left open must be rolled back before anything can be read.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.close()
        assert version in (1, VERSION), f"version {version}"
        assert number >= reported or version == VERSION, "a finished migration is gone"
        found += version == VERSION
        with Project.open(path) as project:
            assert project.writable, "the lock of a dead process is still held"
            assert np.array_equal(project.open_document(1).labels, labels)
    return Killed("migrations", reported, found)


def _old_files(folder: Path, seed: int) -> tuple[list[Path], UInt8]:
    """Copies of a labelled project of version 1, and the labels of its first image."""
    first = folder / "old.rhoscope"
    _labelled_project(first, images=1, seed=seed)
    with Project.open(first) as project:
        labels = project.open_document(1).labels.copy()
    old = folder / "v1.rhoscope"
    connection = sqlite3.connect(old, isolation_level=None)
    migrate(connection, to=1)
    connection.execute("ATTACH ? AS new", (str(first),))
    for (table,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
    connection.close()
    files = [folder / f"copy{number:02}.rhoscope" for number in range(_OLD_FILES)]
    for path in files:
        shutil.copyfile(old, path)
    return files, labels


# Killing


def _killed(work: Callable[[Report], None], seed: int, *, longest: float) -> int:
    """Run `work` in a fork and kill it up to `longest` seconds after it began; the last step that it reported."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.write(writer, b"0\n")
            work(lambda number: _say(writer, number))
        except BaseException as error:  # noqa: BLE001 - a fork must not return into its parent's code
            print(f"the work failed by itself: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as lines:
        first = lines.readline()
        time.sleep(random.Random(f"moment {seed}").uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        rest = lines.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the process ended by itself"
    # A line cut off by the kill was no report.
    return int([line for line in (first + rest).split(b"\n")[:-1] if line][-1])


def _say(writer: int, number: int) -> None:
    os.write(writer, f"{number}\n".encode())


KINDS: Final = (kill_strokes, kill_saves, kill_exports, kill_migrations)


def kill_once(folder: Path, seed: int) -> Killed:
    """One round; the kinds take turns with the seed."""
    return KINDS[seed % len(KINDS)](folder, seed // len(KINDS))


def main(rounds: int = 200, seed: int = 0) -> int:
    results: list[Killed] = []
    for number in range(seed, seed + rounds):
        with tempfile.TemporaryDirectory() as folder:
            try:
                results.append(kill_once(Path(folder), number))
            except BaseException:
                print(f"round {number} failed", file=sys.stderr)
                raise
    found = {
        kind: {
            "kills": sum(result.kind == kind for result in results),
            "steps_reported": sum(result.reported for result in results if result.kind == kind),
            "one_more_found": sum(result.found > result.reported for result in results if result.kind == kind),
        }
        for kind in dict.fromkeys(result.kind for result in results)
    }
    print(json.dumps({"kills": len(results), "by_kind": found}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
