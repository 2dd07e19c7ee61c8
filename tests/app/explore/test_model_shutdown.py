"""Closing at any time: new work is refused, what runs is cancelled, the event loop turns, no thread stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from tests.app.conftest import MakeModel
from tests.app.explore.test_model_segmenting import segmented
from tests.app.fakes import FakeBackend, FakeCrf
from tests.app.responsive import responsive


def closed(qtbot: QtBot, model: ExploreModel) -> None:
    with responsive(), qtbot.waitSignal(model.shutdownFinished):
        model.shutdown()


def test_closing_what_never_started(qtbot: QtBot, explore: ExploreModel) -> None:
    closed(qtbot, explore)


def test_closing_while_the_model_loads_waits_for_it(qtbot: QtBot, explore: ExploreModel, backend: FakeBackend) -> None:
    backend.load_gate.hold()
    explore.start()
    qtbot.waitUntil(lambda: backend.load_gate.waiting == 1)
    explore.shutdown()
    with qtbot.assertNotEmitted(explore.shutdownFinished, wait=50):
        pass
    with qtbot.waitSignal(explore.shutdownFinished):
        backend.load_gate.release()
    assert explore.model_summary is None


def test_closing_while_a_run_is_under_way_cancels_it(
    qtbot: QtBot, explore: ExploreModel, backend: FakeBackend, photos: list[Path]
) -> None:
    backend.stage_gate.hold()
    explore.open_paths(photos)
    explore.start()
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    closed(qtbot, explore)
    assert backend.finished == []


def test_closing_while_the_crf_works_ends_its_process(
    qtbot: QtBot, explore: ExploreModel, crf: FakeCrf, photos: list[Path]
) -> None:
    segmented(qtbot, explore, photos)
    crf.gate.hold()
    explore.set_crf_mode("full")
    qtbot.waitUntil(lambda: crf.gate.waiting == 1)
    closed(qtbot, explore)
    assert crf.closed
    qtbot.waitUntil(lambda: len(crf.cancelled) == 1)


def test_what_is_being_saved_is_still_written(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    segmented(qtbot, explore, photos)
    for number in range(5):
        explore.save_label_map(tmp_path / f"{number}.png")
    closed(qtbot, explore)
    assert [(tmp_path / f"{number}.png").is_file() for number in range(5)] == [True] * 5


def test_after_shutdown_every_request_is_refused(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path, backend: FakeBackend
) -> None:
    segmented(qtbot, explore, photos)
    closed(qtbot, explore)
    loads, runs = len(backend.loads), len(backend.runs)
    explore.open_paths(photos)
    explore.select(2)
    explore.set_rho(0.5)
    explore.set_model("other")
    explore.set_crf_mode("full")
    explore.save_label_map(tmp_path / "late.png")
    explore.run_in_background("key", lambda: 1, lambda value: pytest.fail("ran"))
    explore.cancel()
    explore.shutdown()
    qtbot.wait(50)
    assert (len(backend.loads), len(backend.runs)) == (loads, runs)
    assert not (tmp_path / "late.png").exists()


def test_a_thread_that_does_not_end_delays_closing_by_the_deadline_alone(
    qtbot: QtBot, make_model: MakeModel, backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    model = make_model(shutdown_seconds=0.1)
    backend.load_gate.hold()
    model.start()
    qtbot.waitUntil(lambda: backend.load_gate.waiting == 1)
    closed(qtbot, model)
    assert "EngineThread" in caplog.text
    backend.load_gate.release()


def test_background_work_arrives_in_order_of_asking(qtbot: QtBot, explore: ExploreModel) -> None:
    values: list[int] = []
    for number in range(100):
        explore.run_in_background("picture", lambda number=number: number, values.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: bool(values) and values[-1] == 99)
    assert values == sorted(values)
