"""The project file's tables, and how older files become newer ones."""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x52484F53
""""RHOS", in the header of every project file."""

_FIRST: Final = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,       -- absolute, or relative to the project file's folder
    relative INTEGER NOT NULL
);
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    root INTEGER NOT NULL REFERENCES roots(id),
    path TEXT NOT NULL,              -- below the root, with forward slashes
    sort_key TEXT NOT NULL,
    height INTEGER, width INTEGER,   -- upright; NULL until the file has been looked at
    orientation INTEGER,
    bytes INTEGER, modified INTEGER, -- of the file when it was looked at; nanoseconds
    hash TEXT,
    difficulty REAL,                 -- share of cells that reached the last stage, 0..1
    review INTEGER NOT NULL DEFAULT 0,
    UNIQUE (root, path)
);
CREATE INDEX images_by_name ON images (sort_key, id);
CREATE INDEX images_by_difficulty ON images (difficulty DESC, sort_key, id);
CREATE TABLE classes (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 254),
    name TEXT NOT NULL UNIQUE,
    red INTEGER NOT NULL, green INTEGER NOT NULL, blue INTEGER NOT NULL,
    key TEXT NOT NULL DEFAULT ''
);
CREATE TABLE label_maps (
    image INTEGER PRIMARY KEY REFERENCES images(id),
    height INTEGER NOT NULL, width INTEGER NOT NULL,
    labels BLOB NOT NULL, provenance BLOB NOT NULL,  -- zlib of H×W bytes
    position INTEGER NOT NULL                        -- journal steps that are in it
);
CREATE TABLE histories (
    image INTEGER PRIMARY KEY REFERENCES images(id),
    length INTEGER NOT NULL, cursor INTEGER NOT NULL, revision INTEGER NOT NULL
);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    image INTEGER NOT NULL REFERENCES images(id),
    position INTEGER NOT NULL,
    change BLOB NOT NULL,
    UNIQUE (image, position)
);
"""

_MODEL_VERSIONS: Final = """
CREATE TABLE model_versions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, path TEXT NOT NULL, parent INTEGER REFERENCES model_versions(id),
    made TEXT NOT NULL, note TEXT NOT NULL DEFAULT ''
);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST, _MODEL_VERSIONS)
"""Step n brings a file from version n to n + 1. Steps are added, never changed."""

VERSION: Final = len(MIGRATIONS)

TABLES: Final = ("settings", "roots", "images", "classes", "label_maps", "histories", "journal", "model_versions")


def version_of(connection: sqlite3.Connection) -> int:
    """The file's schema version, 0 for an empty file."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, *, to: int = VERSION) -> None:
    """Bring the file to a version in one transaction: a failure at any point leaves it at its old one.

    The connection must be in autocommit mode (isolation_level=None).
    """
    if version_of(connection) >= to:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(version_of(connection), to):
            for statement in MIGRATIONS[version].split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {to}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
