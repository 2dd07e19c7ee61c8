"""Opening the SQLite file, and its failures in words for people."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import ProjectError
from engine.project.schema import APPLICATION_ID, VERSION, migrate, version_of

DAMAGED_CURE = "recover what can be read into a new file; this one is kept"


class Database:
    """One connection, used by one thread at a time; every failure is a ProjectError that names the file.

    Args:
        path: the project file; made where it is missing and `writable`.
        writable: False = nothing is ever written.

    Raises:
        ProjectError: no project file, damaged, made by a newer version, or not to be opened.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self.writable = writable
        self._lock = threading.RLock()
        with self._told():
            mode = "rwc" if writable else "ro"
            if not writable and not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
                mode += "&immutable=1"  # SQLite could not make the files that it reads a WAL database with
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._told():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        with self._lock, self._told():
            found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
            return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: on disk when the block has ended, undone where it raised."""
        if not self.writable:
            raise self.reading_only()
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def reading_only(self) -> ProjectError:
        """What is raised where a project that may not be written should be."""
        return ProjectError(
            "is open for reading only", path=self.path, cure="close the other window or copy the project"
        )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        with self._told():
            connection = self._connection
            version = version_of(connection)
            identity = connection.execute("PRAGMA application_id").fetchone()[0]
            empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if identity != APPLICATION_ID and not (empty and self.writable):
            raise ProjectError("is no Rhoscope project", path=self.path, cure="choose a project file")
        if version > VERSION:
            raise ProjectError(
                f"was made by a newer Rhoscope (its version is {version}, this program knows {VERSION})",
                path=self.path,
                cure="open it with that one; nothing was changed",
            )
        if not self.writable:
            if version < VERSION:
                raise ProjectError("is of an older version", path=self.path, cure="open it once for writing")
            return
        with self._told():
            # FULL: a finished stroke is on the disk, not only in the system's memory, before the next one begins.
            for setting in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000", "cache_size = -65536"):
                connection.execute(f"PRAGMA {setting}").fetchall()
            migrate(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _in_words(error, self.path) from error


def _in_words(error: sqlite3.Error, path: Path) -> ProjectError:
    text = str(error)
    match getattr(error, "sqlite_errorname", "").split("_")[:2]:
        case ["SQLITE", "CORRUPT" | "NOTADB" | "FORMAT"]:
            return ProjectError(f"is damaged: {text}", path=path, cure=DAMAGED_CURE)
        case ["SQLITE", "FULL"]:
            return ProjectError("cannot be written: the disk is full", path=path, cure="free some space")
        case ["SQLITE", "BUSY" | "LOCKED"]:
            return ProjectError("is in use by another program", path=path, cure="close it there and try again")
        case ["SQLITE", "READONLY" | "PERM" | "CANTOPEN"]:
            return ProjectError(
                f"cannot be opened: {text}", path=path, cure="check the folder's permissions or choose another one"
            )
        case ["SQLITE", "IOERR"]:
            return ProjectError(f"cannot be reached: {text}", path=path, cure="check the disk or the network drive")
        case _:
            return ProjectError(f"cannot be used: {text}", path=path, cure=DAMAGED_CURE)
