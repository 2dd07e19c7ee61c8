"""Label models on the fake engine, folders of photos to label, and a clean end for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.label.model import LabelModel
from app.services.engine_thread import EngineListener, EngineThread
from app.services.settings import Settings
from app.services.ui_queue import UiQueue
from tests.app.conftest import backend, crf, settings
from tests.app.fakes import DEADLINE, FakeBackend, FakeCrf

__all__ = ["backend", "crf", "settings"]

MakeLabel = Callable[..., LabelModel]
WAIT = int(DEADLINE * 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four photos, each with a ramp of its own, which the fake model sees as several classes."""
    place = tmp_path / "photos"
    place.mkdir()
    for number in range(1, 5):
        ramp = np.linspace(10 * number, 200, 96).astype(np.uint8)
        Image.fromarray(np.repeat(np.tile(ramp, (64, 1))[:, :, None], 3, axis=2)).save(place / f"photo {number}.png")
    return place


@pytest.fixture
def make_label(qtbot: QtBot, settings: Settings, backend: FakeBackend, crf: FakeCrf) -> Iterator[MakeLabel]:
    """Makes label models, each with an engine thread whose model is being loaded; all are shut down at the end."""
    made: list[tuple[LabelModel, EngineThread, UiQueue]] = []

    def make(*, shown: bool = True) -> LabelModel:
        queue = UiQueue()
        models: list[LabelModel] = []
        listener = EngineListener(
            model_loaded=lambda summary: models[0].set_model(summary),
            model_failed=lambda _spec, _error: None,
            run_partial=lambda _request, _result: None,
            run_finished=lambda _request, _result: None,
            run_cancelled=lambda _request: None,
            run_failed=lambda _request, _error: None,
        )
        engine = EngineThread(backend, listener, post=queue.post)
        model = LabelModel(settings, engine, crf=crf)
        models.append(model)
        made.append((model, engine, queue))
        model.proposal.set_shown(shown)
        model.learning.modelWanted.connect(engine.load_model)
        engine.load_model("default")
        return model

    yield make
    backend.release()
    crf.gate.release()
    for model, engine, queue in made:
        shut_down(qtbot, model)
        engine.stop()
        qtbot.waitUntil(lambda engine=engine: not engine.alive, timeout=WAIT)
        queue.close()
        model.deleteLater()


@pytest.fixture
def label(make_label: MakeLabel) -> LabelModel:
    return make_label()


def shut_down(qtbot: QtBot, model: LabelModel) -> None:
    """End a model as the window does; nothing happens where it has ended already."""
    if not model.is_shut_down:
        with qtbot.waitSignal(model.shutdownFinished, timeout=WAIT):
            model.shutdown()


def opened(qtbot: QtBot, model: LabelModel, path: Path) -> None:
    """Open a folder or project and wait for its first photo with its whole proposal and tour."""
    assert model.open_paths([path])
    qtbot.waitUntil(lambda: model.document is not None, timeout=WAIT)
    answered(qtbot, model)


def answered(qtbot: QtBot, model: LabelModel) -> None:
    qtbot.waitUntil(
        lambda: model.document is not None and model.proposal.complete is not None and model.tour.view.total > 0,
        timeout=WAIT,
    )


def idle(qtbot: QtBot, model: LabelModel) -> None:
    """Every change is on the disk."""
    qtbot.waitUntil(lambda: not model.editing.busy and model.editing.stored, timeout=WAIT)
