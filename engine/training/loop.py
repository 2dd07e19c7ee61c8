"""The training loop. It knows steps and nothing else; events, validation and checkpoints are hooks."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.cascade.network import StagedNetwork
from engine.data.augmentation import RandomView
from engine.errors import CheckpointError, SettingError, TrainingError
from engine.models.glance import ClassifiesPhotos
from engine.models.supervision import Supervised
from engine.training.forward import dense_scores, region_scores
from engine.training.losses import CascadeLoss, LossRule, cascade_loss
from engine.training.memory import is_out_of_memory, out_of_memory
from engine.training.optimiser import (
    WeightAverage,
    apply_modes,
    build_optimiser,
    copy_module,
    learning_rate,
    set_learning_rate,
)
from engine.training.own_loss import own_loss, own_terms, photo_terms
from engine.training.passes import CompiledPasses, Passes
from engine.training.processes import ALONE, Processes
from engine.training.recipe import Phase, Recipe
from engine.training.stream import Batch, SampleStream, prefetched
from engine.training.synchronised_norm import synchronise

Outcome = Literal["finished", "stopped"]
Request = Literal["pause", "release", "checkpoint"]
_FP16_DEVICES = ("cuda",)  # CPUs compute it slower than fp32
_RHO, _DROP = 3, 4  # keep the generators of ρ and of dropped pixels apart from those of the sample stream
_TOTAL = "total"  # beside the terms of a loss
_RANK_SEED = 7_919_000_003  # far more than seeds and steps differ by
_PAUSE_SECONDS = 0.2  # between two looks at whether a pause is over


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
    """One optimiser step of all processes: terms and kept are means over its forward passes, rate is the learning rate
    of old layers, images counts those of all processes.
    """

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

    def on_request(self, trainer: Trainer, request: Request) -> None: ...

    def at_end(self, trainer: Trainer, outcome: Outcome) -> None: ...


@dataclass
class Trainer:
    """Trains a staged network as a recipe says, step by step, alone or as one of several processes.

    Several processes see the batches that one would see, each its share of the images, and take the step that one would
    take, but for rounding and for what dropout draws. Requests count as made when one process has them.

    Attributes:
        stop_requested: set from a signal handler or another thread; the run ends after the step under way.
        pause_requested: the run waits after the step under way until this is unset again, or a stop is requested.
        checkpoint_requested: hooks are asked for a checkpoint after the step under way.
        pause_file, stop_file: while one exists the run is paused, or stops, too; looked for between steps.
        latest_score: mIoU of the latest validation of this process, percent.
    """

    network: StagedNetwork
    stream: SampleStream
    recipe: Recipe
    hooks: Sequence[Hook] = ()
    device: str = "cpu"
    progress: Progress = field(default_factory=Progress)
    processes: Processes = ALONE
    stop_requested: bool = False
    pause_requested: bool = False
    checkpoint_requested: bool = False
    pause_file: Path | None = None
    stop_file: Path | None = None
    latest_score: float | None = None

    def __post_init__(self) -> None:
        for number, phase in enumerate(self.recipe.phase):
            if phase.batch < self.processes.count:
                raise SettingError(
                    f"phase.{number}.batch = {phase.batch} leaves some of {self.processes.count} processes without an "
                    "image",
                    cure="raise it or start fewer processes",
                )
        self.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.processes.same_state(self.network)
        if self.recipe.optimiser.sync_batch_statistics and self.processes.count > 1:
            synchronise(self.network, self.processes)
        decay = self.recipe.optimiser.ema
        self.average = WeightAverage(self.network, decay=decay) if decay else None
        self._mean = torch.tensor(self.recipe.model.mean, device=self.device) * 255.0
        self._scale = 1.0 / (torch.tensor(self.recipe.model.std, device=self.device) * 255.0)
        if self.recipe.precision == "fp16" and self.device not in _FP16_DEVICES:
            raise SettingError("precision = 'fp16' needs CUDA", cure="use bf16 or fp32")
        self._start_phase()

    @property
    def phase(self) -> Phase:
        return self.recipe.phase[self.progress.phase]

    @property
    def learns_own_terms(self) -> bool:
        """Whether this phase's loss is the network's own, see Phase.loss."""
        if self.phase.loss == "auto":
            return bool(self.phase.scales) or isinstance(self.network, Supervised)
        return self.phase.loss == "own"

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
        if self.learns_own_terms and self.network.stage_count > 1:
            raise SettingError(
                f"phase {self.phase.name!r}: a network of {self.network.stage_count} stages has no loss of its own",
                cure="remove loss = 'own' and scales",
            )
        if self.phase.loss == "photo" and not isinstance(self.network, ClassifiesPhotos):
            raise SettingError(
                f"phase {self.phase.name!r}: {self.recipe.model.name} has no classifier of whole photos",
                cure="remove loss = 'photo'",
            )
        if self.progress.phase_step == 0:
            self._copy_modules()
        self.stream.balance(self.recipe.data.balance if self.phase.balance < 0 else self.phase.balance)
        apply_modes(self.network, self.recipe.optimiser, self.phase)
        self.optimiser = build_optimiser(
            self.network, self.recipe.optimiser, self.phase, new_layers=self.recipe.model.new_layers
        )
        self.scaler = torch.amp.GradScaler(self.device, enabled=self.recipe.precision == "fp16")
        self.passes: Passes = CompiledPasses(self.network) if self.recipe.compile else self.network

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
        offset, share = self.processes.share(phase.batch)
        batches = prefetched(
            lambda number: self.stream.batch(first + number * phase.batch + offset, share, view),
            count=remaining * phase.accumulate,
            workers=self.recipe.data.workers,
        )
        try:
            for _ in range(remaining):
                if self._stopped():
                    return "stopped"
                report = self._step(batches)
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

    def _stopped(self) -> bool:
        """Between two steps: whether a stop is asked for. Does what else is asked for, and waits while paused."""
        paused = False
        while True:
            stop, pause, checkpoint = self.processes.any(
                (
                    self.stop_requested or _there(self.stop_file),
                    self.pause_requested or _there(self.pause_file),
                    self.checkpoint_requested,
                )
            )
            if checkpoint:
                self.checkpoint_requested = False
                self._tell("checkpoint")
            if paused != (pause and not stop):
                paused = not paused
                self._tell("pause" if paused else "release")
            if not paused:
                return stop
            time.sleep(_PAUSE_SECONDS)

    def _tell(self, request: Request) -> None:
        for hook in self.hooks:
            hook.on_request(self, request)

    def _step(self, batches: Iterator[Batch]) -> StepReport:
        try:
            return self._checked_step(batches)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise out_of_memory(
                self.phase, number=self.progress.phase, step=self.progress.step, processes=self.processes.count
            ) from error

    def _checked_step(self, batches: Iterator[Batch]) -> StepReport:
        phase, step, processes = self.phase, self.progress.step, self.processes
        # Seeding by step makes dropout a function of the step alone, so an interrupted run repeats it.
        torch.manual_seed(self.recipe.seed * 1_000_003 + step + processes.rank * _RANK_SEED)
        rate = learning_rate(phase, self.progress.phase_step)
        set_learning_rate(self.optimiser, rate)
        self.optimiser.zero_grad(set_to_none=True)
        losses: list[dict[str, float]] = []
        kept: list[tuple[float, ...]] = []
        names: list[str] = []
        for part, batch in enumerate(itertools.islice(batches, phase.accumulate)):
            names += batch.names
            loss = self._loss(batch, part)
            values = self._summed({**loss.terms, _TOTAL: float(loss.total.detach())})
            if not math.isfinite(values[_TOTAL]):
                raise self._not_finite("loss", loss.total.detach(), batch.names)
            self.scaler.scale(loss.total / phase.accumulate).backward()  # type: ignore[no-untyped-call]
            losses.append(values)
            kept.append(loss.kept)
        trained = [p for group in self.optimiser.param_groups for p in group["params"]]
        processes.sum_gradients(trained)
        self.scaler.unscale_(self.optimiser)
        norm = float(torch.nn.utils.clip_grad_norm_(trained, self.recipe.optimiser.clip or math.inf))
        # In fp16 an overflow belongs to the search for the right scale: the scaler leaves that step out.
        if not math.isfinite(norm) and (not self.scaler.is_enabled() or self.scaler.get_scale() <= 1.0):
            raise self._not_finite("gradient", torch.tensor(norm), names)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.average is not None:
            self.average.update(self.network)
        terms = _means(losses)
        return StepReport(
            loss=terms.pop(_TOTAL),
            terms=terms,
            kept=_column_means(kept),
            rate=rate,
            gradient_norm=norm,
            images=phase.batch * phase.accumulate,
        )

    def _summed(self, values: dict[str, float]) -> dict[str, float]:
        """Each value's sum over the processes, which all have the same ones."""
        if self.processes.count == 1:
            return values
        totals = self.processes.sum(torch.tensor(list(values.values()), dtype=torch.float64, device=self.device))
        return dict(zip(values, totals.tolist(), strict=True))

    def _not_finite(self, what: str, value: Tensor, names: Sequence[str]) -> TrainingError:
        """Names the images of the processes whose value is not finite. All processes come here together."""
        mine = list(names) if not math.isfinite(float(value)) else []
        images = ", ".join(name for some in self.processes.gathered(mine) for name in some)
        return TrainingError(
            f"the {what} is not finite at step {self.progress.step}, images {images}",
            cure="lower phase.lr or set optimiser.clip, then resume from the last checkpoint",
        )

    def _loss(self, batch: Batch, part: int) -> CascadeLoss:
        phase = self.phase
        rule = LossRule(
            phase.loss_weights, phase.all_pixels_weight, phase.rho_train_stages or phase.rho_train, phase.drop_rule,
            phase.loss_stride, phase.drop_rates,
        )  # fmt: skip
        image = self.normalised(torch.from_numpy(batch.images))
        labels = torch.from_numpy(batch.labels).to(self.device)
        precision = self.recipe.precision
        dtype = torch.float16 if precision == "fp16" else torch.bfloat16
        with torch.autocast(self.device, dtype=dtype, enabled=precision != "fp32"):
            if phase.loss == "photo" and isinstance(self.network, ClassifiesPhotos):
                return own_loss(photo_terms(self.network, image), labels, over_all=self.processes.sum)
            if self.learns_own_terms:
                terms = own_terms(self.network, image, scales=phase.scales)
                return own_loss(terms, labels, stride=phase.loss_stride, over_all=self.processes.sum)
            if phase.forward == "masked":
                rng = np.random.default_rng((self.recipe.seed, _RHO, self.progress.step, part))
                rho = float(rng.choice(phase.rho_masked))
                stages = region_scores(self.passes, image, depth=phase.depth, rho=rho)
            else:
                stages = dense_scores(self.passes, image, depth=phase.depth)
        draws = self._drop_draws(labels, part) if phase.drop_rule == "random" else None
        return cascade_loss(stages, labels, rule, draws=draws, over_all=self.processes.sum)

    def _drop_draws(self, labels: Tensor, part: int) -> Tensor:
        """N×(n-1)×h×w uniform numbers, a function of seed, step and place in the whole batch alone."""
        phase = self.phase
        first, share = self.processes.share(phase.batch)
        side = phase.crop // phase.loss_stride
        shape = (len(phase.loss_weights) - 1, side, side)
        generators = (
            np.random.default_rng((self.recipe.seed, _DROP, self.progress.step, part, first + place))
            for place in range(share)
        )
        return torch.from_numpy(np.stack([g.random(shape, dtype=np.float32) for g in generators])).to(labels.device)

    def normalised(self, rgb: Tensor) -> Tensor:
        """N×H×W×3 uint8 → N×3×H×W float32 on the device, channels-last."""
        return ((rgb.to(self.device).float() - self._mean) * self._scale).permute(0, 3, 1, 2)

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on. All random numbers follow from seed, step and sample number."""
        return {
            "format": 2,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else {"state": self.average.state, "updates": self.average.updates},
            "progress": vars(self.progress).copy(),
            "recipe": self.recipe.name,
            "settings": asdict(self.recipe),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continues where the state was taken; the recipe must have the same phases up to there.

        States of format 1, which lack "scaler" and "settings", are taken as well.

        Raises:
            CheckpointError: the state is of another recipe or network.
        """
        try:
            self._check_origin(state)
            progress = Progress(**state["progress"])
            if progress.phase >= len(self.recipe.phase) or progress.phase_step > (
                self.recipe.phase[progress.phase].iterations
            ):
                raise CheckpointError("the checkpoint is further than this recipe goes")
            self.network.load_state_dict(state["network"])
            self.progress = progress
            self._start_phase()
            self.optimiser.load_state_dict(state["optimiser"])
            if self.scaler.is_enabled() and state.get("scaler"):
                self.scaler.load_state_dict(state["scaler"])
            if self.average is not None and state["average"] is not None:
                self.average.state = {k: v.to(self.device) for k, v in state["average"]["state"].items()}
                self.average.updates = state["average"]["updates"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"the checkpoint does not belong to this recipe: {error}") from error

    def _check_origin(self, state: dict[str, Any]) -> None:
        """Refuses what another recipe left. Values that --set may change on the way are no reason to."""
        if state["recipe"] != self.recipe.name:
            raise CheckpointError(
                f"the checkpoint is of recipe {state['recipe']!r}, not of {self.recipe.name!r}",
                cure="resume with the recipe of the run, or start a new run",
            )
        settings = state.get("settings")
        if settings is not None and settings["model"]["name"] != self.recipe.model.name:
            raise CheckpointError(
                f"the checkpoint holds {settings['model']['name']!r}, the recipe trains {self.recipe.model.name!r}"
            )

    def weights(self) -> dict[str, Tensor]:
        """The weights to validate and to export: the running average where there is one."""
        return self.network.state_dict() if self.average is None else self.average.state


def _there(file: Path | None) -> bool:
    return file is not None and file.exists()


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row})
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def _column_means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Means by stage; a stage that a forward pass did not reach kept nothing there."""
    longest = max(len(row) for row in rows)
    padded = [row + (0.0,) * (longest - len(row)) for row in rows]
    return tuple(float(v) for v in np.mean(padded, axis=0))
