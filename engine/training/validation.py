"""Validation while training: scores, the best weights so far, and what is kept to look at."""

from __future__ import annotations

import copy
import sys
import time
from pathlib import Path
from typing import TextIO

import numpy as np

from engine.cascade.bundle import ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.data.samples import LabelledImage, SegmentationData
from engine.evaluation.evaluate import Evaluation, Preparation, Watch, evaluate
from engine.evaluation.views import ImageAnswers
from engine.jobs.run_folder import BEST, CHECKPOINTS
from engine.models.checkpoints import write_checkpoint
from engine.models.loading import choose_device, for_inference
from engine.training.events import EventLog
from engine.training.hooks import with_facts
from engine.training.loop import Hook, StepReport, Trainer
from engine.training.mistakes import MistakeCounter, save_mistakes
from engine.training.probes import ProbeWriter, probe_places


class ValidationHook(Hook):
    """Scores the cascade on the validation list, writes `val` events and keeps the best weights.

    Beside the events it leaves the probe images, see probes.py, and what was mistaken for what, see mistakes.py.

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
        self._run = folder
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
        """On the recipe's number of images, or on the final number: that score competes with none of the others."""
        images = trainer.recipe.schedule.final_images if whole else trainer.recipe.schedule.val_images
        began = time.monotonic()
        step, schedule = trainer.progress.step, trainer.recipe.schedule
        scored = len(self._data) if images == 0 else min(images, len(self._data))
        places = probe_places(scored, schedule.probes)
        # The longer list at the end has other probes than the rest: it is for the numbers alone.
        probes = ProbeWriter(self._run, step=step, places=() if whole else places, palette=self._info.palette)
        mistakes = MistakeCounter(len(self._data.class_names))

        def watch(sample: LabelledImage, answers: ImageAnswers) -> None:
            probes.take(sample, answers)
            stages = {f"stage {s}": answer.label_map for s, answer in enumerate(answers.stages, start=1)}
            mistakes.add(sample.name, sample.labels, {"final": answers.at_rho[0].label_map} | stages)

        result = validate(trainer, self._data, images=images, watch=watch)
        probes.finish()
        save_mistakes(self._run, step, mistakes.mistakes())
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
            info = with_facts(self._info, trainer, val_mIoU=f"{merged:.2f}", val_images=str(result.images))
            write_checkpoint(self._run / CHECKPOINTS / BEST, trainer.weights(), info)


def validate(trainer: Trainer, data: SegmentationData, *, images: int, watch: Watch | None = None) -> Evaluation:
    """Scores a copy of the trainer's network, folded for inference, on `images` spread over the list (0 = all)."""
    network = copy.deepcopy(trainer.network)
    network.load_state_dict(trainer.weights())
    cascade = LayerCascade(for_inference(network, device=choose_device(trainer.device), precision="fp32"))
    recipe = trainer.recipe
    preparation = Preparation(
        recipe.model.mean,
        recipe.model.std,
        device=trainer.device,
        max_side=recipe.model.working_side,
        cells_on_corners=recipe.cells_on_corners,
    )
    trained = max(phase.depth for phase in recipe.phase[: trainer.progress.phase + 1])
    rho = recipe.schedule.val_rho if trained > 1 else 0.0
    indices = None
    if 0 < images < len(data):
        indices = [round(i) for i in np.linspace(0, len(data) - 1, images)]
    return evaluate(
        cascade,
        data,
        rhos=[rho],
        preparation=preparation,
        dense_stages=trained > 1,
        indices=indices,
        watch=watch,
    )
