"""Kills while a model learns from corrections: the strokes drawn meanwhile, the new model's file, its row in the
project."""

from __future__ import annotations

import itertools
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.cascade.result import UInt8
from engine.data.samples import LabelledImage
from engine.labels.area import Area
from engine.labels.selection import Selection, painted
from engine.project.project import Project
from tools.kills.killing import Killed, Report, killed

if TYPE_CHECKING:
    from engine.cascade.bundle import ModelInfo
    from engine.cascade.network import StagedNetwork

_SIDE: Final = 64
_STEPS: Final = 2


def kill_learning(folder: Path, seed: int) -> Killed:
    """Two steps of learning on a small photo, its checkpoint written and recorded, over and over; one stroke before
    each step.

    Raises:
        AssertionError: a stroke is gone, a recorded model is missing, or a model's file is not whole.
    """
    import torch

    from engine.models.checkpoints import read_checkpoint

    torch.set_num_threads(1)  # a fork has none of its parent's threads
    network, info = _model()
    file, models = folder / "learning.rhoscope", folder / "learning-models"
    photo = np.random.default_rng(seed).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    with Project.open(file, create=True) as project:
        project.add_images([folder / "a.png"], root=folder)
        project.open_document(1, shape=(_SIDE, _SIDE))

    reported = killed(lambda report: _learn(file, network, info, models, photo, report), seed, longest=4.0)
    connection = sqlite3.connect(file)
    steps = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
    connection.close()
    assert steps in (reported, reported + 1), f"{reported} strokes were reported, {steps} are there"
    with Project.open(file) as project:
        assert project.writable, "the lock of a dead process is still held"
        document = project.open_document(1)
        expected = np.full((_SIDE, _SIDE), 255, np.uint8)
        for number in range(steps):
            expected[number % _SIDE, :] = number % 20
        assert np.array_equal(document.labels, expected)
        recorded = [version.path for version in project.model_versions()]
    there = sorted(models.glob("*.safetensors")) if models.exists() else []
    assert set(recorded) <= set(there), "a model is recorded that is not there"
    for path in there:
        read_checkpoint(path)  # its digest is checked
    return Killed("learning", reported, steps)


@cache
def _model() -> tuple[StagedNetwork, ModelInfo]:
    """Read once, before the fork: the moments are to lie within learning."""
    from engine.models.checkpoints import load_into, read_checkpoint
    from engine.models.loading import checkpoint_path
    from engine.models.registry import find_architecture

    path = checkpoint_path("default")
    checkpoint = read_checkpoint(path)
    architecture, variant = find_architecture(checkpoint.info.label)
    network = architecture.build(variant, num_classes=len(checkpoint.info.class_names))
    load_into(network, checkpoint.tensors, path=path)
    return network, checkpoint.info


def _learn(file: Path, network: StagedNetwork, info: ModelInfo, models: Path, photo: UInt8, report: Report) -> None:
    from engine.models.checkpoints import write_checkpoint
    from engine.training.fine_tune import FineTuneSettings, FineTuning

    strokes = 0
    with Project.open(file) as project:
        document = project.open_document(1)

        def stroke() -> None:
            nonlocal strokes
            row, label = strokes % _SIDE, strokes % 20
            mask = np.ones((1, _SIDE), dtype=bool)
            document.apply(painted(Selection(Area(row, 0, row + 1, _SIDE), mask), label))
            strokes += 1
            report(strokes)

        for number in itertools.count():
            stroke()
            tuning = FineTuning(
                network,
                [LabelledImage("a.png", photo, document.labels.copy())],
                mean=info.mean,
                std=info.std,
                settings=FineTuneSettings(steps=_STEPS, images=1),
            )
            for _ in tuning.run():
                stroke()
            path = models / f"{number:03}.safetensors"
            models.mkdir(exist_ok=True)
            write_checkpoint(path, network.state_dict(), info)
            project.add_model_version(path.stem, path)
