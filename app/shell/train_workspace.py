"""The Train workspace: runs on the left; beside them the selected runs, or the set-up of a new job."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.services.training_runs import Run
from app.shell.docks import add_dock
from app.shell.fonts import sized
from app.shell.icons import icon
from app.shell.workspace import Workspace, WorkspaceFace
from app.training.model import TrainingModel
from engine.jobs.run_folder import is_run
from engine.jobs.run_state import RunState
from engine.project.records import SUFFIX

_DOCK_WIDTH = 270


class TrainWorkspace(Workspace):
    """Builds its pages when it is first shown, since plots cost time that no start of the program should pay: their
    library is loaded in a thread, and the pages are made one a turn of the event loop.

    Signals: built() - all pages are there.
    """

    built = Signal()

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(
            WorkspaceFace(
                name="train",
                text=self.tr("Train"),
                glyph="chart-line",
                help=self.tr("Train: set up, watch and compare training jobs"),
            ),
            parent,
        )
        self.model = model
        self._begun = False
        self._built = False
        self._waiting: list[Callable[[], None]] = []
        self._menu = QMenu(self.tr("&Training"), self)
        self.banner = _Banner(self)
        self.stack = QStackedWidget(self)
        self.empty = _Empty(self)
        self.stack.addWidget(_Loading(self))
        self.stack.addWidget(self.empty)
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)
        model.shutdownFinished.connect(self.finish_shutdown)
        model.problem.connect(self._tell_problem)

    @property
    def title(self) -> str:
        runs = self.model.selection
        return runs[0].name if len(runs) == 1 else ""

    def menus(self) -> Sequence[QMenu]:
        return (self._menu,)

    def activate(self) -> None:
        if not self._begun:
            self._begun = True
            self.model.run_in_background("pages of training", _load_pages, lambda _done: self._build())

    @property
    def is_built(self) -> bool:
        return self._built

    def take_paths(self, paths: Sequence[Path]) -> bool:
        """A run's folder is shown; any other folder, and a project file, is a data set to train on."""
        folders = [path for path in paths if path.is_dir() or path.suffix == SUFFIX]
        if not folders:
            return False
        self.activate()
        self.model.run_in_background("dropped", lambda: tuple(filter(_holds_runs, folders)), self._take_sorted(folders))
        return True

    def _when_built(self, call: Callable[[], None]) -> None:
        if self._built:
            call()
        else:
            self._waiting.append(call)
            self.activate()

    def _take_sorted(self, folders: list[Path]) -> Callable[[tuple[Path, ...]], None]:
        def take(runs: tuple[Path, ...]) -> None:
            for folder in runs:
                self.model.jobs.watch(folder)
            if not runs:
                self.set_up()
                self.model.setup.choose_data(folders[0])

        return take

    def shutdown(self) -> None:
        if self._built:
            self.page.notes.save()
            self.page.publish.stop()
        self.model.shutdown()

    # Pages

    def set_up(self) -> None:
        """Shows the set-up of a job."""
        self.model.setup.list_recipes()
        self._when_built(lambda: self.stack.setCurrentWidget(self.setup))

    def show_runs(self) -> None:
        """Shows the selected runs, or how to begin."""
        self.stack.setCurrentWidget(self.page if self.model.runs else self.empty)

    def _build(self) -> None:
        steps = iter((self._build_panel, self._build_page, self._build_setup, self._finish_building))

        def take_turn() -> None:
            step = next(steps, None)
            if step is not None and not self.is_shut_down:
                step()
                QTimer.singleShot(0, self, take_turn)

        take_turn()

    def _build_panel(self) -> None:
        from app.training.widgets.runs_panel import RunsPanel

        self.panel = RunsPanel(self.model, self)
        self.dock: QDockWidget = add_dock(
            self, self.panel, name="runsDock", title=self.tr("Runs"), area=Qt.DockWidgetArea.LeftDockWidgetArea
        )
        self.resizeDocks([self.dock], [_DOCK_WIDTH], Qt.Orientation.Horizontal)
        self.panel.newAsked.connect(self.set_up)
        self.panel.openAsked.connect(self._ask_run)
        self.panel.menuAsked.connect(self._pop_up)
        self.panel.chosen.connect(self.show_runs)
        self.model.start()

    def _build_page(self) -> None:
        from app.training.widgets.run_page import RunPage

        self.page = RunPage(self.model, self)
        self.page.setupAsked.connect(self.set_up)
        self.stack.addWidget(self.page)

    def _build_setup(self) -> None:
        from app.training.widgets.setup_page import SetupPage

        self.setup = SetupPage(self.model, self)
        self.setup.left.connect(self.show_runs)
        self.stack.addWidget(self.setup)

    def _finish_building(self) -> None:
        self._built = True
        self.empty.newAsked.connect(self.set_up)
        self.model.runsChanged.connect(self._take_runs)
        self._fill_menu(self._menu)
        self._menu.aboutToShow.connect(self._refill_menu)
        if self.model.known:
            self.show_runs()
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
        self.built.emit()

    def _take_runs(self, _runs: tuple[Run, ...]) -> None:
        if self.stack.currentWidget() is not self.setup:
            self.show_runs()

    def _tell_problem(self, text: str) -> None:
        self.banner.tell(text)

    # Menus

    def _refill_menu(self) -> None:
        self._menu.clear()
        self._fill_menu(self._menu)

    def _pop_up(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_menu(menu)
        menu.popup(place)

    def _fill_menu(self, menu: QMenu) -> None:
        jobs, runs = self.model.jobs, self.model.selection
        menu.addAction(icon("plus"), self.tr("New training"), self.set_up)
        menu.addAction(icon("folder-plus-outline"), self.tr("Show a run made elsewhere…"), self._ask_run)
        if not runs:
            return
        menu.addSeparator()
        startable = [run for run in runs if run.state.can_start or run.state is RunState.PAUSED]
        if startable:
            menu.addAction(icon("play"), self.tr("Start or resume"), lambda: jobs.start(startable))
        if len(runs) != 1:
            return
        run = runs[0]
        if run.state.can_start or run.state is RunState.WAITING:
            menu.addAction(self.tr("Start now, beside what runs"), lambda: jobs.start_now(run))
        if run.state is RunState.WAITING:
            menu.addAction(self.tr("Earlier in the queue"), lambda: jobs.move(run, places=-1))
            menu.addAction(self.tr("Later in the queue"), lambda: jobs.move(run, places=1))
        if run.state is RunState.RUNNING:
            menu.addAction(icon("pause"), self.tr("Pause"), lambda: jobs.pause(run))
        if run.state.at_work or run.state is RunState.WAITING:
            menu.addAction(icon("stop"), self.tr("Stop"), lambda: jobs.stop(run))
        if run.state.at_work:
            menu.addAction(self.tr("End its process at once"), lambda: jobs.kill(run))
        menu.addAction(icon("content-duplicate"), self.tr("Duplicate…"), self.page.duplicate)
        menu.addSeparator()
        url = QUrl.fromLocalFile(str(run.folder))
        menu.addAction(self.tr("Open the run's folder"), lambda: QDesktopServices.openUrl(url))
        if not run.state.at_work:
            text = self.tr("Delete…") if run.own else self.tr("Remove from the list")
            menu.addAction(icon("delete-outline"), text, lambda: self._remove(run))

    def _ask_run(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a run's folder, or a folder with runs"))
        if folder:
            self.model.jobs.watch(Path(folder))

    def _remove(self, run: Run) -> None:
        if run.own:
            box = QMessageBox(self)
            box.setIcon(QMessageBox.Icon.Warning)
            box.setText(self.tr("Delete the run {name} with its checkpoints?").format(name=run.name))
            box.setInformativeText(str(run.folder))
            delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
            box.addButton(QMessageBox.StandardButton.Cancel)
            box.exec()
            if box.clickedButton() is not delete:
                return
        self.model.jobs.remove(run)


class _Banner(QWidget):
    """The newest problem, until it is dismissed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problemBanner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        close = QToolButton(self)
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Dismiss"))
        close.setAccessibleName(self.tr("Dismiss the problem"))
        close.clicked.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 5, 8, 5)
        line.addWidget(self.text, 1)
        line.addWidget(close)
        self.hide()

    def tell(self, text: str) -> None:
        self.text.setText(text)
        self.show()


class _Loading(QLabel):
    """While pages are being made and runs looked for."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(self.tr("looking for runs"))
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)


class _Empty(QWidget):
    """How to begin."""

    def __init__(self, parent: TrainWorkspace) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title = QLabel(self.tr("Drop a data set here to train a model"), self)
        title.setFont(sized(title.font(), 1.6, bold=True))
        words = QLabel(
            self.tr(
                "PASCAL VOC, Cityscapes, CamVid, a folder of images with label maps, or a project of the Label\n"
                "workspace: it is recognised and checked. Jobs run on when the window is closed, and runs made\n"
                "elsewhere can be watched here too."
            ),
            self,
        )
        words.setProperty("quiet", True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton(self.tr("New training"), self)
        button.setProperty("primary", True)
        self.newAsked = button.clicked
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(1)
        for widget in (title, words, button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)


def _load_pages() -> None:
    """Imports what the pages need, for others to find it loaded."""
    importlib.import_module("pyqtgraph")
    importlib.import_module("app.training.widgets.run_page")


def _holds_runs(folder: Path) -> bool:
    """Whether it is a run, or there are runs in it; looks into the folder."""
    try:
        return is_run(folder) or any(is_run(below) for below in folder.iterdir() if below.is_dir())
    except OSError:
        return False
