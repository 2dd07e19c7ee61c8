"""The training loop. It knows steps and nothing else; events, validation and checkpoints are hooks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.cascade.network import StagedNetwork
from engine.data.augmentation import RandomView
from engine.errors import CheckpointError, SettingError, TrainingError
from engine.training.forward import dense_scores, region_scores
from engine.training.losses import CascadeLoss, LossRule, cascade_loss
from engine.training.optimiser import (
    WeightAverage,
    apply_modes,
    build_optimiser,
    copy_module,
    learning_rate,
    set_learning_rate,
)
from engine.training.recipe import Phase, Recipe
from engine.training.stream import Batch, SampleStream, prefetched

Outcome = Literal["finished", "stopped"]
_RHO = 3  # keeps the generator of ρ apart from those of the sample stream


@dataclass
class Progress:
    """Where a run stands; all of it is kept in the checkpoint.

    Attributes:
        step: optimiser steps done in the whole job.
        phase: place in the recipe's list; phase_step: steps done in it.
        samples: images drawn from the stream so far.
        best: highest validation score so far, percent mIoU; -1 before the first.
    """

    step: int = 0
    phase: int = 0
    phase_step: int = 0
    samples: int = 0
    best: float = -1.0


@dataclass(frozen=True)
class StepReport:
    """One optimiser step: terms and kept are means over its forward passes, rate is the learning rate of old layers."""

    terms: dict[str, float]
    kept: tuple[float, ...]
    loss: float
    rate: float
    gradient_norm: float
    images: int


class Hook:
    """Called by the trainer; a hook overrides what it needs."""

    def before_phase(self, trainer: Trainer) -> None: ...

    def after_step(self, trainer: Trainer, report: StepReport) -> None: ...

    def after_phase(self, trainer: Trainer) -> None: ...

    def at_end(self, trainer: Trainer, outcome: Outcome) -> None: ...


@dataclass
class Trainer:
    """Trains a staged network as a recipe says, step by step.

    Attributes:
        stop_requested: set from a signal handler or another thread; the run ends after the step under way.
    """

    network: StagedNetwork
    stream: SampleStream
    recipe: Recipe
    hooks: Sequence[Hook] = ()
    device: str = "cpu"
    progress: Progress = field(default_factory=Progress)
    stop_requested: bool = False

    def __post_init__(self) -> None:
        self.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        decay = self.recipe.optimiser.ema
        self.average = WeightAverage(self.network, decay=decay) if decay else None
        self._mean = torch.tensor(self.recipe.model.mean, device=self.device) * 255.0
        self._scale = 1.0 / (torch.tensor(self.recipe.model.std, device=self.device) * 255.0)
        self._start_phase()

    @property
    def phase(self) -> Phase:
        return self.recipe.phase[self.progress.phase]

    def run(self) -> Outcome:
        """Runs until the recipe is done or a stop is requested.

        Raises:
            TrainingError: the loss or the gradient is not finite; the network is then still as before that step.
        """
        outcome: Outcome
        while True:
            # A run resumed at the very end of a phase has nothing left to do in it.
            outcome = self._run_phase() if self.progress.phase_step < self.phase.iterations else "finished"
            last = self.progress.phase == len(self.recipe.phase) - 1
            if outcome == "stopped" or last:
                break
            self.progress.phase += 1
            self.progress.phase_step = 0
            self._start_phase()
        for hook in self.hooks:
            hook.at_end(self, outcome)
        return outcome

    def _start_phase(self) -> None:
        if self.progress.phase_step == 0:
            self._copy_modules()
        apply_modes(self.network, self.recipe.optimiser, self.phase)
        self.optimiser = build_optimiser(
            self.network, self.recipe.optimiser, self.phase, new_layers=self.recipe.model.new_layers
        )

    def _copy_modules(self) -> None:
        states = [self.network.state_dict()] + ([] if self.average is None else [self.average.state])
        for state in states:
            for source, target in self.phase.copy:
                try:
                    copy_module(state, source=source, target=target)
                except ValueError as error:
                    raise SettingError(f"phase {self.phase.name!r}: {error}") from error

    def _run_phase(self) -> Outcome:
        phase, progress = self.phase, self.progress
        for hook in self.hooks:
            hook.before_phase(self)
        fill = tuple(round(255 * value) for value in self.recipe.model.mean)
        view = RandomView(self.recipe.augmentation, crop=phase.crop, fill=(fill[0], fill[1], fill[2]))
        first, remaining = progress.samples, phase.iterations - progress.phase_step
        batches = prefetched(
            lambda number: self.stream.batch(first + number * phase.batch, phase.batch, view),
            count=remaining * phase.accumulate,
            workers=self.recipe.data.workers,
        )
        try:
            for _ in range(remaining):
                if self.stop_requested:
                    return "stopped"
                report = self._step([next(batches) for _ in range(phase.accumulate)])
                progress.step += 1
                progress.phase_step += 1
                progress.samples += report.images
                for hook in self.hooks:
                    hook.after_step(self, report)
        finally:
            batches.close()
        for hook in self.hooks:
            hook.after_phase(self)
        return "finished"

    def _step(self, batches: Sequence[Batch]) -> StepReport:
        phase, step = self.phase, self.progress.step
        # Seeding by step makes dropout a function of the step alone, so an interrupted run repeats it.
        torch.manual_seed(self.recipe.seed * 1_000_003 + step)
        rate = learning_rate(phase, self.progress.phase_step)
        set_learning_rate(self.optimiser, rate)
        self.optimiser.zero_grad(set_to_none=True)
        losses = []
        for part, batch in enumerate(batches):
            loss = self._loss(batch, part)
            if not math.isfinite(float(loss.total.detach())):
                raise TrainingError(f"the loss is not finite at step {step}, images {', '.join(batch.names)}")
            (loss.total / len(batches)).backward()  # type: ignore[no-untyped-call]
            losses.append(loss)
        trained = [p for group in self.optimiser.param_groups for p in group["params"]]
        norm = float(torch.nn.utils.clip_grad_norm_(trained, self.recipe.optimiser.clip or math.inf))
        if not math.isfinite(norm):
            names = ", ".join(name for batch in batches for name in batch.names)
            raise TrainingError(f"the gradient is not finite at step {step}, images {names}")
        self.optimiser.step()
        if self.average is not None:
            self.average.update(self.network)
        return StepReport(
            terms=_means([loss.terms for loss in losses]),
            kept=_column_means([loss.kept for loss in losses]),
            loss=sum(float(loss.total.detach()) for loss in losses) / len(losses),
            rate=rate,
            gradient_norm=norm,
            images=sum(len(batch.names) for batch in batches),
        )

    def _loss(self, batch: Batch, part: int) -> CascadeLoss:
        phase = self.phase
        rule = LossRule(
            phase.loss_weights, phase.all_pixels_weight, phase.rho_train, phase.drop_rule, phase.loss_stride
        )
        image = self.normalised(torch.from_numpy(batch.images))
        labels = torch.from_numpy(batch.labels).to(self.device)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.recipe.precision == "bf16"):
            if phase.forward == "masked":
                rng = np.random.default_rng((self.recipe.seed, _RHO, self.progress.step, part))
                rho = float(rng.choice(phase.rho_masked))
                stages = region_scores(self.network, image, depth=phase.depth, rho=rho)
            else:
                stages = dense_scores(self.network, image, depth=phase.depth)
        return cascade_loss(stages, labels, rule)

    def normalised(self, rgb: Tensor) -> Tensor:
        """N×H×W×3 uint8 → N×3×H×W float32 on the device, channels-last."""
        return ((rgb.to(self.device).float() - self._mean) * self._scale).permute(0, 3, 1, 2)

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on. All random numbers follow from seed, step and sample number."""
        return {
            "format": 1,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": None if self.average is None else {"state": self.average.state, "updates": self.average.updates},
            "progress": vars(self.progress).copy(),
            "recipe": self.recipe.name,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continues where the state was taken; the recipe must have the same phases up to there.

        Raises:
            CheckpointError: the state is of another recipe or network.
        """
        try:
            progress = Progress(**state["progress"])
            if progress.phase >= len(self.recipe.phase) or progress.phase_step > (
                self.recipe.phase[progress.phase].iterations
            ):
                raise CheckpointError("the checkpoint is further than this recipe goes")
            self.network.load_state_dict(state["network"])
            self.progress = progress
            self._start_phase()
            self.optimiser.load_state_dict(state["optimiser"])
            if self.average is not None and state["average"] is not None:
                self.average.state = {k: v.to(self.device) for k, v in state["average"]["state"].items()}
                self.average.updates = state["average"]["updates"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"the checkpoint does not belong to this recipe: {error}") from error

    def weights(self) -> dict[str, Tensor]:
        """The weights to validate and to export: the running average where there is one."""
        return self.network.state_dict() if self.average is None else self.average.state


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row})
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def _column_means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Means by stage; a stage that a forward pass did not reach kept nothing there."""
    longest = max(len(row) for row in rows)
    padded = [row + (0.0,) * (longest - len(row)) for row in rows]
    return tuple(float(v) for v in np.mean(padded, axis=0))
