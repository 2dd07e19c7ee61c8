"""A model that needs no torch: it calls bright pixels cat, and what it does can be changed by a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.cascade.result import CascadeResult, StageOutput
from engine.cascade.thresholds import deciding_stages, shares_of
from engine.cli.segmenting import ModelChoice
from engine.data.palettes import VOC_CLASSES, voc_palette


@dataclass
class FakeModel:
    """Confidence grows from left to right, 0 to 1, at every stage; the label is cat (8) where the photo is bright."""

    label: str = "fake"
    device: str = "cpu"
    precision: str = "fp32"
    threads: int = 1
    class_names: tuple[str, ...] = VOC_CLASSES
    default_rho: float = 0.5
    stage_count: int = 3
    before: Callable[[np.ndarray], None] = lambda rgb: None
    choices: list[ModelChoice] = field(default_factory=list)

    def open(self, choice: ModelChoice) -> FakeModel:
        self.choices.append(choice)
        return self

    def segment(self, rgb: np.ndarray, rho: Sequence[float]) -> CascadeResult:
        self.before(rgb)
        height, width = rgb.shape[:2]
        confidence = np.tile(np.linspace(0, 1, 10, dtype=np.float32), (6, 1))
        computed = np.ones((6, 10), dtype=bool)
        stages = []
        for number in range(1, self.stage_count + 1):
            stages.append(StageOutput(np.zeros((6, 10), dtype=np.uint8), np.where(computed, confidence, 0), computed))
            if number < self.stage_count:
                computed = computed & ~(confidence > np.float32(rho[number - 1]))
        deciding = deciding_stages(stages, rho, stage_count=self.stage_count)
        labels = np.where(rgb.max(axis=2) > 127, 8, 0).astype(np.uint8)
        return CascadeResult(
            model=self.label,
            class_names=self.class_names,
            palette=voc_palette()[: len(self.class_names)],
            rho=tuple(rho),
            label_map=labels,
            confidence=np.full((height, width), 200, dtype=np.uint8),
            probabilities=np.full((len(self.class_names), 6, 10), 1 / len(self.class_names), dtype=np.float32),
            deciding_stage=deciding,
            stages=tuple(stages),
            stage_count=self.stage_count,
            shares=shares_of(deciding, stage_count=self.stage_count),
            milliseconds={"stage1": 3.0, "stage2": 2.0, "stage3": 1.0, "merge": 0.5, "total": 6.5},
        )
