"""The card of a published checkpoint, as Markdown: what it was made from, how, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cascade.bundle import ModelInfo
from engine.evaluation.evaluate import Evaluation, RhoRow
from engine.training.recipe import Recipe


def model_card(info: ModelInfo, recipe: Recipe, result: Evaluation, *, events: Sequence[Mapping[str, Any]]) -> str:
    """The card.

    Args:
        info: its metadata holds "data", "start_weights" and "licence".
        result: of the very weights that are published, with each stage alone.
        events: of the run, oldest first.
    """
    facts = info.metadata
    lines = [
        f"# {info.label}",
        "",
        info.title + ".",
        "",
        f"- **Data**: {facts['data']}",
        f"- **Starting weights**: {facts['start_weights']}",
        f"- **Licence**: {facts['licence']}",
        f"- **Classes**: {', '.join(info.class_names)}",
        f"- **Default ρ**: {info.default_rho:g}, {_cost(info.default_rho, result.rows)}",
        f"- **Working size**: the pixels of a 4:3 photo of {info.working_side} by {info.working_side * 3 // 4}",
        f"- **Recipe**: `resources/recipes/{recipe.name}.toml`, seed {recipe.seed}, {recipe.iterations} steps",
        "",
        "    rhoscope train resources/recipes/" + recipe.name + ".toml",
        "",
        "| phase | steps | batch | crop | learning rate | loss weights | forward |",
        "|---|---|---|---|---|---|---|",
    ]
    for phase in recipe.phase:
        weights = " / ".join(f"{w:g}" for w in phase.loss_weights)
        lines.append(
            f"| {phase.name} | {phase.iterations} | {phase.batch * phase.accumulate} | {phase.crop} | {phase.lr:g} "
            f"| {weights} | {phase.forward} |"
        )
    lines += ["", f"## Measured on {result.images} validation images", ""]
    lines += ["| ρ | mIoU % | pixel accuracy % | decided in stage 1 / 2 / 3 % |", "|---|---|---|---|"]
    for row in result.rows:
        shares = " / ".join(f"{100 * s:.0f}" for s in row.shares)
        lines.append(
            f"| {row.rho:g} | {100 * row.scores.mean_iou:.2f} | {100 * row.scores.pixel_accuracy:.2f} | {shares} |"
        )
    stages = ", ".join(f"stage {n} {100 * s.mean_iou:.2f}" for n, s in enumerate(result.stages, start=1))
    lines += ["", f"Each stage alone, on every pixel: {stages} % mIoU.", ""]
    chosen = next((row for row in result.rows if row.rho == info.default_rho), result.rows[0])
    lines += [f"IoU by class at ρ = {chosen.rho:g}, percent:", "", "| class | IoU | class | IoU | class | IoU |"]
    lines.append("|---|---|---|---|---|---|")
    pairs = list(zip(info.class_names, chosen.scores.per_class.tolist(), strict=True))
    for start in range(0, len(pairs), 3):
        cells = [f"{name} | {100 * iou:.1f}" for name, iou in pairs[start : start + 3]]
        lines.append("| " + " | ".join(cells) + " |")
    worst = sorted(pairs, key=lambda pair: pair[1])[:4]
    weak = ", ".join(f"{name} ({100 * iou:.0f} %)" for name, iou in worst)
    lines += ["", f"Weakest classes: {weak}.", "", "## Loss on the way", "", "| step | phase | loss |", "|---|---|---|"]
    steps = [event for event in events if event.get("event") == "step"]
    every = max(1, len(steps) // 12)
    lines += [f"| {e['step']} | {e['phase']} | {e['loss']:.3f} |" for e in steps[every - 1 :: every]]
    return "\n".join(lines) + "\n"


def _cost(rho: float, rows: Sequence[RhoRow]) -> str:
    """What the default ρ gives up, in words."""
    best = max(row.scores.mean_iou for row in rows)
    for row in rows:
        if row.rho == rho:
            return f"{100 * (best - row.scores.mean_iou):.1f} points of mIoU below the best of the sweep"
    return "not among the values of the sweep"
