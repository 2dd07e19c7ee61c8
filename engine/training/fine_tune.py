"""A model learns from a person's corrections, a few images and a bounded number of steps, and may take it all back.

Each step takes some corrected images and, where there are any, some replayed ones. Where a person has looked the
cascade's usual loss counts; everywhere else the model must go on saying what it said at the start. Batch norms stay as
they are. Between two steps the network is in eval mode and whole, so it can answer, be exported, or be left as it is.
"""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import CancelToken
from engine.cascade.layer_cascade import LayerCascade, merged_probabilities
from engine.cascade.network import StagedNetwork
from engine.cascade.preparation import from_corners, network_input, resized
from engine.cascade.result import IGNORE, UInt8
from engine.cascade.tiling import working_size
from engine.cascade.upsampling import label_pixels
from engine.data.samples import LabelledImage
from engine.errors import DataError, SettingError, TrainingError
from engine.evaluation.confusion import ConfusionMatrix
from engine.training.distillation import keeping_loss, unlabelled_cells
from engine.training.forward import dense_scores, region_scores
from engine.training.losses import LossRule, StageScores, cascade_loss
from engine.training.memory import is_out_of_memory
from engine.training.optimiser import apply_modes, build_optimiser, learning_rate, set_learning_rate
from engine.training.recipe import OptimiserSettings, Phase

_REMEMBERED = 64  # answers of the starting model, about a megabyte each
_DENSE = -1.0  # in the place of ρ where every stage is computed everywhere
_ORDER, _RHO = 1, 2  # keep the generators of the order of images and of ρ apart


@dataclass(frozen=True)
class FineTuneSettings:
    """How far and how carefully the model learns.

    Attributes:
        steps: optimiser steps at most.
        lr: AdamW's learning rate at the first step; it falls to zero over the steps.
        images: corrected images a step; replayed: replayed images a step, where there are any.
        keep: weight of staying close to the starting model, 0 = free to forget.
        rhos: each image is computed as at test time, at a ρ drawn from these; empty = every stage everywhere.
        loss_weights, all_pixels_weight, rho_train: as in training.recipe.Phase.
        freeze: patterns of parameter names that stay as they are.
        clip: greatest norm of the gradient.
        max_side: working size, see tiling.working_size.
        test_rho: ρ at which scores are taken.
        seed: of the order of images, of mirroring and of dropout.
    """

    steps: int = 60
    lr: float = 1e-4
    images: int = 2
    replayed: int = 1
    keep: float = 1.0
    rhos: tuple[float, ...] = (1.0, 0.985, 0.95)
    loss_weights: tuple[float, ...] = (0.33, 0.33, 0.8)
    all_pixels_weight: float = 0.2
    rho_train: float = 0.98
    freeze: tuple[str, ...] = ()
    clip: float = 1.0
    max_side: int | None = 640
    test_rho: float = 0.985
    seed: int = 0


@dataclass(frozen=True)
class FineTuneStep:
    """A step that was taken: its number from 1, of how many, and the losses on labels and against forgetting."""

    number: int
    total: int
    loss: float
    keeping: float


@dataclass(frozen=True)
class FineTuneScores:
    """What the network answers, as fractions 0..1; NaN where there is nothing to compare with.

    Attributes:
        corrected: share of the corrected pixels answered as the person said.
        probes_mean_iou: over the labelled pixels of the probe images.
        probes_unchanged: share of the probes' pixels answered as by the starting model.
    """

    corrected: float
    probes_mean_iou: float
    probes_unchanged: float


