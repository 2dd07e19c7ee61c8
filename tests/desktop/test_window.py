"""What a person does with the window, from drop to close."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QFileDialog,
    QLineEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.canvas.maps import MapKind
from app.explore.model import ExploreModel
from app.services.settings import Settings
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.theme import ThemeController, ThemeMode
from app.shell.window import MainWindow
from tests.app.fakes import FakeBackend, FakeCrf
from tests.app.responsive import responsive

pytestmark = pytest.mark.desktop
DEADLINE = 15_000
NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def _mime(paths: Sequence[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def _hold(window: MainWindow, data: QMimeData) -> bool:
    enter = QDragEnterEvent(QPoint(600, 400), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(window, enter)
    return enter.isAccepted()


def _drop(window: MainWindow, paths: Sequence[Path]) -> None:
    data = _mime(paths)
    assert _hold(window, data)
    QApplication.sendEvent(window, QDropEvent(QPointF(600, 400), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS))


def _settled(explore: ExploreModel) -> bool:
    return explore.result is not None and explore.result.complete and not explore.status.busy


def _opened(qtbot: QtBot, window: MainWindow, paths: Sequence[Path]) -> None:
    _drop(window, paths)
    qtbot.waitUntil(lambda: _settled(window.model), timeout=DEADLINE)


class TestOpening:
    def test_a_dropped_photo_is_segmented(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        assert window.explore.stack.currentWidget() is window.explore.empty
        _drop(window, [photos[0]])
        qtbot.waitUntil(lambda: _settled(window.model), timeout=DEADLINE)
        assert window.explore.stack.currentWidget() is window.canvas
        labels = window.model.result.label_map
        qtbot.waitUntil(
            lambda: window.canvas.overlay is not None and np.array_equal(window.canvas.overlay.levels[0], labels),
            timeout=DEADLINE,
        )
        assert window.windowTitle().startswith(photos[0].name)

    def test_a_dropped_folder_fills_the_list(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        _opened(qtbot, window, [photos[0].parent])
        assert window.explore.images.model().rowCount() == len(photos)
        assert window.explore.count.text() == str(len(photos))

    def test_arrow_keys_go_through_the_photos_from_the_start(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path]
    ) -> None:
        _opened(qtbot, window, [photos[0].parent])
        assert window.focusWidget() is window.explore.images
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        assert window.model.current_row == 1

    def test_the_drop_target_is_shown_while_files_are_held(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path]
    ) -> None:
        assert _hold(window, _mime(photos))
        assert window.drop_overlay.isVisible()
        assert window.drop_overlay.geometry() == window.rect()
        QApplication.sendEvent(window, QDragLeaveEvent())
        assert not window.drop_overlay.isVisible()

    def test_what_is_no_file_is_not_taken(self, window: MainWindow) -> None:
        data = QMimeData()
        data.setText("cat")
        assert not _hold(window, data)
        assert not window.drop_overlay.isVisible()

    def test_a_drop_anywhere_reaches_the_window(self, window: MainWindow) -> None:
        takers = [type(child).__name__ for child in window.findChildren(QWidget) if child.acceptDrops()]
        assert takers == []

    def test_bad_files_are_listed_and_the_good_ones_open(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path], tmp_path: Path
    ) -> None:
        bad = tmp_path / "text.jpg"
        bad.write_text("no picture", encoding="utf-8")
        _opened(qtbot, window, [photos[0], tmp_path / "gone.png"])
        banner = window.explore.banner
        qtbot.waitUntil(banner.isVisible, timeout=DEADLINE)
        assert "gone.png" in banner.newest.text()
        _drop(window, [bad])
        qtbot.waitUntil(lambda: "text.jpg" in banner.newest.text(), timeout=DEADLINE)
        assert QApplication.activeModalWidget() is None
        qtbot.mouseClick(banner.dismiss, LEFT)
        assert not banner.isVisible()

    def test_a_sample_is_one_click_away(self, qtbot: QtBot, window: MainWindow) -> None:
        sample = next(
            button for button in window.explore.empty.findChildren(QAbstractButton) if "cat" in button.accessibleName()
        )
        qtbot.mouseClick(sample, LEFT)
        qtbot.waitUntil(lambda: _settled(window.model), timeout=DEADLINE)
        assert window.model.image.path.name == "cat.jpg"

    def test_the_open_dialog_opens_what_was_chosen(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        dialog = window.findChild(QFileDialog)
        assert dialog is not None
        dialog.filesSelected.emit([str(photos[1])])
        dialog.reject()
        qtbot.waitUntil(lambda: _settled(window.model), timeout=DEADLINE)
        assert window.model.current_path == photos[1]


class TestSlider:
    def test_moving_it_is_followed_at_once_and_never_blocks(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path]
    ) -> None:
        big = photos[0].parent / "big.png"
        Image.fromarray(np.random.default_rng(1).integers(0, 255, (600, 900, 3), dtype=np.uint8)).save(big)
        _opened(qtbot, window, [big])
        slider, explore = window.explore.panel.rho.slider, window.model
        window.explore.scene.choose_kind(MapKind.STAGES)
        qtbot.wait(300)
        with responsive():
            qtbot.mousePress(slider, LEFT, pos=QPoint(40, 14))
            for x in range(45, 200, 5):
                qtbot.mouseMove(slider, QPoint(x, 14))
                assert explore.rho == slider.rho
                assert np.array_equal(window.canvas.overlay.levels[0], explore.sets)
                qtbot.wait(5)
            qtbot.mouseRelease(slider, LEFT, pos=QPoint(195, 14))
            qtbot.waitUntil(lambda: _settled(explore), timeout=DEADLINE)
        assert explore.result.rho == (slider.rho, slider.rho)

    def test_keys_nudge_it(self, qtbot: QtBot, window: MainWindow) -> None:
        window.model.set_rho(0.9)
        qtbot.keyClick(window, Qt.Key.Key_Period)
        higher = window.model.rho
        qtbot.keyClick(window, Qt.Key.Key_Comma)
        assert 0.9 == window.model.rho < higher

    def test_the_stage_that_is_clicked_comes_to_the_canvas(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path]
    ) -> None:
        _opened(qtbot, window, [photos[0]])
        qtbot.mouseClick(window.explore.strip.tiles[1], LEFT)
        assert window.explore.scene.choice.stage == 2
        qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.AltModifier)
        assert window.explore.scene.choice.stage is None
        assert window.explore.strip.tiles[-1].isChecked()


class TestKeys:
    def test_d_and_a_step_through_the_images(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        _opened(qtbot, window, [photos[0].parent])
        qtbot.keyClick(window, Qt.Key.Key_D)
        qtbot.keyClick(window, Qt.Key.Key_PageDown)
        assert window.model.current_path == photos[2]
        qtbot.keyClick(window.explore.images, Qt.Key.Key_A)
        assert window.model.current_path == photos[1]

    def test_letters_are_inert_while_a_field_has_focus(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path]
    ) -> None:
        _opened(qtbot, window, [photos[0].parent])
        field = window.explore.panel.rho.field
        field.setFocus()
        qtbot.waitUntil(field.hasFocus, timeout=DEADLINE)
        kind, mode = window.explore.scene.choice.kind, window.model.crf_mode
        for key in (Qt.Key.Key_D, Qt.Key.Key_O, Qt.Key.Key_C, Qt.Key.Key_H, Qt.Key.Key_Period, Qt.Key.Key_Space):
            qtbot.keyPress(field, key)
        assert window.model.current_path == photos[0]
        assert (window.explore.scene.choice.kind, window.model.crf_mode) == (kind, mode)
        assert not window.canvas.peeking

    def test_h_shows_the_bare_photo_while_held(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        _opened(qtbot, window, [photos[0]])
        qtbot.keyPress(window.canvas, Qt.Key.Key_H)
        assert window.canvas.peeking
        qtbot.keyRelease(window.canvas, Qt.Key.Key_H)
        assert not window.canvas.peeking
        qtbot.keyPress(window.canvas, Qt.Key.Key_H)
        QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
        assert not window.canvas.peeking

    def test_f1_lists_every_key(self, qtbot: QtBot, window: MainWindow) -> None:
        qtbot.keyClick(window, Qt.Key.Key_F1)
        sheet = window.findChild(ShortcutSheet)
        assert sheet is not None
        assert sheet.isVisible()
        sheet.close()

    def test_every_key_stands_in_a_tool_tip(self, window: MainWindow) -> None:
        for action in window.actions_registry:
            for key in action.shortcuts():
                assert key.toString() in action.toolTip()

    def test_every_control_has_a_name(self, window: MainWindow) -> None:
        kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QAbstractItemView)
        nameless = [
            f"{type(control).__name__} in {type(control.parent()).__name__}"
            for kind in kinds
            for control in window.findChildren(kind)
            if not isinstance(control, QScrollBar)
            and not control.objectName().startswith("qt_")
            and not (control.accessibleName() or getattr(control, "text", str)())
        ]
        assert nameless == []


class TestLongWork:
    def test_cancel_stops_what_runs(
        self, qtbot: QtBot, window: MainWindow, backend: FakeBackend, photos: list[Path]
    ) -> None:
        _opened(qtbot, window, [photos[0]])
        backend.stage_gate.hold()
        window.model.set_rho(0.7)
        qtbot.waitUntil(lambda: window.status.cancel.isVisible() and backend.stage_gate.waiting, timeout=DEADLINE)
        labels = window.model.result.label_map
        qtbot.mouseClick(window.status.cancel, LEFT)
        qtbot.waitUntil(lambda: not window.model.status.busy, timeout=DEADLINE)
        assert window.model.result.label_map is labels
        assert not window.status.cancel.isVisible()

    def test_a_slow_crf_does_not_block_and_its_changes_are_shown(
        self, qtbot: QtBot, window: MainWindow, crf: FakeCrf, photos: list[Path]
    ) -> None:
        _opened(qtbot, window, [photos[0]])
        crf.gate.hold()
        with responsive():
            qtbot.keyClick(window, Qt.Key.Key_C)
            qtbot.waitUntil(lambda: window.model.status.progress == 0.5, timeout=DEADLINE)
            qtbot.wait(150)
        crf.gate.release()
        qtbot.waitUntil(lambda: window.explore.panel.changes.isEnabled(), timeout=DEADLINE)
        window.explore.panel.changes.click()
        assert window.explore.scene.choice.changes

    def test_many_quick_steps_end_on_the_last_photo(self, qtbot: QtBot, window: MainWindow, photos: list[Path]) -> None:
        _opened(qtbot, window, [photos[0].parent])
        with responsive():
            for turn in range(60):
                window.model.step(1 if turn % 10 < 7 else -1)
                if turn % 3 == 0:
                    window.canvas.zoom_in()
                qtbot.wait(2)
            qtbot.waitUntil(lambda: _settled(window.model), timeout=DEADLINE)
        assert window.model.image.path == window.model.current_path
        assert window.canvas.view.image_height == window.model.image.size[0]


class TestClosing:
    def test_close_while_segmenting(
        self, qtbot: QtBot, window: MainWindow, backend: FakeBackend, photos: list[Path]
    ) -> None:
        backend.stage_gate.hold()
        _drop(window, [photos[0].parent])
        qtbot.waitUntil(lambda: bool(backend.stage_gate.waiting), timeout=DEADLINE)
        with qtbot.waitSignal(window.left, timeout=DEADLINE):
            window.close()
            assert not window.isVisible()
            window.close()

    def test_close_while_the_model_loads(
        self, qtbot: QtBot, window: MainWindow, backend: FakeBackend, photos: list[Path]
    ) -> None:
        backend.load_gate.hold()
        window.model.set_model("another")
        qtbot.waitUntil(lambda: bool(backend.load_gate.waiting), timeout=DEADLINE)
        qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        assert not window.isVisible()
        backend.load_gate.release()
        qtbot.waitUntil(lambda: window.model.is_shut_down, timeout=DEADLINE)

    def test_the_next_window_looks_like_the_last(
        self, qtbot: QtBot, window: MainWindow, settings: Settings, make_model, qapp: QApplication
    ) -> None:
        window.explore.image_dock.close()
        window.canvas.set_opacity(0.35)
        window.explore.scene.choose_kind(MapKind.HARD)
        with qtbot.waitSignal(window.left, timeout=DEADLINE):
            window.close()
        theme = ThemeController(qapp)
        again = MainWindow(make_model(), settings, theme)
        again.show()
        qtbot.waitExposed(again)
        assert again.explore.image_dock.isHidden()
        assert again.canvas.opacity == pytest.approx(0.35)
        assert again.explore.bar.opacity.value() == 35
        assert again.explore.scene.choice.kind is MapKind.HARD
        with qtbot.waitSignal(again.left, timeout=DEADLINE):
            again.close()
        again.deleteLater()
        theme.deleteLater()

    def test_the_next_window_has_its_panels_as_wide(
        self, qtbot: QtBot, window: MainWindow, make_model, settings: Settings, qapp: QApplication
    ) -> None:
        docks = [window.explore.image_dock, window.explore.cascade_dock]
        window.resize(1440, 900)
        window.explore.resizeDocks(docks, [270, 340], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda: docks[0].width() > window.explore.images.minimumWidth() + 20, timeout=DEADLINE)
        widths = [dock.width() for dock in docks]
        with qtbot.waitSignal(window.left, timeout=DEADLINE):
            window.close()
        theme = ThemeController(qapp)
        again = MainWindow(make_model(), settings, theme)
        # The test's screen is smaller than the window, which comes back no larger than the screen.
        again.resize(window.size())
        again.show()
        qtbot.waitExposed(again)
        docks = [again.explore.image_dock, again.explore.cascade_dock]
        assert [dock.width() for dock in docks] == widths
        with qtbot.waitSignal(again.left, timeout=DEADLINE):
            again.close()
        again.deleteLater()
        theme.deleteLater()


class TestSaving:
    def test_nothing_can_be_saved_before_there_is_a_result(self, window: MainWindow) -> None:
        for name in ("file.save_labels", "file.save_overlay", "file.save_stages"):
            assert not window.actions_registry[name].isEnabled()

    def test_the_three_kinds_are_written_where_the_person_says(
        self, qtbot: QtBot, window: MainWindow, photos: list[Path], tmp_path: Path
    ) -> None:
        _opened(qtbot, window, [photos[0]])
        folder = tmp_path / "written"
        folder.mkdir()
        for name, target in (
            ("file.save_labels", folder / "labels.png"),
            ("file.save_overlay", folder / "overlay.png"),
            ("file.save_stages", folder),
        ):
            window.actions_registry[name].trigger()
            dialog = window.findChildren(QFileDialog)[-1]
            with qtbot.waitSignal(window.model.saved, timeout=DEADLINE):
                dialog.fileSelected.emit(str(target))
            dialog.close()
        with Image.open(folder / "labels.png") as written:
            assert written.mode == "P"
            assert np.array_equal(np.asarray(written), window.model.final_labels)
        assert (folder / "overlay.png").stat().st_size > 0
        assert {path.name for path in folder.glob("photo*")} == {"photo 0.stage.png", "photo 0.confidence.png"}


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
def test_nothing_overlaps_at_any_size(
    qtbot: QtBot, window: MainWindow, photos: list[Path], size: tuple[int, int], mode: ThemeMode, qapp: QApplication
) -> None:
    theme = ThemeController(qapp, mode=mode)
    _opened(qtbot, window, [photos[0].parent])
    window.resize(*size)
    qtbot.wait(30)
    explore = window.explore
    assert (window.width(), window.height()) == size
    parts = [explore.strip, window.canvas, explore.bar, explore.images, explore.panel, window.rail, window.status]
    boxes = [part.rect().translated(part.mapTo(window, QPoint(0, 0))) for part in parts]
    for number, box in enumerate(boxes):
        assert window.rect().contains(box), parts[number].objectName()
        for other in boxes[number + 1 :]:
            assert not box.intersects(other)
    assert window.canvas.width() >= 300
    assert window.canvas.height() >= 200
    theme.set_mode(ThemeMode.SYSTEM)
    theme.deleteLater()
