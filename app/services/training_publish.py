"""Publishing runs and measuring their weights over ρ. Nothing here is quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.services.own_command import lower, run_command, written_at
from app.services.training_recipes import recipe_path
from engine.cancel import CancelToken
from engine.errors import TrainingError
from engine.jobs.program import command_line
from engine.jobs.run_folder import SWEEP_FILE
from engine.jobs.run_results import read_sweep, weights_of

RHOS: Final = (1.0, 0.995, 0.985, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6)


@dataclass(frozen=True)
class DialPoint:
    """One ρ of a sweep: percent mIoU, median milliseconds an image, fraction of cells decided by each stage."""

    rho: float
    mean_iou: float
    milliseconds: float
    shares: tuple[float, ...]


def publish(run: Path, *, name: str, title: str, rho: float | None, licence: str) -> Path:
    """Writes the best checkpoint and its card into the person's model folder; raises RhoscopeError."""
    from engine.models.user_models import user_model_folder
    from engine.training.publish_run import Publication, publish_run

    return publish_run(run, user_model_folder(), Publication(name=name, title=title, rho=rho, licence=licence))


def dial(run: Path) -> tuple[DialPoint, ...]:
    """What was measured of a run's weights, by falling ρ; empty where nothing was."""
    points = [
        DialPoint(float(r["rho"]), float(r["mIoU"]), float(r["milliseconds"]), tuple(map(float, r["shares"])))
        for r in read_sweep(run)
        if r["mIoU"] is not None and r["milliseconds"] is not None
    ]
    return tuple(sorted(points, key=lambda point: -point.rho))


def measure(run: Path, *, images: int, threads: int, cancel: CancelToken) -> tuple[DialPoint, ...]:
    """Sweeps ρ on so many validation images, 0 = all, in a process of its own, and keeps the rows in the run's folder.

    Raises:
        RhoscopeError: there are no weights, or the data set is gone.
        Cancelled: asked for by `cancel`.
    """
    from engine.training.recipe import expand, load_recipe

    data = load_recipe(recipe_path(run)).data
    arguments = ["--model", str(weights_of(run)), "--root", str(expand(data.root)), "--dataset", data.layout]
    arguments += ["--split", data.val, "--cityscapes-labels", data.cityscapes_labels, "--rhos", *map(str, RHOS)]
    arguments += ["--json", str(run / SWEEP_FILE), "--threads", str(max(1, threads))]
    if images:
        arguments += ["--images", str(images)]
    before = written_at(run / SWEEP_FILE)
    done = run_command(command_line("sweep", *arguments), cancel, started=lower)
    # 1 is also said where some images could not be used and the others were.
    if done.code not in (0, 1) or written_at(run / SWEEP_FILE) == before:
        raise TrainingError(f"the sweep failed: {done.reason}", path=run)
    return dial(run)


def within_time(points: tuple[DialPoint, ...], milliseconds: float) -> DialPoint | None:
    """The best mIoU that takes no longer; None where every one takes longer."""
    fast = [point for point in points if point.milliseconds <= milliseconds]
    return max(fast, key=lambda point: (point.mean_iou, -point.milliseconds), default=None)


def at_least(points: tuple[DialPoint, ...], mean_iou: float) -> DialPoint | None:
    """The fastest with at least this mIoU; None where none has it."""
    good = [point for point in points if point.mean_iou >= mean_iou]
    return min(good, key=lambda point: (point.milliseconds, -point.mean_iou), default=None)
