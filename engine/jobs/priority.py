"""Giving way to the programs that a person works with."""

from __future__ import annotations

import sys

import psutil

from engine.errors import SettingError


def lower_priority(nice: int) -> None:
    """Lowers this process's priority: 0 leaves it, 19 is the most; Windows knows "below normal" and "idle" alone.

    Raises:
        SettingError: outside 0..19.
    """
    if not 0 <= nice <= 19:
        raise SettingError(f"the priority is lowered by 0 to 19, not by {nice}")
    if nice == 0:
        return
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.IDLE_PRIORITY_CLASS if nice >= 15 else psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        # Already lower than asked for, as under `nice`: stays so.
        process.nice(max(nice, process.nice()))
