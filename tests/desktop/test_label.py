"""A session at the workbench with keys only: open, accept, tour, correct, undo, redo, export, reopen: same state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.canvas.label_maps import LabelMap
from app.explore.model import ExploreModel
from app.label.model import LabelModel
from app.label.views import ToolKind
from app.services.settings import Settings
from app.shell.application import add_label_workspace
from app.shell.class_dialog import ClassDialog
from app.shell.export_dialog import ExportDialog
from app.shell.import_dialog import ImportDialog
from app.shell.label_workspace import LabelWorkspace
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.theme import ThemeController
from app.shell.window import MainWindow
from engine.project.records import Review
from tests.app.fakes import FakeCrf
from tests.app.label.conftest import answered, folder, idle

__all__ = ["folder"]
pytestmark = pytest.mark.desktop
WAIT = 15_000
NO_KEYS = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Open = Callable[[], tuple[MainWindow, LabelWorkspace]]


@pytest.fixture
def open_window(
    qtbot: QtBot, qapp: QApplication, make_model: Callable[..., ExploreModel], settings: Settings
) -> Iterator[Open]:
    """Windows with both workspaces, Label in front; closed at the end as a person would."""
    made: list[MainWindow] = []
    theme = ThemeController(qapp)

    def show() -> tuple[MainWindow, LabelWorkspace]:
        explore = make_model()
        window = MainWindow(explore, settings, theme)
        label = LabelModel(settings, explore.engine, crf=FakeCrf())
        workspace = add_label_workspace(window, settings, label=label)
        made.append(window)
        window.resize(1280, 720)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
        window.show_workspace("label")
        return window, workspace

    yield show
    for window in made:
        leave(qtbot, window)
        window.deleteLater()
    theme.deleteLater()


def leave(qtbot: QtBot, window: MainWindow) -> None:
    if not window.is_shut_down:
        with qtbot.waitSignal(window.left, timeout=WAIT):
            window.close()


def opened(qtbot: QtBot, workspace: LabelWorkspace, folder: Path) -> None:
    assert workspace.take_paths([folder])
    answered(qtbot, workspace.model)


def test_a_session_with_keys_only(qtbot: QtBot, open_window: Open, folder: Path, tmp_path: Path) -> None:
    window, workspace = open_window()
    model = workspace.model
    opened(qtbot, workspace, folder)

    def key(which: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
        qtbot.keyClick(QApplication.focusWidget() or window, which, modifiers)

    key(Qt.Key.Key_E, CONTROL)
    qtbot.waitUntil(lambda: model.editing.undo_count == 1, timeout=WAIT)
    total = model.tour.view.total
    key(Qt.Key.Key_N)
    assert model.tour.view.place == 1
    assert workspace.tour.group_text.isVisible()
    assert workspace.tour.candidates[1].isVisible()
    key(Qt.Key.Key_1)
    qtbot.waitUntil(lambda: model.tour.view.reviewed == 1, timeout=WAIT)
    key(Qt.Key.Key_2)
    qtbot.waitUntil(lambda: model.tour.view.reviewed == 2, timeout=WAIT)
    key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.tour.view.reviewed == 3, timeout=WAIT)
    key(Qt.Key.Key_N, SHIFT)
    key(Qt.Key.Key_Escape)
    assert not model.tour.under_way
    key(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: model.tour.view.reviewed == 2, timeout=WAIT)
    key(Qt.Key.Key_Y, CONTROL)
    qtbot.waitUntil(lambda: model.tour.view.reviewed == 3, timeout=WAIT)
    while model.tour.view.reviewed < total:
        if not model.tour.under_way:
            key(Qt.Key.Key_N)
        done = model.tour.view.reviewed
        key(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda done=done: model.tour.view.reviewed == done + 1, timeout=WAIT)
        idle(qtbot, model)
    assert "100 %" in workspace.tour.count.text()
    assert workspace.note == f"undo {model.editing.undo_count} · saved"
    assert window.status.note.text().endswith(workspace.note)
    key(Qt.Key.Key_E, CONTROL | SHIFT)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    dialog.choose(format="voc", folder=tmp_path / "out")
    qtbot.waitUntil(dialog.go.isEnabled, timeout=WAIT)
    assert "holds every pixel" in dialog.report.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "read back" in dialog.report.text(), timeout=WAIT)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert (tmp_path / "out" / "SegmentationClass" / "photo 1.png").is_file()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    key(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: model.photo is not None and model.photo.path.name == "photo 2.png", timeout=WAIT)
    answered(qtbot, model)
    key(Qt.Key.Key_A)
    qtbot.waitUntil(lambda: model.photo is not None and model.photo.path.name == "photo 1.png", timeout=WAIT)
    answered(qtbot, model)
    document = model.document
    assert document is not None
    before = document.labels.copy(), document.provenance.copy(), model.editing.undo_count
    leave(qtbot, window)

    _, workspace = open_window()
    again = workspace.model
    opened(qtbot, workspace, folder / "photos.rhoscope")
    assert again.document is not None
    assert np.array_equal(again.document.labels, before[0])
    assert np.array_equal(again.document.provenance, before[1])
    assert again.editing.undo_count == before[2]
    assert again.tour.view.share == 1.0
    assert again.images.image(again.current or 0).review is Review.DONE


def test_keys_mean_what_the_shown_workspace_says(qtbot: QtBot, open_window: Open, folder: Path) -> None:
    window, workspace = open_window()
    opened(qtbot, workspace, folder)
    actions = window.actions_registry
    qtbot.keyClick(window, Qt.Key.Key_E)
    assert workspace.model.tools.settings.kind is ToolKind.ERASER
    assert actions["label.tool.eraser"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert workspace.scene.kind is LabelMap.DECIDED
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert workspace.model.tools.settings.size > 24
    qtbot.keyClick(window, Qt.Key.Key_5)
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert (workspace.model.tools.settings.label, workspace.model.tools.settings.other) == (1, 5)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = window.findChild(ShortcutSheet)
    assert sheet is not None
    sheet.close()
    groups = actions.sheet()
    assert "Tools" in groups
    assert "Cascade" not in groups
    assert window.menuBar().actions()[-1].text() == "&Help"
    menus = {action.text(): action.isVisible() for action in window.menuBar().actions()}
    assert menus["&Label"]
    assert not menus["&Image"]
    window.show_workspace("explore")
    menus = {action.text(): action.isVisible() for action in window.menuBar().actions()}
    assert menus["&Image"]
    assert not menus["&Label"]
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert workspace.scene.kind is LabelMap.DECIDED


def test_every_control_has_a_name_and_a_key_reaches_it(qtbot: QtBot, open_window: Open, folder: Path) -> None:
    _, workspace = open_window()
    opened(qtbot, workspace, folder)
    workspace.model.tour.step(1)
    for name in ("tour", "check", "learn"):
        workspace.show_page(name)
        for kind in (QAbstractButton, QAbstractSlider, QAbstractItemView, QLineEdit):
            for control in workspace.findChildren(kind):
                if control.isVisible() and control.objectName() != "qt_toolbar_ext_button":
                    if type(control).__name__ in ("QScrollBar", "QComboBoxListView"):
                        continue
                    assert control.accessibleName() or getattr(control, "text", str)(), control


def test_a_hand_paints_on_the_canvas(qtbot: QtBot, open_window: Open, folder: Path) -> None:
    _, workspace = open_window()
    model, canvas = workspace.model, workspace.canvas
    opened(qtbot, workspace, folder)
    view = canvas.view
    assert view is not None
    start = QPoint(*(round(value) for value in view.to_view(20, 20)))
    stop = QPoint(*(round(value) for value in view.to_view(60, 40)))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, NO_KEYS, start)
    qtbot.mouseMove(canvas, stop)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, NO_KEYS, stop)
    idle(qtbot, model)
    assert model.document is not None
    assert model.document.labels[30, 40] == model.tools.settings.label
    assert model.editing.undo_count == 1


def test_labels_of_another_program_are_taken(qtbot: QtBot, open_window: Open, folder: Path, tmp_path: Path) -> None:
    from engine.data.label_files import write_label_map

    (tmp_path / "masks").mkdir()
    write_label_map(tmp_path / "masks" / "photo 2.png", np.full((64, 96), 7, dtype=np.uint8), format="index")
    window, workspace = open_window()
    opened(qtbot, workspace, folder / "photo 2.png")
    window.actions_registry["label.import"].trigger()
    dialog = window.findChild(ImportDialog)
    assert dialog is not None
    dialog.choose(format="index", folder=tmp_path / "masks")
    qtbot.waitUntil(dialog.go.isEnabled, timeout=WAIT)
    dialog.start()
    qtbot.waitUntil(lambda: "Done." in dialog.report.text(), timeout=WAIT)
    dialog.start()
    answered(qtbot, workspace.model)
    assert workspace.model.document is not None
    assert (workspace.model.document.labels == 7).all()


def test_the_empty_workspace_offers_what_explore_has_open(qtbot: QtBot, open_window: Open, folder: Path) -> None:
    window, workspace = open_window()
    assert workspace.stack.currentWidget() is workspace.empty
    assert not workspace.empty.here.isVisible()
    window.show_workspace("explore")
    window.model.open_paths([folder])
    qtbot.waitUntil(lambda: window.model.result is not None and window.model.result.complete, timeout=WAIT)
    window.show_workspace("label")
    assert workspace.empty.here.text() == "Label photos"
    qtbot.mouseClick(workspace.empty.here, Qt.MouseButton.LeftButton)
    answered(qtbot, workspace.model)
    assert window.windowTitle().startswith("photo 1.png")


def test_explore_hands_its_photo_over(qtbot: QtBot, open_window: Open, folder: Path) -> None:
    window, workspace = open_window()
    window.show_workspace("explore")
    action = window.actions_registry["file.label_folder"]
    assert not action.isEnabled()
    window.model.open_paths([folder / "photo 2.png"])
    qtbot.waitUntil(lambda: window.model.result is not None and window.model.result.complete, timeout=WAIT)
    qtbot.keyClick(window, Qt.Key.Key_L, CONTROL)
    answered(qtbot, workspace.model)
    assert window.current_workspace is workspace
    assert workspace.model.photo is not None
    assert workspace.model.photo.path.name == "photo 2.png"


def test_classes_are_renamed_and_added_and_the_model_goes_on_proposing(
    qtbot: QtBot, open_window: Open, folder: Path
) -> None:
    window, workspace = open_window()
    opened(qtbot, workspace, folder)
    window.actions_registry["label.classes"].trigger()
    dialog = window.findChild(ClassDialog)
    assert dialog is not None
    dialog.table.item(2, 1).setText("aeroplane")
    assert not dialog.ok.isEnabled()
    assert "one name" in dialog.message.text()
    dialog.table.item(2, 1).setText("velo")
    dialog.add_class()
    dialog.table.item(21, 1).setText("sky")
    dialog.table.item(2, 2).setText("")
    dialog.table.item(21, 2).setText("2")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    model = workspace.model
    qtbot.waitUntil(lambda: model.view is not None and len(model.view.classes) == 22, timeout=WAIT)
    assert model.view is not None
    assert [one.name for one in model.view.classes][2::19] == ["velo", "sky"]
    answered(qtbot, model)
    assert model.proposal.misfit == ""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert model.tools.settings.label == 21


def test_classes_are_removed_and_merged_once_it_is_said_what_that_changes(
    qtbot: QtBot, open_window: Open, folder: Path
) -> None:
    window, workspace = open_window()
    model = workspace.model
    opened(qtbot, workspace, folder)
    window.actions_registry["label.accept_all"].trigger()
    idle(qtbot, model)
    assert model.document is not None
    before, undo = model.document.labels.copy(), model.editing.undo_count
    present = [int(label) for label in np.unique(before) if label]
    gone, joined, into = present[0], present[1], present[2]
    names = [one.name for one in model.view.classes] if model.view is not None else []
    window.actions_registry["label.classes"].trigger()
    dialog = window.findChild(ClassDialog)
    assert dialog is not None
    dialog.merge_class(joined, into)
    dialog.table.setCurrentCell(gone, 1)
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)
    assert names[gone] in dialog.message.text()
    dialog.ok.click()
    qtbot.waitUntil(lambda: dialog.ok.text() == "Change the labels", timeout=WAIT)
    shown = dialog.message.text().replace("\u202f", "")
    assert f"{names[gone]}: {(before == gone).sum()} pixels in 1 images become undecided." in shown
    assert f"{names[joined]}: {(before == joined).sum()} pixels in 1 images become {names[into]}." in shown
    assert np.array_equal(model.document.labels, before)
    dialog.ok.click()
    qtbot.waitUntil(lambda: model.view is not None and len(model.view.classes) == 19, timeout=WAIT)
    answered(qtbot, model)
    assert model.view is not None
    now = np.array([one.name for one in model.view.classes] + ["undecided"] * 237)[model.document.labels]
    expected = np.array(names + ["undecided"] * 235)[before]
    expected[before == gone], expected[before == joined] = "undecided", names[into]
    assert np.array_equal(now, expected)
    assert (model.document.provenance[before == gone] == 0).all()
    assert model.editing.undo_count == undo
    result = model.proposal.complete
    assert result is not None
    assert len(result.class_names) == 19
    assert (result.label_map == 255).any()  # nothing is proposed where the class is gone
    assert model.proposal.lost == (names[gone],)


def test_a_project_takes_other_classes_and_the_model_proposes_those_that_it_knows(
    qtbot: QtBot, open_window: Open, folder: Path, tmp_path: Path
) -> None:
    window, workspace = open_window()
    model = workspace.model
    opened(qtbot, workspace, folder)
    window.actions_registry["label.classes"].trigger()
    dialog = window.findChild(ClassDialog)
    assert dialog is not None
    (tmp_path / "names.txt").write_text("# of a street\nroad\nCar\nbackground\n", encoding="utf-8")
    dialog.take_file(tmp_path / "names.txt")
    dialog.ok.click()  # nothing is labelled yet: no question
    qtbot.waitUntil(lambda: model.view is not None and len(model.view.classes) == 3, timeout=WAIT)
    answered(qtbot, model)
    assert model.view is not None
    assert [one.name for one in model.view.classes] == ["road", "Car", "background"]
    assert model.proposal.misfit == ""
    assert model.proposal.complete is not None
    assert set(np.unique(model.proposal.complete.label_map)) <= {1, 2, 255}
    names = tmp_path / "none.txt"
    names.write_text("\n", encoding="utf-8")
    window.actions_registry["label.classes"].trigger()
    dialog = window.findChildren(ClassDialog)[-1]
    dialog.take_file(names)
    assert "0 names" in dialog.message.text()
