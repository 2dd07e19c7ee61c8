"""The CRF after a result, and what is written to the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.explore.views import Problem
from app.services.settings import Settings
from engine.errors import RefinementError
from tests.app.conftest import MakeModel
from tests.app.explore.test_model_segmenting import finished, segmented
from tests.app.fakes import FakeBackend, FakeCrf


def test_the_crf_follows_the_result_and_its_labels_become_final(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], crf: FakeCrf
) -> None:
    segmented(qtbot, explore, photos)
    with qtbot.waitSignal(explore.crfChanged) as told:
        explore.set_crf_mode("hard")
    assert told.args == [explore.crf]
    assert explore.crf is not None
    assert (explore.crf.mode, crf.requests[0].mode) == ("hard", "hard")
    assert explore.final_labels is explore.crf.label_map
    assert explore.crf.changed.any()


def test_progress_is_shown_and_cancel_stops_it(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], crf: FakeCrf
) -> None:
    segmented(qtbot, explore, photos)
    crf.gate.hold()
    explore.set_crf_mode("full")
    qtbot.waitUntil(lambda: explore.status.progress == 0.5)
    assert "CRF" in explore.status.text
    explore.cancel()
    qtbot.waitUntil(lambda: len(crf.cancelled) == 1)
    assert not explore.status.busy
    assert explore.crf is None
    assert explore.problems == []


def test_a_new_result_cancels_the_old_crf_and_starts_another(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], crf: FakeCrf
) -> None:
    segmented(qtbot, explore, photos)
    crf.gate.hold()
    explore.set_crf_mode("full")
    qtbot.waitUntil(lambda: crf.gate.waiting == 1)
    explore.set_rho(0.6)
    qtbot.waitUntil(lambda: len(crf.requests) == 2)
    qtbot.waitUntil(lambda: crf.cancelled == [crf.requests[0]])
    crf.gate.release()
    qtbot.waitUntil(lambda: explore.crf is not None)
    assert crf.requests[1].result is explore.result


def test_switching_off_removes_its_labels(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], settings: Settings
) -> None:
    result = segmented(qtbot, explore, photos)
    with qtbot.waitSignal(explore.crfChanged):
        explore.set_crf_mode("full")
    assert settings.text("explore/crf") == "full"
    with qtbot.waitSignal(explore.crfChanged) as told:
        explore.set_crf_mode("off")
    assert told.args == [None]
    assert explore.final_labels is result.label_map


def test_a_missing_crf_is_said_once_and_the_switch_goes_back(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], crf: FakeCrf
) -> None:
    crf.missing_text = "pydensecrf2 is not installed"
    segmented(qtbot, explore, photos)
    modes: list[str] = []
    explore.crfModeChanged.connect(modes.append)
    explore.set_crf_mode("hard")
    explore.set_crf_mode("full")
    assert modes == ["off", "off"]
    assert explore.crf_mode == "off"
    assert explore.problems == [Problem(None, "pydensecrf2 is not installed")]
    assert crf.requests == []


def test_a_failed_crf_names_the_photo_and_keeps_the_labels(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], crf: FakeCrf
) -> None:
    result = segmented(qtbot, explore, photos)
    crf.failures.append(RefinementError("the CRF worker was ended by signal 9"))
    with qtbot.waitSignal(explore.problem) as told:
        explore.set_crf_mode("full")
    assert told.args == [Problem(photos[0], "the CRF worker was ended by signal 9")]
    assert explore.final_labels is result.label_map


def test_an_unknown_mode_is_refused(explore: ExploreModel) -> None:
    with pytest.raises(ValueError, match="soft"):
        explore.set_crf_mode("soft")


def test_the_label_map_is_written_as_it_is_shown(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    segmented(qtbot, explore, photos)
    with qtbot.waitSignal(explore.saved) as told:
        explore.save_label_map(tmp_path / "labels.png")
    assert told.args == [tmp_path / "labels.png"]
    with Image.open(tmp_path / "labels.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.array(image), explore.final_labels)


@pytest.mark.parametrize("name", ["overlay.png", "overlay.JPG"])
def test_the_overlay_is_written_in_the_format_of_its_suffix(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path, name: str
) -> None:
    segmented(qtbot, explore, photos)
    with qtbot.waitSignal(explore.saved):
        explore.save_overlay(tmp_path / name, 0.5)
    with Image.open(tmp_path / name) as image:
        assert image.format == ("JPEG" if name.endswith("JPG") else "PNG")
        assert image.size == (64, 40)


def test_stage_maps_are_written_into_a_folder_of_their_own(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    result = segmented(qtbot, explore, photos)
    with qtbot.waitSignal(explore.saved):
        explore.save_stage_maps(tmp_path / "maps")
    with Image.open(tmp_path / "maps" / "photo 0.stage.png") as image:
        assert set(np.unique(np.array(image))) == set(np.unique(result.deciding_stage))
    assert (tmp_path / "maps" / "photo 0.confidence.png").is_file()


def test_a_failure_is_told_and_the_old_file_stays(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    segmented(qtbot, explore, photos)
    target = tmp_path / "no such folder" / "labels.png"
    with qtbot.waitSignal(explore.problem) as told:
        explore.save_label_map(target)
    assert told.args is not None
    assert told.args[0].path == target
    assert not explore.status.busy


def test_saving_before_there_is_a_result_is_a_problem(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], backend: FakeBackend, tmp_path: Path
) -> None:
    explore.save_label_map(tmp_path / "labels.png")
    assert [problem.path for problem in explore.problems] == [tmp_path / "labels.png"]
    assert not (tmp_path / "labels.png").exists()


def test_saving_while_the_next_photo_opens_writes_the_one_on_the_screen(
    qtbot: QtBot, explore: ExploreModel, photos: list[Path], tmp_path: Path
) -> None:
    shown = segmented(qtbot, explore, photos)
    explore.step(1)
    explore.save_label_map(tmp_path / "labels.png")
    qtbot.waitUntil((tmp_path / "labels.png").is_file)
    with Image.open(tmp_path / "labels.png") as image:
        np.testing.assert_array_equal(np.array(image), shown.label_map)
    qtbot.waitUntil(lambda: explore.image is not None and explore.image.path == photos[1])
    finished(qtbot, explore)


def test_the_crf_mode_is_remembered(
    qtbot: QtBot, make_model: MakeModel, settings: Settings, photos: list[Path]
) -> None:
    settings.set("explore/crf", "full")
    model = make_model()
    segmented(qtbot, model, photos)
    qtbot.waitUntil(lambda: model.crf is not None)
