"""Models with fakes, photos to open, and a clean end for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.settings import Settings
from tests.app.fakes import DEADLINE, FakeBackend, FakeCrf

MakeModel = Callable[..., ExploreModel]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = Settings(tmp_path / "settings.ini")
    yield made
    made.sync()  # a timer that still waits must not be left to whichever thread collects the garbage


@pytest.fixture
def backend() -> Iterator[FakeBackend]:
    fake = FakeBackend()
    yield fake
    fake.release()


@pytest.fixture
def crf() -> Iterator[FakeCrf]:
    fake = FakeCrf()
    yield fake
    fake.gate.release()


@pytest.fixture
def make_model(qtbot: QtBot, settings: Settings, backend: FakeBackend, crf: FakeCrf) -> Iterator[MakeModel]:
    """Makes explore models on the fakes; keyword arguments replace them. Every model is shut down at the end."""
    made: list[ExploreModel] = []

    def make(**changes: object) -> ExploreModel:
        arguments: dict[str, object] = {"backend": backend, "crf": crf} | changes
        model = ExploreModel(settings, **arguments)  # type: ignore[arg-type]
        made.append(model)
        return model

    yield make
    backend.release()
    crf.gate.release()
    for model in made:
        shut_down(qtbot, model)
        model.deleteLater()


def shut_down(qtbot: QtBot, model: ExploreModel) -> None:
    """End a model as the window does; nothing happens where it has ended already."""
    if not model.is_shut_down:
        with qtbot.waitSignal(model.shutdownFinished, timeout=int(DEADLINE * 1000)):
            model.shutdown()


@pytest.fixture
def explore(make_model: MakeModel) -> ExploreModel:
    return make_model()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Six small photos, each of its own colour and size, in a folder of their own."""
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = []
    for number in range(6):
        path = folder / f"photo {number}.png"
        pixels = np.full((40 + 8 * number, 64, 3), 20 + 30 * number, dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        paths.append(path)
    return paths
