"""A session at the workbench, keys alone: open, accept, tour, correct, undo, redo, teach, export everything, reopen.

python -m tests.desktop.session FOLDER PICTURES     on a copy of FOLDER, with the bundled model; a picture of the
                                                    window after each part goes into PICTURES

Says as JSON what was there before the window was closed and after it was opened again. Only the window's own keys are
pressed: nothing is clicked and no method of the program is called but to look.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.explore.model import ExploreModel
from app.label.model import LabelModel
from app.services.compute_options import compute_options
from app.services.settings import Settings
from app.services.torch_backend import TorchBackend
from app.shell.application import add_label_workspace, make_application
from app.shell.export_dialog import ExportDialog
from app.shell.label_workspace import LabelWorkspace
from app.shell.theme import ThemeController, ThemeMode
from app.shell.window import MainWindow
from engine.labels.formats.registry import FORMATS

_PATIENCE = 240.0
_GROUPS = 6  # of each photo that are gone through
_STEPS = 3  # of learning; the window's own number takes minutes
NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def let_time_pass(seconds: float) -> None:
    """Serves the window's events; QTest.qWait would hold Python's lock while it sleeps, and the engine would wait."""
    end = time.monotonic() + seconds
    while True:
        QApplication.processEvents()
        if time.monotonic() >= end:
            return
        time.sleep(0.005)


class Session:
    """One window, from its opening to its closing."""

    def __init__(self, application: QApplication, settings: Settings, pictures: Path) -> None:
        self._pictures = pictures
        self._theme = ThemeController(application, mode=ThemeMode.LIGHT)
        explore = ExploreModel(settings, backend=TorchBackend(compute_options(settings)))
        self.window = MainWindow(explore, settings, self._theme)
        self.workspace: LabelWorkspace = add_label_workspace(self.window, settings)
        self.label: LabelModel = self.workspace.model
        self.label.learning.steps = _STEPS
        self.window.resize(1440, 860)
        self.window.show()
        self.window.activateWindow()
        self.window.show_workspace("label")
        self.until(self.window.isActiveWindow, "the window is active")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain until {what}; {[str(p) for p in self.label.problems]}")
            let_time_pass(0.01)

    def key(self, which: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, *, to: QWidget | None = None) -> None:
        QTest.keyClick(to or QApplication.focusWidget() or self.window, which, modifiers)

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        let_time_pass(0.4)
        self._pictures.mkdir(parents=True, exist_ok=True)
        (widget or self.window).grab().save(str(self._pictures / f"session-{name}.png"))

    def answered(self) -> None:
        label = self.label
        self.until(
            lambda: label.document is not None and label.proposal.complete is not None and label.tour.view.total > 0,
            "the model has answered",
        )

    def idle(self) -> None:
        self.until(lambda: not self.label.editing.busy and self.label.editing.stored, "everything is on the disk")

    def open(self, folder: Path) -> None:
        """As if dropped on the window, or given on the command line."""
        assert self.workspace.take_paths([folder])
        self.answered()

    def correct(self) -> None:
        """Accept what is easy; go through hard groups, one of them with the second answer; undo and redo."""
        label, tour = self.label, self.label.tour
        self.key(Qt.Key.Key_E, CONTROL)
        self.until(lambda: label.editing.undo_count == 1, "the easy pixels are labels")
        self.key(Qt.Key.Key_N)
        self.picture("2-tour")
        for number in range(min(_GROUPS, tour.view.total)):
            done = tour.view.reviewed
            second = number == 1 and tour.view.group is not None and len(tour.view.group.candidates) > 1
            self.key(Qt.Key.Key_2 if second else Qt.Key.Key_Return)
            self.until(lambda done=done: tour.view.reviewed > done, "a group is decided")  # type: ignore[misc]
            self.idle()
        self.key(Qt.Key.Key_Escape)
        reviewed, undo = tour.view.reviewed, label.editing.undo_count
        self.key(Qt.Key.Key_Z, CONTROL)
        self.until(lambda: label.editing.undo_count == undo - 1 and tour.view.reviewed < reviewed, "a step is undone")
        self.picture("3-undone")
        self.key(Qt.Key.Key_Y, CONTROL)
        self.until(lambda: tour.view.reviewed == reviewed, "it is redone")
        self.idle()
        self.key(Qt.Key.Key_F, CONTROL)  # the whole photo again

    def teach(self) -> dict[str, Any]:
        """Learn from the corrections, keep what was learnt, and take over what the new model proposes."""
        label = self.label
        before = label.proposal.summary
        self.key(Qt.Key.Key_L, CONTROL | SHIFT)
        self.until(lambda: label.learning.view.state == "running", "it learns")
        self.until(lambda: label.learning.view.state in ("asking", "failed"), "it has learnt")
        view = label.learning.view
        assert view.state == "asking", [str(problem) for problem in label.problems]
        self.picture("4-learnt")
        self.key(Qt.Key.Key_K, CONTROL | SHIFT)
        self.until(
            lambda: label.proposal.summary is not None and label.proposal.summary is not before, "the new model serves"
        )
        self.until(lambda: not label.proposal.running, "it has answered")
        self.answered()
        undo = label.editing.undo_count
        self.key(Qt.Key.Key_E, CONTROL)
        self.until(lambda: label.editing.undo_count == undo + 1, "what is easy now is taken")
        self.idle()
        self.picture("5-accepted")
        return {"steps": len(view.losses), "before": view.corrected_before, "after": view.corrected_after}

    def export(self, folder: Path) -> dict[str, int]:
        """To every format, each into a folder of its own; the number of files of each."""
        for number, name in enumerate(FORMATS):
            self.key(Qt.Key.Key_E, CONTROL | SHIFT)
            dialog = next(one for one in self.window.findChildren(ExportDialog) if one.isVisible())
            self.until(lambda dialog=dialog: dialog.isActiveWindow(), "the dialog is active")  # type: ignore[misc]
            names = [dialog.format.itemData(row) for row in range(dialog.format.count())]
            dialog.format.setFocus(Qt.FocusReason.TabFocusReason)
            self.key(Qt.Key.Key_Home, to=dialog.format)
            for _ in range(names.index(name)):
                self.key(Qt.Key.Key_Down, to=dialog.format)
            assert dialog.chosen_format == name
            self.key(Qt.Key.Key_Tab, to=dialog.format)
            assert QApplication.focusWidget() is dialog.folder
            self.key(Qt.Key.Key_A, CONTROL, to=dialog.folder)
            QTest.keyClicks(dialog.folder, str(folder / name))
            self.key(Qt.Key.Key_Tab, to=dialog.folder)
            self.until(lambda dialog=dialog: dialog.go.isEnabled(), f"{name} can be written")  # type: ignore[misc]
            if number == 0:
                self.picture("6-export", dialog)
            self.key(Qt.Key.Key_Return, to=dialog)
            self.until(
                lambda dialog=dialog: "read back" in dialog.report.text(),  # type: ignore[misc]
                f"{name} is read back",
            )
            self.key(Qt.Key.Key_Return, to=dialog)
            self.until(lambda: not self.window.findChildren(ExportDialog), "the dialog is gone")
            self.window.activateWindow()
            self.until(self.window.isActiveWindow, "the window is active")
        return {name: sum(path.is_file() for path in (folder / name).rglob("*")) for name in FORMATS}

    def state(self) -> dict[str, Any]:
        """What must be the same after reopening."""
        label, document = self.label, self.label.document
        assert document is not None
        assert label.photo is not None
        return {
            "photo": label.photo.path.name,
            "labels": hashlib.sha256(document.labels.tobytes()).hexdigest(),
            "provenance": hashlib.sha256(document.provenance.tobytes()).hexdigest(),
            "undo": label.editing.undo_count,
            "redo": label.editing.redo_count,
            "reviews": [int(label.images.image(image_id).review) for image_id in label.images.ids],
            "models": [version.name for version in label.learning.versions],
        }

    def close(self) -> None:
        left: list[bool] = []
        self.window.left.connect(lambda: left.append(True))
        self.window.close()
        self.until(lambda: bool(left), "the window is closed")
        self.window.deleteLater()
        self._theme.deleteLater()
        let_time_pass(0.01)


def main(folder: Path, pictures: Path) -> int:
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="rhoscope-session-") as name:
        place = Path(name)
        photos = place / "photos"
        shutil.copytree(folder, photos)
        first = Session(application, Settings(place / "settings.ini"), pictures)
        first.open(photos)
        first.picture("1-opened")
        first.correct()
        taught = first.teach()
        files = first.export(place / "out")
        first.idle()
        before = first.state()
        first.close()
        again = Session(application, Settings(place / "settings.ini"), pictures)
        again.open(photos)
        again.until(lambda: bool(again.label.learning.versions), "the models are listed")
        after = again.state()
        again.picture("7-reopened")
        again.close()
    print(json.dumps({"before": before, "after": after, "learning": taught, "files": files}, indent=2))  # noqa: T201
    return 0 if before == after else 1


if __name__ == "__main__":
    sys.exit(main(*(Path(word) for word in sys.argv[1:3])))
