"""The canvas follows the model: maps at once, in full when ready, never those of another photo or ρ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.canvas.canvas import Canvas
from app.canvas.maps import MapChoice, MapKind
from app.canvas.scene import Scene
from app.explore.model import ExploreModel
from tests.app.fakes import FakeBackend

DEADLINE = 10_000


@pytest.fixture
def scene(qtbot: QtBot, explore: ExploreModel) -> Scene:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(300, 200)
    return Scene(explore, canvas)


def _shown(scene: Scene) -> np.ndarray | None:
    overlay = scene.parent().overlay
    return None if overlay is None else overlay.levels[0]


def _open(qtbot: QtBot, explore: ExploreModel, path: Path) -> None:
    explore.start()
    explore.open_paths([path])
    qtbot.waitUntil(lambda: explore.result is not None and explore.result.complete, timeout=DEADLINE)


def test_the_labels_of_an_opened_photo_come_in_full(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, photos: list[Path]
) -> None:
    _open(qtbot, explore, photos[0])
    assert explore.result is not None
    labels = explore.result.label_map
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), labels), timeout=DEADLINE)


def test_early_answers_are_shown(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, backend: FakeBackend, photos: list[Path]
) -> None:
    backend.stage_gate.hold()
    explore.start()
    explore.open_paths([photos[0]])
    qtbot.waitUntil(lambda: explore.image is not None, timeout=DEADLINE)
    assert _shown(scene) is None
    backend.stage_gate.step()
    qtbot.waitUntil(lambda: _shown(scene) is not None, timeout=DEADLINE)
    assert explore.result is not None
    assert not explore.result.complete


def test_moving_rho_repaints_in_the_same_turn(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, backend: FakeBackend, photos: list[Path]
) -> None:
    _open(qtbot, explore, photos[0])
    assert explore.result is not None
    scene.choose_kind(MapKind.STAGES)
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.result.deciding_stage), timeout=DEADLINE)
    backend.stage_gate.hold()
    explore.set_rho(0.8)
    assert np.array_equal(_shown(scene), explore.sets)
    explore.set_rho(0.6)
    assert np.array_equal(_shown(scene), explore.sets)
    backend.stage_gate.release()
    qtbot.waitUntil(lambda: explore.result.rho == (0.6, 0.6) and not explore.status.busy, timeout=DEADLINE)
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.result.deciding_stage), timeout=DEADLINE)


def test_finished_labels_replace_the_coarse_ones_of_the_slider(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, photos: list[Path]
) -> None:
    _open(qtbot, explore, photos[0])
    explore.set_rho(0.7)
    grid = explore.sets.shape
    assert _shown(scene).shape == grid
    qtbot.waitUntil(lambda: explore.result.rho == (0.7, 0.7), timeout=DEADLINE)
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.result.label_map), timeout=DEADLINE)


def test_another_photo_starts_bare(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, backend: FakeBackend, photos: list[Path]
) -> None:
    _open(qtbot, explore, photos[0].parent)
    qtbot.waitUntil(lambda: _shown(scene) is not None, timeout=DEADLINE)
    scene.isolate(3)
    backend.stage_gate.hold()
    explore.select(2)
    qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == photos[2], timeout=DEADLINE)
    assert _shown(scene) is None
    assert scene.choice.isolated is None
    assert scene.parent().view.image_height == 56


def test_the_crf_s_answer_and_its_changes(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, photos: list[Path]
) -> None:
    _open(qtbot, explore, photos[0])
    explore.set_crf_mode("full")
    qtbot.waitUntil(lambda: explore.crf is not None, timeout=DEADLINE)
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.crf.label_map), timeout=DEADLINE)
    scene.choose_stage(1)
    scene.show_changes(True)
    assert scene.choice == MapChoice(changes=True)
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.crf.changed), timeout=DEADLINE)
    explore.set_crf_mode("off")
    assert not scene.choice.changes
    qtbot.waitUntil(lambda: np.array_equal(_shown(scene), explore.result.label_map), timeout=DEADLINE)


def test_the_reading_follows_cursor_and_rho(
    qtbot: QtBot, explore: ExploreModel, scene: Scene, photos: list[Path]
) -> None:
    readings: list[object] = []
    scene.readingChanged.connect(readings.append)
    _open(qtbot, explore, photos[0])
    scene.parent().hovered.emit((50, 10))
    assert (readings[-1].column, readings[-1].row) == (50, 10)
    assert readings[-1].deciding == explore.sets[10 * explore.sets.shape[0] // 40, 50 * explore.sets.shape[1] // 64]
    scene.parent().hovered.emit(None)
    assert readings[-1] is None
    scene.parent().hovered.emit((5000, 10))
    assert readings[-1] is None


def test_o_goes_through_all_maps(scene: Scene) -> None:
    seen = [scene.choice.kind]
    for _ in range(len(MapKind)):
        scene.next_kind()
        seen.append(scene.choice.kind)
    assert set(seen) == set(MapKind)
    assert seen[0] == seen[-1]
