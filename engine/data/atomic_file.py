"""Writing a file so that a failure at any point leaves the old one whole."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import OutputError


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary neighbour, bring it to the disk, then put it in the place of `path`.

    Raises:
        OutputError: the file cannot be written; `path` is what it was before and no temporary file is left.
    """
    # A short name of its own: a prefix on the wanted name could pass the file system's limit of 255 bytes.
    temporary = path.with_name(f".rhoscope-{secrets.token_hex(8)}.tmp")
    try:
        try:
            with temporary.open("xb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot be written: {_reason(error)}", path=path, cure=_cure(error)) from error
    _sync_folder(path.parent)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically; raises OutputError."""
    write_atomically(path, lambda stream: stream.write(data))


def make_folder(path: Path) -> None:
    """Make the folder and its parents where missing; raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is a file, a folder is needed", path=path, cure="choose another folder") from error
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot be made: {_reason(error)}", path=path, cure=_cure(error)) from error


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk as well, where the system lets a folder be opened."""
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _cure(error: OSError | ValueError) -> str:
    match error:
        case PermissionError():
            return "check the folder's permissions or choose another one"
        case FileNotFoundError():
            return "make the folder first"
        case OSError(errno=errno.ENOSPC):
            return "free some space or choose another place"
        case _:
            return "choose another place"
