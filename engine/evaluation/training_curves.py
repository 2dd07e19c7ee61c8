"""Loss and validation of a training run, from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.evaluation.figures import OWN_COLOURS, STAGE_COLOURS, legend, panels
from engine.evaluation.markdown import joined, shown, table


@dataclass(frozen=True)
class Validation:
    """Attributes:
    images: how many were scored.
    mean_iou: percent, of the merged answer at `rho`.
    stages: percent, each stage alone; empty where they were not scored.
    milliseconds: median of an image; None where the events do not tell.
    """

    step: int
    images: int
    rho: float
    mean_iou: float | None
    stages: tuple[float | None, ...]
    shares: tuple[float, ...]
    milliseconds: float | None = None


@dataclass(frozen=True)
class Curves:
    """Attributes:
    recipe: its name, empty where the events do not tell.
    losses: (step, loss), ascending.
    validations: ascending by step.
    outcome: "finished", "stopped" and the like; empty while the run is under way.
    """

    recipe: str
    losses: tuple[tuple[int, float], ...]
    validations: tuple[Validation, ...]
    outcome: str


def curves(events: Iterable[Mapping[str, Any]]) -> Curves:
    """Reads events in the order written; of steps that a resumed run repeated, the later ones count."""
    recipe, outcome = "", ""
    losses: dict[int, float] = {}
    validations: dict[tuple[int, int], Validation] = {}
    for event in events:
        kind, step = event.get("event"), int(event.get("step", 0))
        if kind in ("started", "resumed"):
            recipe, outcome = str(event.get("recipe", recipe)), ""
            losses = {at: loss for at, loss in losses.items() if at <= step}
            validations = {key: found for key, found in validations.items() if key[0] <= step}
        elif kind == "step" and event.get("loss") is not None:
            losses[step] = float(event["loss"])
        elif kind == "val":
            found = Validation(
                step=step,
                images=int(event["images"]),
                rho=float(event["rho"]),
                mean_iou=event["mIoU"],
                stages=tuple(event.get("stages", ())),
                shares=tuple(event.get("shares", ())),
                milliseconds=event.get("median_ms"),
            )
            validations[step, found.images] = found
        elif kind in ("end", "failed"):
            outcome = str(event.get("outcome") or event.get("reason") or kind)
    return Curves(
        recipe=recipe,
        losses=tuple(sorted(losses.items())),
        validations=tuple(sorted(validations.values(), key=lambda found: (found.step, found.images))),
        outcome=outcome,
    )


def tables(result: Curves) -> str:
    """Markdown, one row a validation."""
    header = ["step", "images", "ρ", "mIoU %", "each stage alone %", "decided in stages %"]
    rows = []
    for found in result.validations:
        alone = " / ".join(shown(stage) for stage in found.stages) or "–"
        row = [str(found.step), str(found.images), f"{found.rho:g}", shown(found.mean_iou, 2), alone]
        rows.append([*row, joined(found.shares)])
    state = result.outcome or "under way"
    last = f", last loss {result.losses[-1][1]:.3f} at step {result.losses[-1][0]}" if result.losses else ""
    return f"Recipe {result.recipe or 'unknown'}, {state}{last}.\n\n" + table(header, rows)


def figure(result: Curves) -> Figure:
    """Left the loss, right the validation: merged and each stage alone, a line for the usual number of images."""
    drawn, (left, right) = panels(2, width=6.0)
    left.plot(
        [step for step, _ in result.losses], [loss for _, loss in result.losses], color=OWN_COLOURS[0], linewidth=1.0
    )
    left.set_title("Loss")
    left.set_xlabel("step")
    counts = Counter(found.images for found in result.validations)
    usual = max(counts, key=lambda images: (counts[images], -images), default=0)
    lined = [found for found in result.validations if found.images == usual]
    for stage in range(max((len(found.stages) for found in lined), default=0)):
        known = [(v.step, v.stages[stage]) for v in lined if stage < len(v.stages)]
        _line(right, known, f"stage {stage + 1} alone", STAGE_COLOURS[stage % len(STAGE_COLOURS)], "--")
    _line(right, [(v.step, v.mean_iou) for v in lined], f"merged, {usual} images", OWN_COLOURS[0], "-")
    # Scores on other images are no part of the same line.
    for images in sorted(counts.keys() - {usual}):
        others = [(v.step, v.mean_iou) for v in result.validations if v.images == images]
        _line(right, others, f"merged, {images} images", OWN_COLOURS[1], "")
    right.set_title("Validation")
    right.set_xlabel("step")
    right.set_ylabel("mIoU %")
    legend(right)
    return drawn


def _line(panel: Axes, points: list[tuple[int, float | None]], name: str, colour: str, style: str) -> None:
    known = [(step, value) for step, value in points if value is not None]
    panel.plot([s for s, _ in known], [v for _, v in known], style, marker="o", markersize=3, label=name, color=colour)
