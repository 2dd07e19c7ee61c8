"""Peak resident memory of a piece of work, measured in a process of its own."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

_MEGABYTE: Final = 1 << 20
_STATUS: Final = Path("/proc/self/status")


def peak_megabytes(work: Callable[..., Callable[[], object]], *arguments: object) -> float | None:
    """Highest resident memory, in MiB, of a fresh process while it does its work three times.

    Args:
        work: a module-level function that prepares (loads, builds) and returns what is to be done; preparing does not
            count.
        arguments: for `work`; picklable.

    Returns:
        None where the system does not tell, or the process failed.
    """
    if not _STATUS.exists():
        return None
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(sender, work, arguments))
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    except EOFError:
        return None
    finally:
        process.join()
        receiver.close()


def _measure(sender: Connection, work: Callable[..., Callable[[], object]], arguments: tuple[object, ...]) -> None:
    run = work(*arguments)
    gc.collect()
    _release_free_memory()
    # 5 resets the peak to what is resident now.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    for _ in range(3):
        run()
    sender.send(_status_megabytes("VmHWM"))
    sender.close()


def _release_free_memory() -> None:
    """What preparing left behind in the C library's heap would hide the peak of the work."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def _status_megabytes(name: str) -> float:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / _MEGABYTE
    raise RuntimeError(f"{_STATUS} has no {name}")
