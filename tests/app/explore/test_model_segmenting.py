"""From a photo to labels and sets under the ρ slider, with an engine that tests hold and break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.explore.views import Problem
from app.services.settings import Settings
from engine.cascade.result import CascadeResult
from engine.cascade.thresholds import deciding_stages
from engine.errors import CheckpointError
from tests.app.conftest import MakeModel, shut_down
from tests.app.fakes import FakeBackend
from tests.app.responsive import responsive


class Seen:
    """Every value of the signals, in order."""

    def __init__(self, model: ExploreModel) -> None:
        self.results: list[CascadeResult | None] = []
        self.sets: list[Any] = []
        self.rhos: list[float] = []
        self.problems: list[Problem] = []
        self.texts: list[str] = []
        model.resultChanged.connect(self.results.append)
        model.setsChanged.connect(self.sets.append)
        model.rhoChanged.connect(self.rhos.append)
        model.problem.connect(self.problems.append)
        model.statusChanged.connect(lambda status: self.texts.append(status.text))


def segmented(qtbot: QtBot, model: ExploreModel, photos: list[Path]) -> CascadeResult:
    """Open, load the model, wait for the finished result."""
    model.open_paths(photos)
    model.start()
    return finished(qtbot, model)


def finished(qtbot: QtBot, model: ExploreModel) -> CascadeResult:
    """Wait for the finished result at the current ρ."""

    def done() -> bool:
        result = model.result
        return result is not None and result.complete and result.rho[0] == model.rho and not model.status.busy

    qtbot.waitUntil(done)
    assert model.result is not None
    return model.result


def test_early_answers_come_first(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    seen = Seen(explore)
    result = segmented(qtbot, explore, photos)
    stages = [len(result.stages) for result in seen.results if result is not None]
    assert stages == [1, 2, 3]
    np.testing.assert_array_equal(explore.sets, result.deciding_stage)
    assert explore.shares == result.shares
    assert explore.status.milliseconds == 3.0
    assert explore.status.device == "CPU, 1 thread, fp32"
    assert "segmenting photo 0.png" in seen.texts
    assert explore.images.data(explore.images.index(0), explore.images.HardShareRole) == result.shares[-1]


def test_progress_follows_the_stages(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    backend.stage_gate.hold()
    explore.open_paths(photos)
    explore.start()
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    assert (explore.status.progress, explore.status.cancellable) == (0.0, True)
    backend.stage_gate.step()
    qtbot.waitUntil(lambda: explore.status.progress == pytest.approx(1 / 3))
    assert explore.result is not None
    assert not explore.result.complete
    assert not explore.can_save


def test_moving_rho_repaints_the_sets_in_the_same_turn(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    result = segmented(qtbot, explore, photos)
    backend.stage_gate.hold()
    seen = Seen(explore)
    explore.set_rho(0.7)
    # No event loop has turned: this is what the call itself did.
    assert seen.rhos == [0.7]
    np.testing.assert_array_equal(seen.sets[-1], deciding_stages(result.stages, (0.7, 0.7), stage_count=3))
    assert seen.results == []


def test_labels_follow_rho_and_no_early_answer_replaces_finished_ones(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path]
) -> None:
    segmented(qtbot, explore, photos)
    seen = Seen(explore)
    explore.set_rho(0.7)
    result = finished(qtbot, explore)
    assert seen.results == [result]
    np.testing.assert_array_equal(explore.sets, result.deciding_stage)


def test_a_moving_slider_leaves_the_window_free_and_ends_at_its_last_value(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    segmented(qtbot, explore, photos)
    values = [round(float(value), 4) for value in np.linspace(0.98, 0.5, 120)]
    backend.stage_seconds = 0.01
    with responsive():
        for value in values:
            explore.set_rho(value)
            qtbot.wait(2)
        result = finished(qtbot, explore)
    assert result.rho[0] == values[-1]
    assert explore.sets is not None
    np.testing.assert_array_equal(explore.sets, result.deciding_stage)
    # Fewer runs than values is what latest-wins means, and some of them finished while the slider moved.
    assert 3 < len(backend.finished) < len(values)


def test_a_late_result_of_an_older_photo_is_not_shown(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    backend.deaf = True
    backend.stage_gate.hold()
    explore.open_paths(photos)
    explore.start()
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    explore.select(3)
    qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == photos[3])
    seen = Seen(explore)
    backend.stage_gate.release()
    result = finished(qtbot, explore)
    assert len(backend.finished) == 2
    assert {shown.image_size for shown in seen.results if shown is not None} == {result.image_size}
    assert result.image_size == (64, 64)
    assert explore.images.data(explore.images.index(0), explore.images.HardShareRole) is None


@pytest.mark.parametrize("rho", [-0.1, 1.5, float("nan"), float("inf")])
def test_rho_outside_its_range_is_a_problem_and_the_field_goes_back(
    qtbot: QtBot, explore: ExploreModel, rho: float
) -> None:
    seen = Seen(explore)
    before = explore.rho
    explore.set_rho(rho)
    assert seen.rhos == [before]
    assert [problem.path for problem in seen.problems] == [None]
    assert "ρ" in seen.problems[0].text
    assert explore.rho == before


def test_the_models_own_rho_is_taken_until_one_is_chosen(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    backend.default_rho = 0.9
    segmented(qtbot, explore, photos)
    assert explore.rho == 0.9


def test_rho_and_model_are_remembered(
    qtbot: QtBot, make_model: MakeModel, settings: Settings, backend: FakeBackend, photos: list[Path]
) -> None:
    first = make_model()
    segmented(qtbot, first, photos)
    first.set_model("other")
    qtbot.waitUntil(lambda: first.model_summary is not None and first.model_summary.spec == "other")
    first.set_rho(0.77)
    shut_down(qtbot, first)
    settings_again = Settings(settings.path)
    second = make_model()
    assert settings_again.number("explore/rho") == 0.77
    segmented(qtbot, second, photos)
    assert second.rho == 0.77
    assert backend.loads == ["default", "other", "other"]


def test_another_model_has_its_own_rho_and_segments_anew(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    segmented(qtbot, explore, photos)
    explore.set_rho(0.6)
    finished(qtbot, explore)
    backend.default_rho = 0.91
    backend.labels["other"] = "other-net"
    seen = Seen(explore)
    explore.set_model("other")
    qtbot.waitUntil(lambda: explore.model_summary is not None and explore.model_summary.spec == "other")
    assert explore.rho == 0.91
    assert seen.results[0] is None
    finished(qtbot, explore)


def test_a_model_that_cannot_be_loaded_is_told_and_the_former_one_stays(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    result = segmented(qtbot, explore, photos)
    backend.load_failures["bad.safetensors"] = CheckpointError("is damaged", path=Path("bad.safetensors"))
    with qtbot.waitSignal(explore.problem) as told:
        explore.set_model("bad.safetensors")
    assert told.args == [Problem(Path("bad.safetensors"), "is damaged")]
    qtbot.waitUntil(lambda: not explore.status.busy)
    assert explore.model_summary is not None
    assert explore.model_summary.spec == "default"
    assert explore.result is result


def test_a_remembered_model_that_is_gone_falls_back_to_the_default(
    qtbot: QtBot, make_model: MakeModel, settings: Settings, backend: FakeBackend, photos: list[Path]
) -> None:
    settings.set("explore/model", "gone.safetensors")
    backend.load_failures["gone.safetensors"] = CheckpointError("is not there", path=Path("gone.safetensors"))
    model = make_model()
    segmented(qtbot, model, photos)
    assert model.model_summary is not None
    assert model.model_summary.spec == "default"
    assert [problem.path for problem in model.problems] == [Path("gone.safetensors")]


def test_without_any_model_photos_still_open(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    backend.load_failures["default"] = CheckpointError("is missing", path=Path("default.safetensors"))
    explore.start()
    explore.open_paths(photos)
    qtbot.waitUntil(lambda: explore.image is not None and not explore.status.busy)
    assert [problem.text for problem in explore.problems] == ["is missing"]
    assert explore.result is None


def test_a_failed_run_names_the_photo_once(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    segmented(qtbot, explore, photos)
    for rho in (0.8, 0.7):
        backend.run_failures.extend([MemoryError(), MemoryError()])
        explore.set_rho(rho)
        qtbot.waitUntil(lambda: not explore.status.busy)
    assert [problem.path for problem in explore.problems] == [photos[0]]
    assert "memory" in explore.problems[0].text
    explore.clear_problems()
    assert explore.problems == []
    # The thread has outlived it.
    explore.set_rho(0.65)
    finished(qtbot, explore)


def test_cancel_keeps_the_early_answer(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    backend.stage_gate.hold()
    explore.open_paths(photos[:1])
    explore.start()
    qtbot.waitUntil(lambda: backend.stage_gate.waiting == 1)
    backend.stage_gate.step()
    qtbot.waitUntil(lambda: explore.result is not None)
    explore.cancel()
    qtbot.waitUntil(lambda: not explore.status.busy)
    assert explore.status.text == "stopped"
    assert explore.result is not None
    assert len(explore.result.stages) == 1
    assert explore.problems == []
    backend.stage_gate.release()
    explore.set_rho(0.5)
    finished(qtbot, explore)


def test_going_back_to_a_photo_uses_its_session(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend
) -> None:
    segmented(qtbot, explore, photos)
    for delta in (1, -1, 1):
        explore.step(delta)
        qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == explore.current_path)
        finished(qtbot, explore)
    assert backend.sessions == 2


def test_pending_counts_jobs_and_returns_to_none(qtbot: QtBot, explore: ExploreModel, photos: list[Path]) -> None:
    counts: list[int] = []
    explore.pendingChanged.connect(counts.append)
    segmented(qtbot, explore, photos)
    assert max(counts) >= 2
    assert counts[-1] == 0
