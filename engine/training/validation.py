"""Validation while training: scores, the best weights so far, and what is kept to look at."""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from engine.cascade.bundle import ModelInfo
from engine.cascade.layer_cascade import LayerCascade
from engine.data.samples import LabelledImage, SegmentationData
from engine.evaluation.evaluate import Evaluation, Preparation, Watch, evaluate
from engine.evaluation.tally import merged
from engine.evaluation.views import ImageAnswers
from engine.jobs.run_folder import BEST, CHECKPOINTS
from engine.models.checkpoints import write_checkpoint
from engine.models.loading import choose_device, for_inference
from engine.training.events import EventLog
from engine.training.hooks import with_facts
from engine.training.image_share import ImageShare
from engine.training.loop import Hook, StepReport, Trainer
from engine.training.mistakes import MistakeCounter, Mistakes, merged_mistakes, save_mistakes
from engine.training.probes import ProbeWriter


class ValidationShare(Hook):
    """Scores this process's share of the validation images whenever the one that leads validates; writes nothing.

    Stages that no phase has trained yet are not scored: with only stage 1 trained, its own mIoU stands for the cascade.
    """

    def __init__(self, data: SegmentationData) -> None:
        self._data = data

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        at_end = trainer.progress.phase_step == trainer.phase.iterations
        if trainer.progress.step % trainer.recipe.schedule.val_every == 0 and not at_end:
            self._validate(trainer)

    def after_phase(self, trainer: Trainer) -> None:
        self._validate(trainer)
        if trainer.progress.phase == len(trainer.recipe.phase) - 1 and trainer.recipe.schedule.val_images:
            self._validate(trainer, whole=True)

    def _validate(self, trainer: Trainer, *, whole: bool = False) -> None:
        """On the recipe's number of images, or on the final number."""
        self._scored(trainer, ImageShare.of(trainer, len(self._data), whole=whole), lambda _, __: None)

    def _scored(self, trainer: Trainer, share: ImageShare, watch: Watch) -> tuple[Evaluation, Mistakes]:
        """What all processes together find out; every one of them must call it."""
        counter = MistakeCounter(len(self._data.class_names))

        def look(sample: LabelledImage, answers: ImageAnswers) -> None:
            watch(sample, answers)
            stages = {f"stage {s}": answer.label_map for s, answer in enumerate(answers.stages, start=1)}
            counter.add(sample.name, sample.labels, {"final": answers.at_rho[0].label_map} | stages)

        result = validate(trainer, self._data, indices=share.indices, watch=look)
        return result, merged_mistakes(trainer.processes.gathered(counter.mistakes()))


class ValidationHook(ValidationShare):
    """Scores the cascade on the validation list, writes `val` events and keeps the best weights.

    Beside the events it leaves the probe images, see probes.py, and what was mistaken for what, see mistakes.py.
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
        super().__init__(data)
        self._log = log
        self._run = folder
        self._info = info
        self._stream = stream or sys.stderr

    def _validate(self, trainer: Trainer, *, whole: bool = False) -> None:
        """The final number's score competes with none of the others."""
        began = time.monotonic()
        step = trainer.progress.step
        share = ImageShare.of(trainer, len(self._data), whole=whole)
        # The longer list at the end has other probes than the rest: it is for the numbers alone.
        probes = ProbeWriter(self._run, step=step, places=() if whole else share.probes, palette=self._info.palette)
        result, mistakes = self._scored(trainer, share, probes.take)
        probes.finish()
        save_mistakes(self._run, step, mistakes)
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


def validate(
    trainer: Trainer, data: SegmentationData, *, indices: Sequence[int], watch: Watch | None = None
) -> Evaluation:
    """Scores a copy of the trainer's network, folded for inference.

    Args:
        indices: this process's images; the result is that of all processes' images.
    """
    network = copy.deepcopy(trainer.network)
    network.load_state_dict(trainer.weights())
    # Statistics of batches are each process's own, unless a recipe synchronises them.
    trainer.processes.same_state(network)
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
    return evaluate(
        cascade,
        data,
        rhos=[rho],
        preparation=preparation,
        dense_stages=trained > 1,
        indices=indices,
        watch=watch,
        over_all=lambda tally: merged(trainer.processes.gathered(tally)),
    )
