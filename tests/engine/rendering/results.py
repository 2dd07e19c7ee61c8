"""A cascade's result made by hand: what the pictures show can then be told in advance."""

from __future__ import annotations

import numpy as np

from engine.cascade.result import CascadeResult, StageOutput
from engine.cascade.thresholds import shares_of

PALETTE = np.array([[0, 0, 0], [200, 0, 0], [0, 0, 200]], dtype=np.uint8)
NAMES = ("background", "cat", "dog")


def photo(height: int = 32, width: int = 48, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 216, (height, width, 3), dtype=np.uint8)


def thirds(*, finished: int = 3, cell: int = 8) -> CascadeResult:
    """A 4×6 grid in three vertical thirds, decided by stage 1, 2 and 3; the upper half is cat, the lower background."""
    deciding = np.repeat(np.array([1, 1, 2, 2, 3, 3], dtype=np.uint8)[None], 4, axis=0)
    labels = np.zeros((4, 6), dtype=np.uint8)
    labels[:2] = 1
    stages = []
    for stage in range(1, finished + 1):
        computed = deciding >= stage
        stages.append(
            StageOutput(
                labels=np.where(computed, labels, 255).astype(np.uint8),
                confidence=np.where(computed, 0.9, 0.0).astype(np.float32),
                computed=computed,
            )
        )
    probabilities = np.zeros((3, 4, 6), dtype=np.float32)
    np.put_along_axis(probabilities, labels[None].astype(np.intp), 1.0, axis=0)
    # While later stages run, open cells belong to the stage that will receive them.
    known = np.minimum(deciding, finished + 1).astype(np.uint8) if finished < 3 else deciding
    return CascadeResult(
        model="by hand",
        class_names=NAMES,
        palette=PALETTE,
        rho=(0.9, 0.9),
        label_map=np.kron(labels, np.ones((cell, cell), dtype=np.uint8)),
        confidence=np.full((4 * cell, 6 * cell), 230, dtype=np.uint8),
        probabilities=probabilities,
        deciding_stage=known,
        stages=tuple(stages),
        stage_count=3,
        shares=shares_of(known, stage_count=3),
        milliseconds={"stage1": 20.0, "stage2": 15.0, "stage3": 10.0, "merge": 2.0, "total": 47.0},
    )
