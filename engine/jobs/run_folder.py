"""Names of what lies in a run's folder: the one thing that a run and whoever watches it have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RECIPE_FILE: Final = "recipe.json"
"""The recipe as it runs; there from the run's first moment."""
RECIPE_TOML: Final = "recipe.toml"
"""The recipe as given; a job that waits for its turn has this one alone."""
EVENT_FILE: Final = "events.jsonl"
ENVIRONMENT_FILE: Final = "environment.json"
"""The machine, the versions and the arguments of its last start."""
OUTPUT_FILE: Final = "output.log"
"""What a job's process said on the terminal that it does not have."""
JOB_FILE: Final = "job.json"
"""How a job uses the machine, see engine.jobs.job."""
REMARKS_FILE: Final = "remarks.json"
"""Notes and tags of a person."""
PAUSE_FILE: Final = "pause"
STOP_FILE: Final = "stop"
CHECKPOINTS: Final = "checkpoints"
BEST: Final = "best.safetensors"
FINAL: Final = "final.safetensors"
LAST: Final = "last.pt"
PROBES: Final = "probes"
"""The probe images at each validation, see engine.training.probes."""
VALIDATION: Final = "validation"
"""What was mistaken for what, in which image, at each validation, see engine.training.mistakes."""
SWEEP_FILE: Final = "sweep.json"
ANALYSIS: Final = "analysis"
"""What `rhoscope analyse` found out about the run's weights."""


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run or a job that waits to become one."""
    return (folder / RECIPE_FILE).is_file() or (folder / JOB_FILE).is_file() or (folder / EVENT_FILE).is_file()
