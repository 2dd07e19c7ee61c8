"""What a recipe takes on this machine, measured with a few of its steps.

Every phase takes steps on made-up images of its crop and batch; the whole is extrapolated from them. Reading images,
augmentation and validation are not in it, so the estimate is a lower bound, and says so.
"""

from __future__ import annotations

import dataclasses
import sys
import time

import numpy as np
import psutil
import torch

from engine.cascade.result import UInt8
from engine.data.palettes import voc_palette
from engine.data.samples import LabelledImage
from engine.models.loading import choose_device
from engine.training.loop import Hook, StepReport, Trainer
from engine.training.recipe import Recipe
from engine.training.run import build_network
from engine.training.stream import SampleStream

_STEPS = 3
_SIDE = 512


class _Noise:
    """Images of noise with labels in blocks."""

    def __init__(self, classes: int) -> None:
        self.class_names = tuple(f"class {number}" for number in range(classes))
        self.palette: UInt8 = voc_palette()[:classes]

    def __len__(self) -> int:
        return 4

    def name(self, index: int) -> str:
        return str(index)

    def load(self, index: int) -> LabelledImage:
        rng = np.random.default_rng(index)
        labels = np.kron(rng.integers(0, len(self.class_names), (8, 8)), np.ones((64, 64))).astype(np.uint8)
        return LabelledImage(str(index), rng.integers(0, 255, (_SIDE, _SIDE, 3), dtype=np.uint8), labels)


class _Clock(Hook):
    def __init__(self) -> None:
        self.at: dict[int, list[float]] = {}

    def before_phase(self, trainer: Trainer) -> None:
        self.at[trainer.progress.phase] = [time.perf_counter()]

    def after_step(self, trainer: Trainer, report: StepReport) -> None:
        self.at[trainer.progress.phase].append(time.perf_counter())


def estimate(recipe: Recipe, *, classes: int, device: str = "auto") -> dict[str, object]:
    """Seconds of each phase and of all, and the most memory held, MiB.

    Returns:
        {"phases": [{"name", "seconds_a_step", "seconds"}], "seconds", "memory_mb", "device"}
    """
    place = choose_device(device)
    short = dataclasses.replace(
        recipe,
        compile=False,
        phase=tuple(dataclasses.replace(p, iterations=_STEPS, drops=(), policy="poly", warmup=0) for p in recipe.phase),
        data=dataclasses.replace(recipe.data, balance=0.0),
    )
    short = dataclasses.replace(short, phase=tuple(dataclasses.replace(p, balance=0.0) for p in short.phase))
    clock = _Clock()
    stream = SampleStream(_Noise(classes), seed=0)
    Trainer(build_network(recipe.model.name, num_classes=classes), stream, short, hooks=(clock,), device=place).run()
    # The first step of a phase also pays for what is set up once.
    steps = [float(min(np.diff(clock.at[number])[1:])) for number in range(len(recipe.phase))]
    seconds = [step * phase.iterations for step, phase in zip(steps, recipe.phase, strict=True)]
    return {
        "phases": [
            {"name": phase.name, "seconds_a_step": step, "seconds": all_steps}
            for phase, step, all_steps in zip(recipe.phase, steps, seconds, strict=True)
        ],
        "seconds": sum(seconds),
        "memory_mb": _peak_mb(place),
        "device": torch.cuda.get_device_name(0) if place == "cuda" else f"CPU, {torch.get_num_threads()} threads",
    }


def _peak_mb(device: str) -> float:
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    try:
        import resource
    except ImportError:  # Windows
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    # macOS counts bytes where Linux counts KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
