"""The panels show the model's state and ask it for changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.canvas.maps import MapChoice, MapKind
from app.explore.model import ExploreModel
from app.panels.cascade_panel import CascadePanel
from app.panels.class_list import ClassList, class_shares
from app.panels.image_list import ImageList
from app.panels.map_key import MapKey
from app.panels.problems import ProblemBanner
from app.panels.segmented import Choice, SegmentedControl
from app.panels.stage_rows import StageRows, shown_milliseconds, shown_share, stage_figures
from app.panels.stage_strip import StageStrip
from engine.errors import CheckpointError
from tests.app.fakes import FakeBackend, FakeCrf

DEADLINE = 10_000
LEFT = Qt.MouseButton.LeftButton


def _open(qtbot: QtBot, explore: ExploreModel, path: Path) -> None:
    explore.start()
    explore.open_paths([path])
    qtbot.waitUntil(lambda: explore.result is not None and explore.result.complete, timeout=DEADLINE)


class TestStageStrip:
    @pytest.fixture
    def strip(self, qtbot: QtBot, explore: ExploreModel) -> StageStrip:
        strip = StageStrip(explore)
        qtbot.addWidget(strip)
        strip.resize(800, 140)
        strip.show()
        qtbot.waitExposed(strip)
        return strip

    def test_tiles_fill_one_after_another(
        self, qtbot: QtBot, explore: ExploreModel, strip: StageStrip, backend: FakeBackend, photos: list[Path]
    ) -> None:
        backend.stage_gate.hold()
        explore.start()
        explore.open_paths([photos[0]])
        qtbot.waitUntil(lambda: strip.tiles[0].running, timeout=DEADLINE)
        assert not any(tile.filled for tile in strip.tiles)
        for number in (1, 2):
            backend.stage_gate.step()
            qtbot.waitUntil(lambda number=number: strip.tiles[number - 1].filled, timeout=DEADLINE)
            assert [tile.filled for tile in strip.tiles] == [n < number for n in range(4)]
            qtbot.waitUntil(lambda number=number: strip.tiles[number].running, timeout=DEADLINE)
        backend.stage_gate.release()
        qtbot.waitUntil(lambda: all(tile.filled for tile in strip.tiles), timeout=DEADLINE)
        qtbot.waitUntil(lambda: not any(tile.running for tile in strip.tiles), timeout=DEADLINE)

    def test_a_click_chooses_the_stage(self, qtbot: QtBot, strip: StageStrip) -> None:
        chosen: list[object] = []
        strip.stageChosen.connect(chosen.append)
        for tile in strip.tiles:
            qtbot.mouseClick(tile, LEFT)
        assert chosen == [1, 2, 3, None]
        strip.show_chosen(2)
        assert [tile.isChecked() for tile in strip.tiles] == [False, True, False, False]

    def test_figures_follow_rho_at_once(
        self, qtbot: QtBot, explore: ExploreModel, strip: StageStrip, photos: list[Path]
    ) -> None:
        _open(qtbot, explore, photos[0])
        before = strip.tiles[0].accessibleDescription()
        explore.set_rho(0.6)
        assert explore.shares is not None
        assert strip.tiles[0].accessibleDescription() == shown_share(explore.shares[0]) != before


class TestStageRows:
    def test_a_stage_that_has_not_finished_has_no_figures(self) -> None:
        rows = stage_figures(3, shares=(0.5, 0.2, 0.0), milliseconds={"stage1": 4.0, "stage2": 3.0}, finished=1)
        assert [row.share for row in rows] == [0.5, None, None]
        assert [row.milliseconds for row in rows] == [4.0, None, None]

    def test_the_rows_are_readable_without_eyes(self, qtbot: QtBot) -> None:
        rows = StageRows()
        qtbot.addWidget(rows)
        rows.set_rows(stage_figures(2, shares=(0.713, 0.287), milliseconds={"stage1": 18.2, "stage2": 5.0}, finished=2))
        assert rows.accessibleDescription() == "Stage 1 71.3 %, 18 ms; Stage 2 28.7 %, 5.0 ms"

    def test_numbers_are_short(self) -> None:
        assert [shown_milliseconds(value) for value in (0.04, 4.21, 9.99, 61.3, 999, 1340)] == [
            "0.0 ms", "4.2 ms", "10 ms", "61 ms", "999 ms", "1.3 s",
        ]  # fmt: skip


class TestCascadePanel:
    @pytest.fixture
    def panel(self, qtbot: QtBot, explore: ExploreModel) -> CascadePanel:
        panel = CascadePanel(explore, model_menu=QMenu())
        qtbot.addWidget(panel)
        panel.resize(316, 800)
        panel.show()
        qtbot.waitExposed(panel)
        return panel

    def test_it_shows_the_answer(
        self, qtbot: QtBot, explore: ExploreModel, panel: CascadePanel, photos: list[Path]
    ) -> None:
        _open(qtbot, explore, photos[0])
        assert explore.result is not None
        qtbot.waitUntil(lambda: bool(panel.classes.rows), timeout=DEADLINE)
        assert sum(row.share for row in panel.classes.rows) == pytest.approx(1.0)
        assert [row.share for row in panel.stages.rows] == list(explore.result.shares)
        assert panel.model_button.text() == "fake"
        assert "A model for tests" in panel.model_button.toolTip()

    def test_a_model_that_cannot_be_loaded_is_not_said_to_be_loading(
        self, qtbot: QtBot, explore: ExploreModel, panel: CascadePanel, backend: FakeBackend
    ) -> None:
        assert panel.model_button.text() == "Loading…"
        backend.load_failures["default"] = CheckpointError("not there")
        explore.start()
        qtbot.waitUntil(lambda: panel.model_button.text() == "No model", timeout=DEADLINE)
        assert "No model is loaded" in panel.model_button.toolTip()
        backend.load_gate.hold()
        explore.set_model("other")
        assert panel.model_button.text() == "Loading…"
        backend.load_gate.release()
        qtbot.waitUntil(lambda: panel.model_button.text() == "fake", timeout=DEADLINE)
        explore.set_model("default")
        qtbot.waitUntil(lambda: not explore.status.busy, timeout=DEADLINE)
        assert panel.model_button.text() == "fake"

    def test_the_slider_asks_the_model(self, qtbot: QtBot, explore: ExploreModel, panel: CascadePanel) -> None:
        slider = panel.rho.slider
        qtbot.mouseClick(slider, LEFT, pos=QPoint(round(slider.place_of(0.995)), 14))
        assert explore.rho == 0.995
        explore.set_rho(0.8)
        assert slider.rho == 0.8
        assert panel.rho.field.text() == "0.8"

    def test_crf_is_asked_for_and_its_changes_offered(
        self, qtbot: QtBot, explore: ExploreModel, panel: CascadePanel, photos: list[Path]
    ) -> None:
        _open(qtbot, explore, photos[0])
        assert not panel.changes.isEnabled()
        qtbot.mouseClick(panel.crf.segment("hard"), LEFT)
        assert explore.crf_mode == "hard"
        qtbot.waitUntil(lambda: panel.changes.isEnabled(), timeout=DEADLINE)
        qtbot.waitUntil(lambda: "%" in panel.crf_note.text(), timeout=DEADLINE)
        toggled: list[bool] = []
        panel.changesToggled.connect(toggled.append)
        panel.changes.click()
        assert toggled == [True]

    def test_without_pydensecrf_it_says_why(self, qtbot: QtBot, make_model, crf: FakeCrf) -> None:
        crf.missing_text = "pydensecrf is not installed (pip install pydensecrf2)"
        panel = CascadePanel(make_model(), model_menu=QMenu())
        qtbot.addWidget(panel)
        assert not panel.crf.segment("full").isEnabled()
        assert "pydensecrf2" in panel.crf_note.text()

    def test_a_network_of_one_stage_is_not_offered_what_a_cascade_has(
        self, qtbot: QtBot, explore: ExploreModel, panel: CascadePanel, backend: FakeBackend
    ) -> None:
        panel.show_choice(MapChoice(kind=MapKind.STAGES))
        explore.set_crf_mode("hard")
        chosen: list[MapKind] = []
        panel.kindChosen.connect(chosen.append)
        backend.stage_count = 1
        with qtbot.waitSignal(explore.modelChanged):
            explore.set_model("dense")
        assert panel.rho.isHidden()
        assert not panel.one_stage.isHidden()
        assert chosen == [MapKind.LABELS]
        assert explore.crf_mode == "off"
        for control, value in ((panel.kinds, "stages"), (panel.kinds, "hard"), (panel.crf, "hard")):
            assert not control.segment(value).isEnabled()
        assert panel.crf.segment("full").isEnabled()
        backend.stage_count = 3
        with qtbot.waitSignal(explore.modelChanged):
            explore.set_model("cascade")
        assert not panel.rho.isHidden()
        assert panel.one_stage.isHidden()
        assert panel.kinds.segment("stages").isEnabled()
        assert panel.crf.segment("hard").isEnabled()

    def test_maps_are_chosen(self, qtbot: QtBot, panel: CascadePanel) -> None:
        kinds: list[object] = []
        panel.kindChosen.connect(kinds.append)
        for kind in (MapKind.STAGES, MapKind.CONFIDENCE, MapKind.HARD, MapKind.LABELS):
            qtbot.mouseClick(panel.kinds.segment(kind.value), LEFT)
        assert kinds == [MapKind.STAGES, MapKind.CONFIDENCE, MapKind.HARD, MapKind.LABELS]

    def test_showing_a_choice_asks_for_nothing(self, panel: CascadePanel) -> None:
        asked: list[object] = []
        for signal in (panel.kindChosen, panel.changesToggled, panel.isolated):
            signal.connect(asked.append)
        panel.show_choice(MapChoice(kind=MapKind.HARD, changes=True, isolated=3))
        assert asked == []
        assert panel.kinds.value == "hard"


class TestClassList:
    def test_shares_are_sorted_and_ignored_pixels_left_out(self) -> None:
        labels = np.array([[1, 1, 1, 2], [2, 255, 255, 0]], dtype=np.uint8)
        rows = class_shares(labels, names=("a", "b", "c"), palette=np.eye(3, dtype=np.uint8) * 200)
        assert [(row.name, row.share) for row in rows] == [("b", 3 / 8), ("c", 2 / 8), ("a", 1 / 8)]

    def test_a_click_isolates_and_another_shows_all(self, qtbot: QtBot) -> None:
        classes = ClassList()
        qtbot.addWidget(classes)
        labels = np.array([[0, 0, 1]], dtype=np.uint8)
        classes.set_rows(class_shares(labels, names=("a", "b"), palette=np.zeros((2, 3), dtype=np.uint8)))
        classes.show()
        isolated: list[object] = []
        classes.isolated.connect(isolated.append)
        at = classes.visualRect(classes.model().index(1, 0)).center()
        qtbot.mouseClick(classes.viewport(), LEFT, pos=at)
        qtbot.mouseClick(classes.viewport(), LEFT, pos=at)
        assert isolated == [1, None]


class TestImageList:
    @pytest.fixture
    def listing(self, qtbot: QtBot, explore: ExploreModel) -> ImageList:
        listing = ImageList(explore)
        qtbot.addWidget(listing)
        listing.resize(230, 500)
        listing.show()
        qtbot.waitExposed(listing)
        return listing

    def test_it_follows_the_model_and_the_model_follows_it(
        self, qtbot: QtBot, explore: ExploreModel, listing: ImageList, photos: list[Path]
    ) -> None:
        _open(qtbot, explore, photos[0].parent)
        assert listing.model().rowCount() == len(photos)
        assert listing.currentIndex().row() == 0
        explore.step(2)
        assert listing.currentIndex().row() == 2
        qtbot.mouseClick(listing.viewport(), LEFT, pos=listing.visualRect(listing.model().index(4, 0)).center())
        assert explore.current_path == photos[4]

    def test_the_shown_photo_is_marked_where_the_list_had_the_focus_first(
        self, qtbot: QtBot, explore: ExploreModel, listing: ImageList, photos: list[Path]
    ) -> None:
        _open(qtbot, explore, photos[0].parent)
        index = listing.model().index(0, 0)
        # As Qt leaves it when a list gets the focus: current, not selected.
        listing.selectionModel().clearSelection()
        explore.currentChanged.emit(0)
        assert listing.currentIndex() == index
        assert listing.selectionModel().isSelected(index)

    def test_the_narrowest_list_has_room_for_a_short_name(self, listing: ImageList) -> None:
        metrics = listing.fontMetrics()
        narrowest = listing.minimumWidth()
        assert narrowest > metrics.horizontalAdvance("portrait 01.jpg") + 68
        font = listing.font()
        font.setPointSizeF(font.pointSizeF() * 2)
        listing.setFont(font)
        assert listing.minimumWidth() > narrowest

    def test_shares_and_errors_are_painted_without_trouble(
        self, qtbot: QtBot, explore: ExploreModel, listing: ImageList, photos: list[Path]
    ) -> None:
        photos[1].write_bytes(b"no image")
        _open(qtbot, explore, photos[0].parent)
        explore.images.set_hard_share(photos[2], 0.31)
        explore.images.set_error(photos[1], "no image, though its name says so, and a long story follows")
        assert not listing.grab().isNull()


class TestProblemBanner:
    def test_it_comes_with_the_first_problem_and_goes_when_dismissed(
        self, qtbot: QtBot, explore: ExploreModel, tmp_path: Path
    ) -> None:
        banner = ProblemBanner(explore)
        qtbot.addWidget(banner)
        assert banner.isHidden()
        for name in ("one.jpg", "two.jpg"):
            (tmp_path / name).write_text("text", encoding="utf-8")
        explore.open_paths([tmp_path / "one.jpg", tmp_path / "two.jpg", tmp_path / "none.jpg"])
        qtbot.waitUntil(lambda: banner.list.count() >= 2, timeout=DEADLINE)
        assert not banner.isHidden()
        banner.more.click()
        assert not banner.list.isHidden()
        assert "none.jpg" in " ".join(banner.list.item(row).text() for row in range(banner.list.count()))
        banner.dismiss.click()
        assert banner.isHidden()
        assert explore.problems == []


def test_one_segment_is_always_chosen(qtbot: QtBot) -> None:
    control = SegmentedControl([Choice("a", "First"), Choice("b", "Second")], name="Letters")
    qtbot.addWidget(control)
    control.show()
    chosen: list[str] = []
    control.chosen.connect(chosen.append)
    qtbot.mouseClick(control.segment("b"), LEFT)
    qtbot.mouseClick(control.segment("b"), LEFT)
    assert control.value == "b"
    control.set_value("a")
    assert control.value == "a"
    assert set(chosen) == {"b"}
    assert control.segment("a").accessibleName() == "First"


def test_the_key_names_the_colours_of_the_map(qtbot: QtBot) -> None:
    key = MapKey()
    qtbot.addWidget(key)
    key.show_kind(MapKind.LABELS, stage_count=3, changes=False)
    assert key.isHidden()
    key.show_kind(MapKind.STAGES, stage_count=3, changes=False)
    assert key.words == ["stage 1", "stage 2", "stage 3"]
    for kind in MapKind:
        key.show_kind(kind, stage_count=4, changes=False)
        assert not key.grab().isNull()
