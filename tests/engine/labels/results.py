"""Cascade answers made by hand or at random, consistent in themselves."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import CascadeResult, StageOutput
from engine.rendering.geometry import resize_labels


def random_result(seed: int, *, grid: tuple[int, int] = (7, 9), image: tuple[int, int] = (53, 75)) -> CascadeResult:
    """Three stages over four classes, each deciding at random; the merged answer follows from them."""
    random = np.random.default_rng(seed)
    classes, stages = 4, 3
    deciding = random.integers(1, stages + 1, grid).astype(np.uint8)
    outputs = []
    probabilities = np.zeros((classes, *grid), np.float32)
    for number in range(1, stages + 1):
        own = random.dirichlet(np.full(classes, 0.4), grid).transpose(2, 0, 1).astype(np.float32)
        computed = deciding >= number
        probabilities[:, deciding == number] = own[:, deciding == number]
        outputs.append(
            StageOutput(
                labels=np.where(computed, own.argmax(axis=0), 255).astype(np.uint8),
                confidence=np.where(computed, own.max(axis=0), 0).astype(np.float32),
                computed=computed,
            )
        )
    return CascadeResult(
        model="made",
        class_names=("a", "b", "c", "d"),
        palette=np.zeros((classes, 3), np.uint8),
        rho=(0.9, 0.9),
        label_map=resize_labels(probabilities.argmax(axis=0).astype(np.uint8), image),
        confidence=np.zeros(image, np.uint8),
        probabilities=probabilities,
        deciding_stage=deciding,
        stages=tuple(outputs),
        stage_count=stages,
        shares=tuple(float((deciding == number).mean()) for number in range(1, stages + 1)),
    )
