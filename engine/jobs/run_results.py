"""What a run has come to: its weights and what was measured of them. Known without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError
from engine.jobs.run_folder import BEST, CHECKPOINTS, FINAL, SWEEP_FILE


def weights_of(run: Path) -> Path:
    """The best checkpoint of a run, else its final one; raises CheckpointError where there is none yet."""
    for name in (BEST, FINAL):
        path = run / CHECKPOINTS / name
        if path.is_file():
            return path
    raise CheckpointError("this run has no validated weights yet", path=run, cure="wait for its first validation")


def read_sweep(run: Path) -> list[dict[str, Any]]:
    """The rows of the run's sweep.json; none where there is no readable one."""
    try:
        rows = json.loads((run / SWEEP_FILE).read_bytes())["rows"]
        return [row for row in rows if {"rho", "shares", "mIoU", "milliseconds"} <= row.keys()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