class FineTuning:
    """A fine-tuning under way. Nothing happens until step() or run() is called.

    Args:
        network: in training form (batch norms not folded); learns in place, on the device where it is.
        corrections: label maps hold 255 wherever nobody has looked.
        mean, std: normalisation of RGB in 0..1.
        replay: further images whose answers are to be kept; labels among them are learnt as well.
        probes: images that are only looked at, before and after.
        cells_on_corners: see ModelInfo; photos are then moved as in a session.

    Attributes:
        before: scores of the starting model.

    Raises:
        DataError: an image and its label map do not fit, a class does not exist, or nobody has looked at any pixel.
        SettingError: a setting is out of range.
    """

    def __init__(
        self,
        network: StagedNetwork,
        corrections: Sequence[LabelledImage],
        *,
        mean: Sequence[float],
        std: Sequence[float],
        settings: FineTuneSettings | None = None,
        replay: Sequence[LabelledImage] = (),
        probes: Sequence[LabelledImage] = (),
        cells_on_corners: bool = False,
    ) -> None:
        self.settings = settings = settings or FineTuneSettings()
        _check_settings(settings, network)
        for sample in (*corrections, *replay, *probes):
            _check_sample(sample, network.num_classes)
        if not any(bool((sample.labels != IGNORE).any()) for sample in corrections):
            raise DataError("there is nothing to learn: no pixel of the corrections has a label")
        self._network = network.eval()
        self._device = next(network.parameters()).device
        self._mean, self._std = tuple(mean), tuple(std)
        self._cells_on_corners = cells_on_corners
        self._corrections, self._replay, self._probes = list(corrections), list(replay), list(probes)
        self._former = copy.deepcopy(network).requires_grad_(False)
        self._former_answers: OrderedDict[tuple[int, bool, float], list[Tensor]] = OrderedDict()
        self._former_probes = [self._answer(sample) for sample in self._probes]
        self.before = self.scores()
        self._begin()

    @property
    def done(self) -> bool:
        return self._step >= self.settings.steps

    def run(self, cancel: CancelToken | None = None) -> Iterator[FineTuneStep]:
        """The remaining steps, each yielded once it is taken.

        Raises:
            Cancelled: between two steps; the network stays as the last one left it, until rollback().
        """
        while not self.done:
            if cancel is not None:
                cancel.check()
            yield self.step()

    def step(self) -> FineTuneStep:
        """Takes one step.

        Raises:
            TrainingError: all steps are taken, memory ran out, or loss or gradient are not finite; the weights are then
                as before the call.
        """
        taken = None
        for part in self.step_in_parts():
            taken = part
        assert taken is not None  # the last part is the step itself
        return taken

    def step_in_parts(self) -> Generator[FineTuneStep | None]:
        """The same step with a pause after every image, for whoever has other work to do: None each time, at last the
        step. Until then the network is not to be used; left unfinished, the step leaves no trace.
        """
        if self.done:
            raise TrainingError("all steps of this fine-tuning are taken")
        try:
            yield from self._take_step()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise TrainingError("out of memory while fine-tuning", cure="lower the working size (max_side)") from error
        finally:
            self._optimiser.zero_grad(set_to_none=True)
            self._network.eval()

    def scores(self) -> FineTuneScores:
        """What the network as it is now makes of corrections and probes."""
        corrected = self._right_share(self._corrections)
        matrix = ConfusionMatrix(self._network.num_classes)
        unchanged: list[float] = []
        answers = [self._answer(sample) for sample in self._probes]
        for sample, answer, former in zip(self._probes, answers, self._former_probes, strict=True):
            matrix.add(sample.labels, answer)
            unchanged.append(float((answer == former).mean()))
        mean_iou = matrix.scores().mean_iou if matrix.counts.any() else math.nan
        return FineTuneScores(corrected, mean_iou, float(np.mean(unchanged)) if unchanged else math.nan)

    def probe_answers(self) -> list[tuple[UInt8, UInt8]]:
        """For each probe the label maps H×W uint8 of the starting model and of the network as it is now."""
        return [
            (former, self._answer(sample)) for sample, former in zip(self._probes, self._former_probes, strict=True)
        ]

    def rollback(self) -> None:
        """Gives the network its starting weights again, to the bit; steps may then be taken anew."""
        self._network.load_state_dict(self._former.state_dict())
        self._begin()

    def _begin(self) -> None:
        s = self.settings
        self._step = 0
        self._phase = Phase(
            name="fine-tuning", iterations=s.steps, batch=1, crop=32, lr=s.lr, loss_weights=s.loss_weights,
            all_pixels_weight=s.all_pixels_weight, rho_train=s.rho_train, freeze=s.freeze, power=1.0,
        )  # fmt: skip
        # No batch statistics, no scale and shift of batch norms.
        self._modes = OptimiserSettings(kind="adamw", weight_decay=0.0)
        apply_modes(self._network, self._modes, self._phase)
        self._optimiser = build_optimiser(self._network, self._modes, self._phase, new_layers=())
        self._network.eval()

    def _take_step(self) -> Generator[FineTuneStep | None]:
        s = self.settings
        chosen = self._chosen()
        apply_modes(self._network, self._modes, self._phase)
        set_learning_rate(self._optimiser, learning_rate(self._phase, self._step))
        losses, keeping = [], []
        for number, (place, mirrored, rho) in enumerate(chosen):
            learnt, kept = self._learn_image(place, mirrored, rho, number=number, of=len(chosen))
            losses.append(learnt)
            keeping.append(kept)
            yield None
        parameters = [p for group in self._optimiser.param_groups for p in group["params"]]
        if not math.isfinite(float(torch.nn.utils.clip_grad_norm_(parameters, s.clip))):
            raise TrainingError(f"the gradient is not finite at step {self._step}")
        self._optimiser.step()
        self._step += 1
        yield FineTuneStep(self._step, s.steps, float(np.mean(losses)), float(np.mean(keeping)))

    def _learn_image(self, place: int, mirrored: bool, rho: float, *, number: int, of: int) -> tuple[float, float]:
        """Adds the gradient of one of the step's images; the losses on its labels and against forgetting."""
        s = self.settings
        cuda = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda):
            torch.manual_seed((s.seed * 1_000_003 + self._step) * 64 + number)
            image, labels = self._prepared(place, mirrored)
            answers = self._former_scores((place, mirrored, rho), image)
            stages = self._stages(self._network, image, rho)
            learnt = cascade_loss(stages, labels, LossRule(s.loss_weights, s.all_pixels_weight, s.rho_train))
            grid = (stages[0].scores.shape[2], stages[0].scores.shape[3])
            kept = keeping_loss(stages, answers, unlabelled_cells(labels, grid))
            total = (learnt.total + s.keep * kept) / of
            if not math.isfinite(float(total.detach())):
                raise TrainingError(f"the loss is not finite at step {self._step}, image {self._sample(place).name}")
            total.backward()  # type: ignore[no-untyped-call]
            return float(learnt.total.detach()), float(kept.detach())

    def _chosen(self) -> list[tuple[int, bool, float]]:
        """(image, mirrored, ρ) of this step, a function of seed and step; corrections first, replayed ones after."""
        s = self.settings
        rng = np.random.default_rng((s.seed, _RHO, self._step))
        pools = [(0, len(self._corrections), s.images), (len(self._corrections), len(self._replay), s.replayed)]
        chosen: list[tuple[int, bool, float]] = []
        for first, size, count in pools:
            for number in range(self._step * count, (self._step + 1) * count if size else 0):
                round_, place = divmod(number, size)
                order = np.random.default_rng((s.seed, _ORDER, first, round_)).permutation(size)
                rho = float(rng.choice(s.rhos)) if s.rhos else _DENSE
                chosen.append((first + int(order[place]), bool(rng.integers(2)), rho))
        return chosen

    def _sample(self, place: int) -> LabelledImage:
        return (*self._corrections, *self._replay)[place]

    def _prepared(self, place: int, mirrored: bool) -> tuple[Tensor, Tensor]:
        """Normalised image 1×3×h×w and labels 1×h×w at the working size, labels by their nearest neighbour."""
        sample = self._sample(place)
        height, width = working_size((sample.labels.shape[0], sample.labels.shape[1]), max_side=self.settings.max_side)
        labels = cv2.resize(sample.labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        rgb = resized(sample.rgb, (height, width))
        if mirrored:
            rgb, labels = np.ascontiguousarray(rgb[:, ::-1]), np.ascontiguousarray(labels[:, ::-1])
        return self._input(rgb), torch.from_numpy(np.asarray(labels)).unsqueeze(0).to(self._device)

    def _input(self, rgb: UInt8) -> Tensor:
        if self._cells_on_corners:
            rgb = from_corners(rgb, self._network.stride)
        return network_input(rgb, mean=self._mean, std=self._std, device=str(self._device), dtype=torch.float32)

    @staticmethod
    def _stages(network: StagedNetwork, image: Tensor, rho: float) -> list[StageScores]:
        if rho == _DENSE:
            return dense_scores(network, image, depth=network.stage_count)
        return region_scores(network, image, depth=network.stage_count, rho=rho)

    def _former_scores(self, key: tuple[int, bool, float], image: Tensor) -> list[Tensor]:
        """Log-probabilities N×K×h×w of the starting model's stages; the latest ones are remembered."""
        if key not in self._former_answers:
            with torch.no_grad():
                stages = self._stages(self._former, image, key[2])
                self._former_answers[key] = [F.log_softmax(stage.scores.float(), dim=1) for stage in stages]
            if len(self._former_answers) > _REMEMBERED:
                self._former_answers.popitem(last=False)
        return self._former_answers[key]

    def _right_share(self, samples: Sequence[LabelledImage]) -> float:
        right = looked = 0
        for sample in samples:
            valid = sample.labels != IGNORE
            if valid.any():
                right += int((self._answer(sample)[valid] == sample.labels[valid]).sum())
                looked += int(valid.sum())
        return right / looked if looked else math.nan

    @torch.no_grad()
    def _answer(self, sample: LabelledImage) -> UInt8:
        """The label map H×W of the network as it is, at test_rho."""
        size = (sample.labels.shape[0], sample.labels.shape[1])
        image = self._input(resized(sample.rgb, working_size(size, max_side=self.settings.max_side)))
        states = LayerCascade(self._network.eval())(image, self.settings.test_rho)
        return label_pixels(merged_probabilities(states)[0], size)[0]


def _check_settings(settings: FineTuneSettings, network: StagedNetwork) -> None:
    if min(settings.steps, settings.images) < 1 or settings.replayed < 0:
        raise SettingError("fine-tuning: steps and images are at least 1, replayed at least 0")
    if settings.lr <= 0 or settings.clip <= 0 or settings.keep < 0:
        raise SettingError("fine-tuning: lr and clip are positive, keep is at least 0")
    if not all(0.0 <= rho <= 1.0 for rho in (*settings.rhos, settings.rho_train, settings.test_rho)):
        raise SettingError("fine-tuning: every ρ lies between 0 and 1")
    if len(settings.loss_weights) != network.stage_count:
        raise SettingError(f"fine-tuning: {network.stage_count} loss weights are needed, one for each stage")


def _check_sample(sample: LabelledImage, classes: int) -> None:
    if sample.rgb.shape[:2] != sample.labels.shape:
        raise DataError(f"{sample.name}: the image is {sample.rgb.shape[:2]}, its label map {sample.labels.shape}")
    found = np.unique(sample.labels)
    unknown = [int(value) for value in found if value >= classes and value != IGNORE]
    if unknown:
        raise DataError(f"{sample.name}: the model has {classes} classes, labels hold {', '.join(map(str, unknown))}")
