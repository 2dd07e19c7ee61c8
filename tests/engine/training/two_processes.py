"""One of the processes of tests/engine/training/test_processes.py; started by torchrun.

Trains the tiny network, writes its weights and what it reported into the folder given, as rank<r>.pt.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import torch

from engine.training.loop import Hook, StepReport, Trainer
from engine.training.processes import joined
from engine.training.recipe import Recipe, load_recipe
from engine.training.stream import SampleStream
from tests.engine.training.tiny import Squares, TinyNetwork


class Reports(Hook):
    """Keeps the numbers of every step."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        self.rows.append(
            {
                "loss": report.loss,
                "terms": report.terms,
                "kept": list(report.kept),
                "norm": report.gradient_norm,
                "images": report.images,
            }
        )


def trained(job: Recipe, *, spoil: str = "") -> dict[str, object]:
    """Weights and reports after a recipe, of this process among those that torchrun started, or alone."""
    torch.set_num_threads(1)
    reports = Reports()
    with joined("cpu") as processes:
        # Each process begins with weights of its own: only what rank 0 hands out may count.
        torch.manual_seed(processes.rank)
        network = TinyNetwork()
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0  # what dropout draws is each process's own
        trainer = Trainer(network, SampleStream(Squares(), seed=job.seed), job, hooks=(reports,), processes=processes)
        if spoil and processes.rank == 1:
            with torch.no_grad():
                network.heads[0][1].bias[0] = float("nan")
        trainer.run()
    return {"network": network.state_dict(), "average": trainer.weights(), "reports": json.dumps(reports.rows)}


if __name__ == "__main__":
    recipe_file, folder, *rest = sys.argv[1:]
    result = trained(load_recipe(Path(recipe_file)), spoil="".join(rest))
    torch.save(result, Path(folder) / f"rank{os.environ['RANK']}.pt")
