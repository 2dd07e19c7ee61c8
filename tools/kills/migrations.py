"""Kills in the middle of migrations."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import UInt8
from engine.project.project import Project
from engine.project.schema import VERSION, migrate
from tools.kills.killing import Killed, Report, killed
from tools.kills.labelled import labelled_project

_OLD_FILES: Final = 40


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

    reported = killed(migrate_all, seed, longest=0.15)
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
    labelled_project(first, images=1, seed=seed)
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
