"""Killing a process at a random moment: every one is a fork of this one, so that a round takes tenths of a second."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

Report = Callable[[int], None]
"""Called by the process that will be killed, with the number of steps that are done."""


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


def killed(work: Callable[[Report], object], seed: int, *, longest: float) -> int:
    """Run `work` in a fork and kill it up to `longest` seconds after it began; the last step that it reported."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.write(writer, b"0\n")
            work(lambda number: say(writer, number))
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


def say(writer: int, number: int) -> None:
    os.write(writer, f"{number}\n".encode())
