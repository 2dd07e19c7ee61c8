"""The main window: builds, wires, delegates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from app.canvas.canvas import Canvas
from app.explore.model import ExploreModel
from app.services.settings import Settings
from app.shell.actions import ActionRegistry
from app.shell.drop_overlay import DropOverlay, dropped_paths
from app.shell.explore_actions import ExploreActions
from app.shell.explore_workspace import ExploreWorkspace
from app.shell.hold_keys import HoldKeys
from app.shell.key_choices import remembered_keys
from app.shell.rail import Rail
from app.shell.status_bar import StatusBar
from app.shell.theme import ThemeController
from app.shell.tour import Tour
from app.shell.tour_steps import explore_tour
from app.shell.window_actions import WindowActions
from app.shell.workspace import Workspace, WorkspaceFace

_FIRST_SIZE = QSize(1440, 900)
_SMALLEST = QSize(960, 600)


class MainWindow(QMainWindow):
    """Rail, workspaces and status bar, with everything that belongs to the whole window: menus, drops, closing.

    Args:
        model: shown and asked; the window starts it once it is on the screen and shuts it down when it closes.
        settings: where the window's place is remembered.
        theme: what View > Theme changes.
        samples: photos that the empty window offers.

    Signals:
        left(): the window is closed and nothing runs any more.
    """

    left = Signal()

    def __init__(
        self, model: ExploreModel, settings: Settings, theme: ThemeController, *, samples: Sequence[Path] = ()
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Rhoscope")
        self.setMinimumSize(_SMALLEST)
        self.setAcceptDrops(True)
        self.model = model
        self._settings = settings
        self._started = False
        self._closing = False
        self._left = False
        self.actions_registry = ActionRegistry(self, chosen=remembered_keys(settings))
        self.canvas = Canvas()
        self.model_menu = QMenu(self.tr("&Model"), self)
        # Panels show the actions' keys and names, so the actions come first; menus need the panels and come last.
        self.commands = ExploreActions(model, settings, theme, self.actions_registry, window=self, canvas=self.canvas)
        self.window_actions = WindowActions(self.actions_registry, settings, self)
        self.explore = ExploreWorkspace(
            model,
            settings,
            self.actions_registry,
            canvas=self.canvas,
            model_menu=self.model_menu,
            samples=samples,
            parent=self,
        )
        self.commands.build_menus(self.explore, model_menu=self.model_menu)
        self.rail = Rail(self)
        self.workspaces = QStackedWidget(self)
        self._further: list[Workspace] = []
        self._add_page(
            WorkspaceFace(
                name="explore",
                text=self.tr("Explore"),
                glyph="image-search-outline",
                help=self.tr("Explore: look at what each stage decides and tune ρ"),
            ),
            self.explore,
        )
        self.status = StatusBar(model, self)
        self._lay_out()
        self.drop_overlay = DropOverlay(self)
        self.tour = Tour(self, explore_tour(self.explore, model, samples=samples, rail=self.rail))
        self.tour.ended.connect(lambda: settings.set("help/tour_seen", True))
        self.window_actions.tourAsked.connect(self._show_tour)
        self._hold_keys = HoldKeys(self, self._shown_canvas)
        self.explore.sampleChosen.connect(lambda path: model.open_paths([path], remember=False))
        self.rail.workspaceChosen.connect(self.show_workspace)
        self.workspaces.currentChanged.connect(self._workspace_shown)
        model.currentChanged.connect(self._tell_title)
        model.shutdownFinished.connect(self._leave)
        self.actions_registry.set_scope("explore")
        # From the start the arrow keys go through the photos.
        self.explore.images.setFocus(Qt.FocusReason.OtherFocusReason)
        self._restore_place()

    def add_workspace(self, workspace: Workspace) -> None:
        """A further workspace below those that are there. It is shut down with the window."""
        self._further.append(workspace)
        self._add_page(workspace.face, workspace)
        bar = self.menuBar()
        for menu in workspace.menus():
            # Help stays the last one.
            bar.insertMenu(bar.actions()[-1], menu).setVisible(False)
        workspace.shutdownFinished.connect(self._leave)
        workspace.noteChanged.connect(self._tell_note)
        workspace.titleChanged.connect(self._tell_title)

    @property
    def current_workspace(self) -> Workspace | None:
        """The one that is shown; None for Explore."""
        page = self.workspaces.currentWidget()
        return page if isinstance(page, Workspace) else None

    def show_workspace(self, name: str) -> None:
        """Brings a workspace to the front, "explore" or a further one's name; ValueError for others."""
        pages = {workspace.face.name: workspace for workspace in self._further}
        if name != "explore" and name not in pages:
            raise ValueError(f"there is no workspace {name!r}")
        self.rail.choose(name)
        self.workspaces.setCurrentWidget(self.explore if name == "explore" else pages[name])

    def _add_page(self, face: WorkspaceFace, page: QWidget) -> None:
        self.rail.add(face.name, text=face.text, glyph=face.glyph, help_text=face.help)
        self.workspaces.addWidget(page)
        self.window_actions.add_workspace(face, partial(self.show_workspace, face.name))

    def _workspace_shown(self, _index: int) -> None:
        shown = self.current_workspace
        self.actions_registry.set_scope("explore" if shown is None else shown.face.name)
        for workspace in self._further:
            for menu in workspace.menus():
                menu.menuAction().setVisible(workspace is shown)
        self._hide_empty_menus()
        if shown is not None:
            shown.activate()
        self._tell_title()
        self._tell_note()

    def _hide_empty_menus(self) -> None:
        """A menu of which nothing belongs to the workspace that is shown leaves the bar."""
        own = {menu.menuAction() for workspace in self._further for menu in workspace.menus()}
        for action in self.menuBar().actions():
            menu = action.menu()
            if action not in own and isinstance(menu, QMenu):
                action.setVisible(any(one.isVisible() and not one.isSeparator() for one in menu.actions()))

    def _shown_canvas(self) -> Canvas | None:
        shown = self.current_workspace
        return self.canvas if shown is None else shown.canvas

    def _tell_note(self) -> None:
        shown = self.current_workspace
        self.status.set_note("" if shown is None else shown.note)

    def _lay_out(self) -> None:
        body = QWidget(self)
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addWidget(self.workspaces, 1)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across, 1)
        column.addWidget(self.status)
        self.setCentralWidget(body)

    def _restore_place(self) -> None:
        geometry = self._settings.blob("window/geometry")
        if not geometry.isEmpty() and self.restoreGeometry(geometry):
            return
        screen = QGuiApplication.primaryScreen()
        room = screen.availableGeometry() if screen is not None else None
        size = QSize(_FIRST_SIZE)
        if room is not None:
            # A first window leaves a little of the desktop visible, and a small screen to itself.
            size = (
                size.boundedTo(room.size())
                if room.width() < 1600
                else QSize(min(1840, round(room.width() * 0.92)), min(1200, round(room.height() * 0.92)))
            )
        self.resize(size)
        if room is not None:
            self.move(room.center() - self.rect().center())

    def _show_tour(self) -> None:
        self.show_workspace("explore")
        self.tour.start()

    def _tell_title(self) -> None:
        shown, path = self.current_workspace, self.model.current_path
        subject = shown.title if shown is not None else "" if path is None else path.name
        self.setWindowTitle(f"{subject} – Rhoscope" if subject else "Rhoscope")

    # Start and end

    @property
    def is_shut_down(self) -> bool:
        """Nothing runs any more, in any workspace."""
        return self.model.is_shut_down and all(workspace.is_shut_down for workspace in self._further)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest and not self._started:
            # The first frame is on its way to the screen: only now may torch begin to load.
            self._started = True
            QTimer.singleShot(0, self.model, self.model.start)
        return done

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._left:
            event.accept()
            return
        event.ignore()
        if self._closing:
            return
        self._closing = True
        self._settings.set_blob("window/geometry", self.saveGeometry())
        self.explore.save_state()
        for workspace in self._further:
            workspace.save_state()
        # To the person the window is closed at once; what runs is stopped behind the scenes.
        self.hide()
        for workspace in self._further:
            workspace.shutdown()
        self.model.shutdown()

    def _leave(self) -> None:
        if self._left or not self.is_shut_down:
            return
        self._left = True
        self.close()
        self.left.emit()

    # Drops anywhere on the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.drop_overlay.show_for(len(paths))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self.drop_overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_overlay.hide()
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.activateWindow()
            shown = self.current_workspace
            if shown is None or not shown.take_paths(paths):
                self.show_workspace("explore")
                self.model.open_paths(paths)
