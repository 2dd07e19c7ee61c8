"""What happens beside the steps: events and progress, validation, checkpoints."""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np

from engine.cascade.bundle import ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.data.samples import SegmentationData
from engine.evaluation.evaluate import Evaluation, Preparation, evaluate
from engine.models.checkpoints import write_checkpoint
from engine.models.loading import choose_device, for_inference
from engine.training.checkpoint import LAST, save_state
from engine.training.events import EventLog
from engine.training.loop import Hook, Outcome, Request, StepReport, Trainer
from engine.training.progress_line import ProgressState, progress_line

_REQUESTS: dict[Request, tuple[str, str]] = {
    "pause": ("paused", "paused"),
    "release": ("released", "going on"),
    "checkpoint": ("checkpoint", "checkpoint written"),
}
BEST = "best.safetensors"
FINAL = "final.safetensors"


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
            eta_seconds=eta,
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
            write_checkpoint(self._folder / FINAL, trainer.weights(), _with_facts(self._info, trainer))

    def _save(self, trainer: Trainer) -> None:
        if trainer.progress.step != self._saved_step:
            save_state(self._folder / LAST, trainer.state_dict())
            self._saved_step = trainer.progress.step


class ValidationHook(Hook):
    """Scores the cascade on the validation list, writes `val` events and keeps the best weights.

    Stages that no phase has trained yet are not scored: with only stage 1 trained, its own mIoU stands for the cascade.
    """

    def __init__(
        self,
        log: EventLog,
        data: SegmentationData,
        folder: Path,
        *,
        info: ModelInfo,
        stream: TextIO | None = None,
    ) -> None:
        self._log = log
        self._data = data
        self._folder = folder
        self._info = info
        self._stream = stream or sys.stderr

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        at_end = trainer.progress.phase_step == trainer.phase.iterations
        if trainer.progress.step % trainer.recipe.schedule.val_every == 0 and not at_end:
            self._validate(trainer)

    def after_phase(self, trainer: Trainer) -> None:
        self._validate(trainer)
        if trainer.progress.phase == len(trainer.recipe.phase) - 1 and trainer.recipe.schedule.val_images:
            self._validate(trainer, whole=True)

    def _validate(self, trainer: Trainer, *, whole: bool = False) -> None:
        """On the recipe's number of images, or on all: that score stands beside the others and competes with none."""
        images = 0 if whole else trainer.recipe.schedule.val_images
        began = time.monotonic()
        result = validate(trainer, self._data, images=images)
        row = result.rows[0]
        merged = 100.0 * row.scores.mean_iou
        progress = trainer.progress
        trainer.latest_score = merged
        self._log.write(
            "val", step=progress.step, images=result.images, rho=row.rho, mIoU=merged,
            stages=[100.0 * s.mean_iou for s in result.stages], shares=row.shares,
            pixel_accuracy=100.0 * row.scores.pixel_accuracy,
            per_class=[100.0 * v for v in row.scores.per_class.tolist()],
            median_ms=row.median_ms, seconds=time.monotonic() - began,
        )  # fmt: skip
        stages = " ".join(f"{100 * s.mean_iou:.1f}" for s in result.stages)
        shares = " ".join(f"{100 * s:.0f}" for s in row.shares)
        print(
            f"\r\x1b[Kvalidation at step {progress.step}, {result.images} images: "
            f"merged {merged:.1f} % at ρ {row.rho:g} (stages {stages}, shares {shares} %), "
            f"{time.monotonic() - began:.0f} s",
            file=self._stream,
            flush=True,
        )
        if merged > progress.best and not whole:
            progress.best = merged
            info = _with_facts(self._info, trainer, val_mIoU=f"{merged:.2f}", val_images=str(result.images))
            write_checkpoint(self._folder / BEST, trainer.weights(), info)


def validate(trainer: Trainer, data: SegmentationData, *, images: int) -> Evaluation:
    """Scores a copy of the trainer's network, folded for inference, on `images` spread over the list (0 = all)."""
    network = copy.deepcopy(trainer.network)
    network.load_state_dict(trainer.weights())
    cascade = LayerCascade(for_inference(network, device=choose_device(trainer.device), precision="fp32"))
    recipe = trainer.recipe
    preparation = Preparation(
        recipe.model.mean, recipe.model.std, device=trainer.device, max_side=recipe.model.working_side
    )
    trained = max(phase.depth for phase in recipe.phase[: trainer.progress.phase + 1])
    rho = recipe.schedule.val_rho if trained > 1 else 0.0
    indices = None
    if 0 < images < len(data):
        indices = [round(i) for i in np.linspace(0, len(data) - 1, images)]
    return evaluate(cascade, data, rhos=[rho], preparation=preparation, dense_stages=trained > 1, indices=indices)


def _with_facts(info: ModelInfo, trainer: Trainer, **facts: str) -> ModelInfo:
    return replace(info, metadata={**info.metadata, "step": str(trainer.progress.step), **facts})


def _mean_terms(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row})
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
