"""Projects that were labelled lately, on the Label workspace's start page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.label.recent import RecentProject, RecentProjects
from app.shell.icons import icon
from engine.project.records import SUFFIX

_SHOWN = 6


class RecentList(QWidget):
    """A row a project: open it, or, where its file is gone, look for it; take it off the list.

    Signals: pathChosen(object) - Path of the project to open.
    """

    pathChosen = Signal(object)

    def __init__(self, recent: RecentProjects, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent = recent
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.setFixedWidth(560)
        self.rows: list[QPushButton] = []
        recent.changed.connect(self._take)
        self._take(recent.all)

    def _take(self, projects: tuple[RecentProject, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.rows = []
        self.setVisible(bool(projects))
        if not projects:
            return
        title = QLabel(self.tr("Projects labelled lately"), self)
        title.setProperty("quiet", True)
        self._grid.addWidget(title, 0, 0, 1, 4)
        for row, project in enumerate(projects[:_SHOWN], start=1):
            self._add(row, project)

    def _add(self, row: int, project: RecentProject) -> None:
        name = QPushButton(project.path.stem.replace("&", "&&"), self)
        name.setProperty("link", True)
        name.setEnabled(project.there)
        name.setToolTip(str(project.path))
        name.setAccessibleName(self.tr("Open %1").replace("%1", project.path.stem))
        name.clicked.connect(lambda: self.pathChosen.emit(project.path))
        where = str(project.path.parent) if project.there else self.tr("not there any more")
        place = QLabel(self.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, 330), self)
        place.setProperty("quiet", True)
        place.setToolTip(str(project.path))
        place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        place.setEnabled(project.there)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(place, row, 1)
        if not project.there:
            find = self._tool("folder-search-outline", self.tr("Find %1…"), project)
            find.clicked.connect(partial(self._find, project.path))
            self._grid.addWidget(find, row, 2)
        remove = self._tool("close", self.tr("Take %1 off this list; its file stays"), project)
        remove.clicked.connect(partial(self._remove, project.path))
        self._grid.addWidget(remove, row, 3)
        self.rows.append(name)

    def _tool(self, glyph: str, text: str, project: RecentProject) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(glyph))
        button.setIconSize(QSize(15, 15))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(text.replace("%1", project.path.stem))
        button.setAccessibleName(button.toolTip())
        return button

    def _remove(self, path: Path, _checked: bool = False) -> None:
        self._recent.remove(path)

    def _find(self, path: Path, _checked: bool = False) -> None:
        dialog = QFileDialog(self.window(), self.tr("Where is %1 now?").replace("%1", path.name))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Projects (*%1)").replace("%1", SUFFIX)])
        dialog.fileSelected.connect(lambda name: self.found(path, Path(name)))
        dialog.open()

    def found(self, old: Path, new: Path) -> None:
        """A project that was not there is somewhere else: it is opened there."""
        self._recent.relocate(old, new)
        self.pathChosen.emit(new)
