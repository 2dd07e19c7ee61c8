"""Own trainings of different systems side by side: what each costs, how it was trained, whether its loss fell, and what
it then scored. Read from run folders, so that a score never stands without the training behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.evaluation.markdown import shown, table
from engine.evaluation.systems import Measured, threads_text
from engine.evaluation.training_curves import Curves
from engine.models.counting import model_counts

_SIZE: Final = 512


@dataclass(frozen=True)
class PhaseLoss:
    """The loss at the beginning and at the end of a phase; those of different phases are not the same sum.

    Attributes:
        first, last: means of the first and last steps that the events report together.
    """

    first: float
    last: float


@dataclass(frozen=True)
class Trained:
    """One run.

    Attributes:
        name: what tables call it; recipe: the name of its recipe.
        model: registered name with its variant.
        start: where its weights came from; empty = random.
        classes: how many it tells apart.
        training: steps, images a step and crop in words.
        losses: one a phase.
        images: how many the score stands for.
        mean_iou: percent.
        milliseconds: median of an image at working_side.
    """

    name: str
    recipe: str
    model: str
    start: str
    classes: int
    training: str
    losses: tuple[PhaseLoss, ...]
    working_side: int
    rho: float | None
    images: int
    mean_iou: float | None
    milliseconds: float | None
    machine: str


def from_run(run: Mapping[str, Any], curves: Curves, *, name: str) -> Trained | None:
    """What a run's recipe, environment and events say; None where its recipe is not there.

    The score is the last one on the greatest number of images.

    Raises:
        KeyError, TypeError, ValueError: the recipe is not one.
    """
    recipe = run.get("recipe")
    if not recipe:
        return None
    model, phases = recipe["model"], recipe["phase"]
    environment = run.get("environment") or {}
    machine = [str(environment["device"])] if environment.get("device") else []
    machine += [threads_text(int(environment["threads"]))] if environment.get("threads") else []
    scored = max(curves.validations, key=lambda found: (found.images, found.step), default=None)
    return Trained(
        name=name,
        recipe=str(recipe["name"]),
        model=str(model["name"]),
        start=str(model.get("start", "")),
        classes=int(run["classes"]),
        training=_training(phases, curves),
        losses=_losses(phases, curves),
        working_side=int(model["working_side"]),
        rho=None if scored is None else scored.rho,
        images=0 if scored is None else scored.images,
        mean_iou=None if scored is None else scored.mean_iou,
        milliseconds=None if scored is None else scored.milliseconds,
        machine=", ".join(machine),
    )


def scored_by(trained: Trained, evals: Mapping[str, Measured]) -> Trained:
    """With the numbers of an eval of its checkpoint in place of the run's own, where there is one.

    Args:
        evals: by recipe.
    """
    found = evals.get(trained.recipe)
    if found is None:
        return trained
    return replace(
        trained, rho=found.rho, images=found.images, mean_iou=found.mean_iou, milliseconds=found.milliseconds,
        machine=found.machine,
    )  # fmt: skip


def trained_table(own: Sequence[Trained]) -> str:
    """Markdown, in the order given."""
    rows = []
    for run in own:
        counts = model_counts(run.model, num_classes=run.classes, size=_SIZE)
        rows.append(
            [
                f"`{run.model}`",
                f"{counts.params / 1e6:.2f}",
                f"{counts.macs_by_stage['total'] / 1e9:.1f}",
                f"{run.training}, from {_origin(run.start)}",
                "; ".join(f"{phase.first:.2f} → {phase.last:.2f}" for phase in run.losses) or "–",
                "–" if run.rho is None or "stage2" not in counts.macs_by_stage else f"{run.rho:g}",
                str(run.images or "–"),
                shown(run.mean_iou, 2),
                str(run.working_side),
                shown(run.milliseconds),
                run.machine or "–",
            ]
        )
    header = ["system", "parameters M", f"GMAC at {_SIZE}×{_SIZE}", "training", "loss, first → last of each phase"]
    header += ["ρ", "images", "mIoU %", "long side", "ms", "machine"]
    return table(header, rows)


def _origin(start: str) -> str:
    file = start.replace("\\", "/").rsplit("/", 1)[-1]
    return f"`{file}`" if start else "random weights"


def _training(phases: Sequence[Mapping[str, Any]], curves: Curves) -> str:
    planned = sum(int(phase["iterations"]) for phase in phases)
    done = curves.losses[-1][0] if curves.losses else 0
    steps = f"{planned} steps" if done >= planned else f"{done} of {planned} steps"
    batches = _range(int(phase["batch"]) * int(phase.get("accumulate", 1)) for phase in phases)
    crops = _range(int(phase["crop"]) for phase in phases)
    return f"{steps} of {batches} images at {crops} pixels"


def _range(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _losses(phases: Sequence[Mapping[str, Any]], curves: Curves) -> tuple[PhaseLoss, ...]:
    found, begin = [], 0
    for phase in phases:
        end = begin + int(phase["iterations"])
        within = [loss for step, loss in curves.losses if begin < step <= end]
        if within:
            found.append(PhaseLoss(within[0], within[-1]))
        begin = end
    return tuple(found)
