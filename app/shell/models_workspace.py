"""The Models workspace: every model on the left, all about the chosen one beside it; weights come by dialog or drop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from app.explore.model import ExploreModel
from app.explore.views import ModelSummary
from app.library.comparison import ModelComparison
from app.library.library import Library
from app.panels.compare_page import ComparePage
from app.panels.model_list import ModelList
from app.panels.model_page import ModelPage
from app.services.model_library import CatalogueEntry, LibraryBackend, ModelLibrary
from app.services.settings import Settings
from app.services.ui_queue import UiQueue
from app.shell.docks import add_dock
from app.shell.workspace import Workspace, WorkspaceFace

WEIGHT_SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin")
_STATE: Final = "models/state"


def models_face() -> WorkspaceFace:
    """How the rail shows it."""
    return WorkspaceFace(
        name="models",
        text=QCoreApplication.translate("ModelsWorkspace", "Models"),
        glyph="layers-triple-outline",
        help=QCoreApplication.translate("ModelsWorkspace", "Models: what each is and costs, and weights to import"),
    )


class ModelsWorkspace(Workspace):
    """See the module's text.

    Args:
        explore: told which model to use, and watched for the one in use.
        settings: where the dock's width is remembered.
        show_explore: brings Explore to the front.
        backend: the library; the real one where missing.
    """

    def __init__(
        self,
        explore: ExploreModel,
        settings: Settings,
        *,
        show_explore: Callable[[], None],
        backend: LibraryBackend | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(models_face(), parent)
        self._explore = explore
        self._settings = settings
        self._show_explore = show_explore
        self._queue = UiQueue(self)
        self.library = Library(backend or ModelLibrary(post=self._queue.post), self)
        self.list = ModelList(self.library, self)
        self.page = ModelPage(self.library, self)
        self.comparison = ModelComparison(self.library.backend, self)
        self.compare = ComparePage(self.library, self.comparison, photo=lambda: explore.current_path, parent=self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.page)
        self.stack.addWidget(self.compare)
        self.setCentralWidget(self.stack)
        self.dock = add_dock(
            self, self.list, name="modelsDock", title=self.tr("Models"), area=Qt.DockWidgetArea.LeftDockWidgetArea
        )
        self._laid_out = False
        self.page.useRequested.connect(self._use)
        self.page.importRequested.connect(self._ask_file)
        self.page.compareRequested.connect(self._show_compare)
        self.compare.leaveRequested.connect(lambda: self.stack.setCurrentWidget(self.page))
        self.library.selectionChanged.connect(lambda _entry: self.stack.setCurrentWidget(self.page))
        explore.modelChanged.connect(self._tell_in_use)
        self._tell_in_use(explore.model_summary)

    def activate(self) -> None:
        if not self._laid_out:
            self._laid_out = True
            state = self._settings.blob(_STATE)
            if state.isEmpty() or not self.restoreState(state):
                self.resizeDocks([self.dock], [self.list.sizeHint().width()], Qt.Orientation.Horizontal)
        first = self.library.selected is None
        self.library.refresh()
        summary = self._explore.model_summary
        if first and summary is not None:
            self.library.select_label(summary.label)

    def take_paths(self, paths: Sequence[Path]) -> bool:
        """A file of weights is imported; photos go to Explore."""
        weights = [path for path in paths if path.suffix.lower() in WEIGHT_SUFFIXES]
        if weights:
            self.stack.setCurrentWidget(self.page)
            self.library.begin_import(weights[0])
        return bool(weights)

    def save_state(self) -> None:
        if self._laid_out:
            self._settings.set_blob(_STATE, self.saveState())

    def shutdown(self) -> None:
        self._queue.close()
        # Ending the process may take two seconds, which the window's thread does not have.
        closer = UiQueue(self)

        def close() -> None:
            self.library.close()
            closer.post(self.finish_shutdown)

        threading.Thread(target=close, name="model library end", daemon=True).start()

    def _show_compare(self) -> None:
        entry = self.library.selected
        self.compare.refresh()
        if entry is not None:
            self.compare.second.setCurrentIndex(self.compare.second.findData(entry.spec))
        self.stack.setCurrentWidget(self.compare)

    def _use(self, entry: CatalogueEntry) -> None:
        self._explore.set_model(entry.spec)
        self._show_explore()

    def _ask_file(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in WEIGHT_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Import weights"),
            "",
            self.tr("Weights (%1)").replace("%1", patterns) + ";;" + self.tr("All files (*)"),
        )
        if name:
            self.library.begin_import(Path(name))

    def _tell_in_use(self, summary: ModelSummary | None) -> None:
        self.page.set_in_use("" if summary is None else summary.label)
