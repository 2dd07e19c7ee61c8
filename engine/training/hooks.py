"""What happens beside the steps: events and progress, checkpoints. Validation has a file of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
import psutil
import torch

from engine.cascade.bundle import ModelInfo
from engine.jobs.run_folder import FINAL, LAST
from engine.models.checkpoints import write_checkpoint
from engine.training.checkpoint import save_state
from engine.training.events import EventLog
from engine.training.loop import Hook, Outcome, Request, StepReport, Trainer
from engine.training.progress_line import ProgressState, progress_line

_REQUESTS: dict[Request, tuple[str, str]] = {
    "pause": ("paused", "paused"),
    "release": ("released", "going on"),
    "checkpoint": ("checkpoint", "checkpoint written"),
}


class ReportHook(Hook):
    """Writes a `step` event every so many steps and keeps a progress line up to date."""

    def __init__(self, log: EventLog, *, every: int, stream: TextIO | None = None) -> None:
        self._log = log
        self._every = every
        self._stream = stream or sys.stderr
        self._reports: list[StepReport] = []
        self._since = time.monotonic()

    def before_phase(self, trainer: Trainer) -> None:
        phase = trainer.phase
        self._log.write("phase", step=trainer.progress.step, name=phase.name, iterations=phase.iterations)
        self._reports, self._since = [], time.monotonic()

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        self._reports.append(report)
        progress = trainer.progress
        if progress.step % self._every and progress.phase_step != trainer.phase.iterations:
            return
        seconds = max(1e-9, time.monotonic() - self._since)
        images = sum(r.images for r in self._reports)
        steps_left = trainer.recipe.iterations - progress.step
        eta = steps_left * seconds / len(self._reports)
        terms = _mean_terms([r.terms for r in self._reports])
        depth = max(len(r.kept) for r in self._reports)
        kept = [float(np.mean([r.kept[s] for r in self._reports if s < len(r.kept)])) for s in range(depth)]
        loss = float(np.mean([r.loss for r in self._reports]))
        self._log.write(
            "step", step=progress.step, phase=trainer.phase.name, loss=loss, terms=terms, kept=kept, lr=report.rate,
            gradient_norm=report.gradient_norm, images_per_second=images / seconds, samples=progress.samples,
            eta_seconds=eta, memory_mb=_memory_mb(trainer.device),
        )  # fmt: skip
        line = progress_line(
            ProgressState(
                trainer.phase.name, progress.step, trainer.recipe.iterations, loss, terms, report.rate,
                images / seconds, eta, trainer.latest_score,
            )
        )  # fmt: skip
        self._show(line, end="" if self._stream.isatty() else "\n")
        # Time spent in other hooks (validation, checkpoints) counts for the estimate, as it will come again.
        self._reports, self._since = [], time.monotonic()

    def on_request(self, trainer: Trainer, request: Request) -> None:
        event, words = _REQUESTS[request]
        self._log.write(event, step=trainer.progress.step)
        self._show(f"{words} at step {trainer.progress.step}", end="\n")
        # The pause is not time that steps took.
        self._reports, self._since = [], time.monotonic()

    def _show(self, text: str, *, end: str) -> None:
        print(f"\r\x1b[K{text}", end=end, file=self._stream, flush=True)


class EndHook(Hook):
    """Writes the event `end`. The last of all hooks: whoever reads it finds the last weights and scores in place."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def at_end(self, trainer: Trainer, outcome: Outcome) -> None:
        self._log.write("end", step=trainer.progress.step, outcome=outcome, best=trainer.progress.best)


class CheckpointHook(Hook):
    """Keeps the whole state in checkpoints/last.pt: every so many steps, after each phase, at the end, when asked."""

    def __init__(self, folder: Path, *, every: int, info: ModelInfo) -> None:
        self._folder = folder
        self._every = every
        self._info = info
        self._saved_step = -1

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        if trainer.progress.step % self._every == 0:
            self._save(trainer)

    def after_phase(self, trainer: Trainer) -> None:
        self._save(trainer)

    def on_request(self, trainer: Trainer, request: Request) -> None:
        if request in ("pause", "checkpoint"):
            self._save(trainer)

    def at_end(self, trainer: Trainer, outcome: Outcome) -> None:
        self._save(trainer)
        if outcome == "finished":
            write_checkpoint(self._folder / FINAL, trainer.weights(), with_facts(self._info, trainer))

    def _save(self, trainer: Trainer) -> None:
        if trainer.progress.step != self._saved_step:
            save_state(self._folder / LAST, trainer.state_dict())
            self._saved_step = trainer.progress.step


def _memory_mb(device: str) -> float:
    """What the training holds at most of a GPU, or now of the machine's memory."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return float(psutil.Process().memory_info().rss) / 2**20


def with_facts(info: ModelInfo, trainer: Trainer, **facts: str) -> ModelInfo:
    return replace(info, metadata={**info.metadata, "step": str(trainer.progress.step), **facts})


def _mean_terms(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row})
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
