"""A run's best checkpoint as a model of the person's own, with a card of what the run itself has measured.

Nothing is computed anew: publish.py validates again, for models that ship.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.data.atomic_file import make_folder, write_bytes
from engine.jobs.run_folder import RECIPE_FILE
from engine.jobs.run_results import read_sweep, weights_of
from engine.models.checkpoints import read_checkpoint, write_checkpoint
from engine.training.events import read_events
from engine.training.recipe import load_recipe
from engine.training.recipe_toml import recipe_toml


@dataclass(frozen=True)
class Publication:
    """How a model is to be published.

    Attributes:
        name: of the file, without suffix.
        title: one line for people.
        rho: the default ρ; None = that of the checkpoint.
        licence, data: in the card's words; empty = not told.
    """

    name: str
    title: str = ""
    rho: float | None = None
    licence: str = ""
    data: str = ""


def publish_run(run: Path, folder: Path, publication: Publication) -> Path:
    """Writes <name>.safetensors and its card <name>.md into a folder; where the name is taken, with a number.

    Raises:
        RhoscopeError: there are no weights yet, they are damaged, or the files cannot be written.
    """
    checkpoint = read_checkpoint(weights_of(run))
    recipe = load_recipe(run / RECIPE_FILE)
    make_folder(folder)
    out = _free(folder, publication.name)
    rho = checkpoint.info.default_rho if publication.rho is None else publication.rho
    told = {"data": publication.data, "licence": publication.licence, "start_weights": recipe.model.start}
    info = replace(
        checkpoint.info,
        title=publication.title or checkpoint.info.title,
        default_rho=rho,
        metadata={**checkpoint.info.metadata, **{key: text for key, text in told.items() if text}, "run": run.name},
    )
    write_checkpoint(out, checkpoint.tensors, info)
    events = list(read_events(run))
    card = _card(info.title, out.stem, dict(info.metadata), info.class_names, rho, events, read_sweep(run))
    card += f"\n## Recipe\n\n```toml\n{recipe_toml(recipe)}```\n"
    write_bytes(out.with_suffix(".md"), card.encode())
    return out


def _card(
    title: str,
    name: str,
    facts: Mapping[str, str],
    classes: Sequence[str],
    rho: float,
    events: Sequence[Mapping[str, Any]],
    sweep: Sequence[Mapping[str, Any]],
) -> str:
    lines = [f"# {name}", "", f"{title}.", ""]
    words = {
        "data": "Data", "licence": "Licence", "start_weights": "Starting weights", "run": "Run", "recipe": "Recipe",
        "step": "Step",
    }  # fmt: skip
    lines += [f"- **{word}**: {facts[key]}" for key, word in words.items() if facts.get(key)]
    lines += [f"- **Classes**: {', '.join(classes)}", f"- **Default ρ**: {rho:g}"]
    step = facts.get("step", "")
    scored = [e for e in events if e.get("event") == "val" and str(e.get("step")) == step]
    if scored:
        # Of a step that was repeated, and of the whole list at the end, the last counts.
        val = scored[-1]
        lines += ["", f"## Measured on {val.get('images')} validation images at ρ = {val.get('rho'):g}", ""]
        lines += [f"mIoU {_percent(val.get('mIoU'))} %, pixel accuracy {_percent(val.get('pixel_accuracy'))} %."]
        lines += ["", "These weights were chosen on validation images, so the figures flatter a little."]
        lines += ["", "| class | IoU % |", "|---|---|"]
        per_class = val.get("per_class", [])
        lines += [f"| {c} | {_percent(v)} |" for c, v in zip(classes, per_class, strict=False)]
    if sweep:
        lines += ["", "## By ρ", "", "| ρ | mIoU % | ms an image | decided by stage % |", "|---|---|---|---|"]
        lines += [
            f"| {row['rho']:g} | {_percent(row['mIoU'])} | {_percent(row['milliseconds'])} | "
            f"{' / '.join(f'{100 * share:.0f}' for share in row['shares'])} |"
            for row in sweep
        ]
    return "\n".join(lines) + "\n"


def _percent(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) and math.isfinite(value) else "–"


def _free(folder: Path, name: str) -> Path:
    stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.") or "model"
    path, number = folder / f"{stem}.safetensors", 2
    while path.exists() or path.with_suffix(".md").exists():
        path, number = folder / f"{stem}-{number}.safetensors", number + 1
    return path
