"""A training model on a folder of its own, whose jobs are a small script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.training.model import TrainingModel
from engine.jobs.job_queue import JobQueue
from tests.engine.jobs.conftest import jobs_folder

__all__ = ["jobs_folder"]


@pytest.fixture
def training(qtbot: QtBot, jobs_folder: Path) -> Iterator[TrainingModel]:
    """Started; shut down at the end as the window does it."""
    model = TrainingModel(JobQueue(jobs_folder))
    model.start()
    yield model
    with qtbot.waitSignal(model.shutdownFinished, timeout=15_000):
        model.shutdown()
    model.deleteLater()
