"""Peak memory of a piece of work, measured in a process of its own."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

_MEGABYTE: Final = 1 << 20
_STATUS: Final = Path("/proc/self/status")


@dataclass(frozen=True)
class Peak:
    """Highest memory of a piece of work, in MiB.

    Attributes:
        tensors: what PyTorch held in tensors that the work made, weights not included; the same on every run.
        process: what the whole process held, weights and the C library's free memory included. Resident pages of files,
            above all of libraries, are left out: they are shared and can be dropped at any time.
    """

    tensors: float
    process: float


def peak_memory(work: Callable[..., Callable[[], object]], *arguments: object) -> Peak | None:
    """Peak memory of a fresh process while it does its work three times.

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
        found: Peak = receiver.recv()
    except EOFError:
        return None
    else:
        return found
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
    # Pages of files stay once they are touched, so what is there at the end was there at the peak.
    process = _status_megabytes("VmHWM") - _status_megabytes("RssFile")
    sender.send(Peak(_tensor_megabytes(run), process))
    sender.close()


def _tensor_megabytes(run: Callable[[], object]) -> float:
    """Highest sum of the CPU allocations that PyTorch made and had not yet freed, from its profiler."""
    import torch

    with (
        _nothing_said(),
        torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile,
    ):
        run()
    recorder = profile.profiler
    assert recorder is not None
    events = recorder.kineto_results.events()
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]")
    return float(max(accumulate((size for _, size in changes), initial=0))) / _MEGABYTE


@contextmanager
def _nothing_said() -> Iterator[None]:
    """The profiler's native code tells standard error that it starts and stops, whatever its log level."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


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
