"""Jobs that run in a worker process under test; they must be importable there."""

from __future__ import annotations

import os
import time

from engine.errors import ImageError
from engine.jobs.worker_process import JobContext


def perform(payload: tuple[str, float], context: JobContext) -> object:
    what, amount = payload
    if what == "double":
        return amount * 2
    if what == "who":
        return os.getpid()
    if what == "count":
        for step in range(int(amount)):
            context.progress(step / amount)
        # Less than before on purpose.
        context.progress(0.1)
        context.progress(1.0)
        return "counted"
    if what == "wait":
        while True:
            context.progress(0.5)
            time.sleep(0.01)
    if what == "deaf":
        context.progress(0.5)
        time.sleep(amount)
        return "woke"
    if what == "die":
        os._exit(int(amount))
    if what == "refuse":
        raise ImageError("the picture is upside down", cure="turn it")
    raise ValueError(what)
