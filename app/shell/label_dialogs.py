"""Dialogs and lists that the Label workspace's menu opens."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.label.model import LabelModel
from app.label.recent import RecentProject
from app.shell.class_dialog import ClassDialog
from app.shell.export_dialog import ExportDialog
from app.shell.import_dialog import ImportDialog
from engine.project.records import SUFFIX


class LabelDialogs(QObject):
    """Args:

    host: the widget over whose window they open.
    """

    def __init__(self, model: LabelModel, host: QWidget) -> None:
        super().__init__(host)
        self._model = model
        self._host = host

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._host.window(), title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        view = self._model.view
        if view is not None and view.path.parent.is_dir():
            dialog.setDirectory(str(view.path.parent))
        return dialog

    def open_folder(self) -> None:
        """The photos of a folder."""
        dialog = self._dialog(self.tr("Label the photos of a folder"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self._model.open_paths([Path(name)]))
        dialog.open()

    def open_project(self) -> None:
        """A project by its file."""
        dialog = self._dialog(self.tr("Open a project"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Projects (*%1)").replace("%1", SUFFIX)])
        dialog.fileSelected.connect(lambda name: self._model.open_paths([Path(name)]))
        dialog.open()

    def relink(self) -> None:
        """Where the folder of photos is now."""
        view = self._model.view
        if view is None or not view.folders:
            return
        old = next((folder for folder in view.folders if not folder.is_dir()), view.folders[0])
        title = self.tr("Where is the folder %1 now?").replace("%1", old.name)
        dialog = self._dialog(title, QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self._model.project.relink(old, Path(name)))
        dialog.open()

    def edit_classes(self) -> None:
        """Names, colours, keys; removing, merging."""
        view = self._model.view
        if view is not None:
            ClassDialog(self._model, self._host.window()).open()

    def export_labels(self) -> None:
        """Into other programs' formats."""
        ExportDialog(self._model, self._host.window()).open()

    def import_labels(self) -> None:
        """From other programs' formats."""
        ImportDialog(self._model, self._host.window()).open()

    def recent_menu(self, parent: QMenu) -> QMenu:
        """The projects labelled lately, as part of another menu."""
        menu = QMenu(self.tr("Open &recent"), parent)
        menu.setToolTipsVisible(True)
        menu.setEnabled(False)

        def fill(projects: tuple[RecentProject, ...]) -> None:
            menu.clear()
            menu.setEnabled(bool(projects))
            for project in projects:
                text = project.path.stem.replace("&", "&&")
                action = menu.addAction(text, partial(self._model.open_paths, [project.path]))
                action.setToolTip(str(project.path))
                if not project.there:
                    action.setText(self.tr("%1 (not there)").replace("%1", text))
                    action.setEnabled(False)

        self._model.recent.changed.connect(fill)
        parent.aboutToShow.connect(self._model.recent.look)
        return menu
