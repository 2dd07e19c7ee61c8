"""Windows with the Train workspace in front, for tests that drive it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.explore.model import ExploreModel
from app.services.settings import Settings
from app.shell.application import make_train_workspace
from app.shell.theme import ThemeController
from app.shell.train_workspace import TrainWorkspace
from app.shell.window import MainWindow
from engine.jobs.job import JobSettings, forget_children, kill
from engine.jobs.run_state import RunState
from tests.desktop.small_recipe import small_recipe

DEADLINE = 150_000
LEFT = Qt.MouseButton.LeftButton

OpenWindow = Callable[..., tuple[MainWindow, TrainWorkspace]]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the window keeps runs and models; jobs still at work there end with the test."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("RHOSCOPE_RUNS_FOLDER", str(folder))
    monkeypatch.setenv("RHOSCOPE_MODELS", str(tmp_path / "models"))
    yield folder
    for run in folder.iterdir():
        if run.is_dir():
            kill(run)
    forget_children()


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, settings: Settings) -> Iterator[OpenWindow]:
    """Opens windows with the Train workspace in front; those still open are closed at the end."""
    opened: list[MainWindow] = []
    themes: list[ThemeController] = []

    def open_one(**arguments: object) -> tuple[MainWindow, TrainWorkspace]:
        themes.append(ThemeController(qapp))
        window = MainWindow(ExploreModel(settings, **arguments), settings, themes[-1])  # type: ignore[arg-type]
        workspace = make_train_workspace(window)
        window.add_workspace(workspace)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        opened.append(window)
        window.show_workspace("train")
        qtbot.waitUntil(lambda: workspace.is_built and workspace.page.curves.complete, timeout=DEADLINE)
        return window, workspace

    yield open_one
    for window in opened:
        close(qtbot, window)
        window.deleteLater()
    for theme in themes:
        theme.deleteLater()


def close(qtbot: QtBot, window: MainWindow) -> None:
    if not window.is_shut_down:
        with qtbot.waitSignal(window.left, timeout=20_000):
            window.close()


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPoint(600, 400)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(place, Qt.DropAction.CopyAction, data, LEFT, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, LEFT, none))


def start_short_job(
    qtbot: QtBot, window: MainWindow, train: TrainWorkspace, dropped: Path, recipe: Path, *, name: str, steps: int
) -> None:
    """Drops a data set, accepts what is recognised, and starts a job of a few steps."""
    recipe.write_text(small_recipe(dropped, steps=steps), encoding="utf-8")
    drop(window, dropped)
    setup, page = train.model.setup, train.setup
    qtbot.waitUntil(lambda: setup.ready is not None and setup.report is not None, timeout=DEADLINE)
    setup.choose_recipe(recipe)
    setup.name = name
    # Not giving way: the test waits for it.
    setup.set_settings(JobSettings(threads=1, nice=0))
    qtbot.waitUntil(lambda: setup.draft is not None and setup.draft.name == "small", timeout=DEADLINE)
    qtbot.waitUntil(page.start.isEnabled, timeout=DEADLINE)
    qtbot.mouseClick(page.start, LEFT)
    qtbot.waitUntil(lambda: [run.name for run in train.model.selection] == [name], timeout=DEADLINE)


def points_drawn(train: TrainWorkspace) -> int:
    """Of the first line of the first plot."""
    lines = train.page.curves.plots[0].lines
    return len(lines[0].curve) if lines else 0


def publish_and_use(qtbot: QtBot, window: MainWindow, train: TrainWorkspace, photo: Path, model: Path) -> None:
    """Waits for the job's end, publishes it, and segments a photo with it."""
    qtbot.waitUntil(lambda: train.model.selection[0].state is RunState.FINISHED, timeout=2 * DEADLINE)
    qtbot.mouseClick(train.page.header.publish, LEFT)
    view = train.page.publish
    qtbot.waitUntil(view.publish.isVisible, timeout=DEADLINE)
    qtbot.mouseClick(view.publish, LEFT)
    qtbot.waitUntil(view.use.isEnabled, timeout=DEADLINE)
    assert model.is_file()
    qtbot.mouseClick(view.use, LEFT)
    explore = window.model
    qtbot.waitUntil(
        lambda: explore.model_summary is not None and explore.model_summary.spec == str(model), timeout=DEADLINE
    )
    explore.open_paths([photo])
    qtbot.waitUntil(lambda: explore.result is not None and explore.result.complete, timeout=DEADLINE)
