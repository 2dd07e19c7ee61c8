"""Who has a project open for writing. The system lets go of the lock when its process ends, however it ends."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

_LOCKED_BYTE: Final = 2**30  # far behind the text, which others may then still read on Windows


@dataclass(frozen=True)
class Owner:
    """Who holds a project: process, computer, person, and since when (ISO 8601, UTC)."""

    process: int
    computer: str
    person: str
    since: str

    def __str__(self) -> str:
        return f"{self.person} on {self.computer}, process {self.process}, since {self.since}"


class OwnerLock:
    """A lock file beside the project, held as long as this object is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def release(self) -> None:
        self._stream.close()


def lock_file(project: Path) -> Path:
    return project.with_name(project.name + ".lock")


def try_lock(project: Path) -> OwnerLock | None:
    """Become the owner of a project; None where another process, or this one, is.

    Raises:
        OSError: no lock file can be made there.
    """
    descriptor = os.open(lock_file(project), os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    stream = os.fdopen(descriptor, "r+b")
    try:
        _lock(stream)
    except OSError:
        stream.close()
        return None
    owner = Owner(os.getpid(), socket.gethostname(), _person(), datetime.now(UTC).isoformat(timespec="seconds"))
    stream.seek(0)
    stream.truncate()
    stream.write(json.dumps(asdict(owner)).encode())
    stream.flush()
    return OwnerLock(stream)


def owner_of(project: Path) -> Owner | None:
    """Who wrote the lock file last; None where nobody readable did."""
    with suppress(OSError, ValueError, TypeError):
        return Owner(**json.loads(lock_file(project).read_bytes()))
    return None


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without a name
        return "somebody"


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: BinaryIO) -> None:
        stream.seek(_LOCKED_BYTE)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(stream: BinaryIO) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
