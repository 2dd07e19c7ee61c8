"""From a finished run to a checkpoint that people can use, with its model card.

The card holds only what was measured here: the recipe as it ran, the losses on the way, and the validation of the very
weights that are written.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.cascade.bundle import CELLS, CORNERS, ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.thresholds import PAPER_RHOS
from engine.errors import RhoscopeError, SettingError
from engine.evaluation.evaluate import Preparation, RhoRow, evaluate
from engine.jobs.run_folder import RECIPE_FILE
from engine.models.checkpoints import load_into, read_tensors, write_checkpoint
from engine.models.registry import find_architecture
from engine.training.model_card import model_card
from engine.training.recipe import load_recipe
from engine.training.run import training_data

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """Where data and starting weights come from and on what terms, in the words of the card."""

    data: str
    weights: str
    licence: str


def publish(
    run: Path, out: Path, *, origin: Origin, working_side: int | None = None, rho: float | None = None, images: int = 0
) -> Path:
    """Validates a run's last weights and writes them with their card beside them (same name, .md).

    The last weights, not the best on the validation list: choosing there would flatter the figures.

    Args:
        run: folder of a finished run.
        out: the .safetensors file.
        working_side: the size at which photos are brought to the model, here and when it is used; None = the recipe's.
        rho: the default ρ; None takes cheapest_good_rho of the sweep.
        images: validate on the first so many images only, 0 = all.

    Returns:
        The card's path.

    Raises:
        RhoscopeError: the run is unfinished or unreadable, or the files cannot be written.
    """
    recipe = load_recipe(run / RECIPE_FILE, overrides=())
    side = working_side or recipe.model.working_side
    _, data = training_data(recipe)
    architecture, variant = find_architecture(recipe.model.name)
    network = architecture.build(variant, num_classes=len(data.class_names))
    weights = run / "checkpoints" / "final.safetensors"
    if not weights.is_file():
        raise SettingError("this run has not finished: it has no final weights", path=run)
    load_into(network, read_tensors(weights), path=weights)
    result = evaluate(
        LayerCascade(network.eval().optimised().eval()),
        data,
        rhos=PAPER_RHOS,
        preparation=Preparation(
            recipe.model.mean, recipe.model.std, max_side=side, cells_on_corners=recipe.cells_on_corners
        ),
        dense_stages=True,
        indices=range(images) if images else None,
        on_image=_report,
    )
    default_rho = cheapest_good_rho(result.rows) if rho is None else rho
    chosen = next((row for row in result.rows if row.rho == default_rho), result.rows[0])
    metadata = {
        "data": origin.data,
        "start_weights": origin.weights,
        "licence": origin.licence,
        "recipe": recipe.name,
        "seed": str(recipe.seed),
        "iterations": str(recipe.iterations),
        "val_images": str(result.images),
        "val_mIoU": f"{100 * chosen.scores.mean_iou:.2f}",
        "val_rho": f"{chosen.rho:g}",
        **({CELLS: CORNERS} if recipe.cells_on_corners else {}),
    }
    info = ModelInfo(
        architecture.name, variant, architecture.title, data.class_names, data.palette, recipe.model.mean,
        recipe.model.std, default_rho, metadata, side,
    )  # fmt: skip
    write_checkpoint(out, network.state_dict(), info)
    card = out.with_suffix(".md")
    card.write_text(model_card(info, recipe, result, events=_events(run)), encoding="utf-8")
    return card


def cheapest_good_rho(rows: Sequence[RhoRow], *, loss: float = 0.003) -> float:
    """The lowest ρ whose mIoU is within `loss` of the best row's: lower ρ computes less."""
    best = max(row.scores.mean_iou for row in rows)
    return min(row.rho for row in rows if row.scores.mean_iou >= best - loss)


def _report(done: int, total: int) -> None:
    if done % 20 == 0 or done == total:
        _log.info("validated %d of %d images", done, total)


def _events(run: Path) -> list[dict[str, Any]]:
    path = run / "events.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.training.publish", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--out", type=Path, required=True, help="the .safetensors file to write")
    parser.add_argument("--data", required=True, help="what the model was trained on, for the card")
    parser.add_argument("--weights", required=True, help="where its starting weights come from, for the card")
    parser.add_argument("--licence", required=True)
    parser.add_argument("--rho", type=float, help="the default ρ; chosen from the sweep where it is not given")
    parser.add_argument("--working-side", type=int, help="long side of a 4:3 photo as the model sees it; the recipe's")
    parser.add_argument("--images", type=int, default=0, help="validate on the first so many images only")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        card = publish(
            args.run,
            args.out,
            origin=Origin(args.data, args.weights, args.licence),
            working_side=args.working_side,
            rho=args.rho,
            images=args.images,
        )
    except RhoscopeError as error:
        _log.error("publish: %s", error)
        return 1
    _log.info("wrote %s and %s", args.out, card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
