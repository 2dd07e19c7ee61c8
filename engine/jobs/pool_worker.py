"""What a process of a pool does first."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Ends this process when the one that started it has ended, however that came about.

    A pool's processes wait for work on a pipe that they hold open themselves, so a parent that was killed would leave
    them waiting for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="watch of the parent", daemon=True).start()
