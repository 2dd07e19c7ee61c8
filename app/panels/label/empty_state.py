"""What stands where the photo will be: how labelling begins."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.label.model import LabelModel
from app.panels.label.recent_list import RecentList
from app.shell.actions import ActionRegistry, without_mnemonic
from app.shell.fonts import sized


class LabelEmptyState(QWidget):
    """Signals: pathChosen(object) - Path of the photo that Explore shows, or of a project labelled lately."""

    pathChosen = Signal(object)

    def __init__(self, model: LabelModel, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._photo: Path | None = None
        self.title = QLabel(self.tr("Label a folder of photos"), self)
        self.title.setFont(sized(self.title.font(), 1.7, bold=True))
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = QLabel(
            self.tr("The model takes the easy pixels; you go through the hard ones, group by group, and correct."), self
        )
        self.text.setProperty("quiet", True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setWordWrap(True)
        self.here = QPushButton(self)
        self.here.setProperty("primary", True)
        self.here.setVisible(False)
        self.here.clicked.connect(lambda: self._choose(self._photo))
        self.buttons = []
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        row.addWidget(self.here)
        for action_id in ("label.open_folder", "label.open_project"):
            action = actions[action_id]
            button = QPushButton(without_mnemonic(action.text()), self)
            button.setAccessibleName(button.text())
            button.setToolTip(action.toolTip())
            button.clicked.connect(lambda _checked=False, chosen=action: chosen.trigger())
            row.addWidget(button)
            self.buttons.append(button)
        row.addStretch(1)
        where = QLabel(self.tr("Photos are never changed. The project is one file beside them."), self)
        where.setProperty("quiet", True)
        where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.recent = RecentList(model.recent, self)
        self.recent.pathChosen.connect(self.pathChosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(3)
        column.addWidget(self.title)
        column.addSpacing(4)
        column.addWidget(self.text)
        column.addSpacing(16)
        column.addLayout(row)
        column.addSpacing(14)
        column.addWidget(where)
        column.addSpacing(18)
        column.addWidget(self.recent, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)
        model.project.busyChanged.connect(self._tell_busy)

    def offer(self, photo: Path | None) -> None:
        """The folder of the photo that is open in Explore, one click away."""
        self._photo = photo
        self.here.setVisible(photo is not None)
        if photo is not None:
            self.here.setText(self.tr("Label %1").replace("%1", photo.parent.name))
            self.here.setAccessibleName(self.here.text())
            self.here.setToolTip(str(photo.parent))

    def _choose(self, path: Path | None) -> None:
        if path is not None:
            self.pathChosen.emit(path)

    def _tell_busy(self, text: str) -> None:
        self.title.setText(text[:1].upper() + text[1:] + "…" if text else self.tr("Label a folder of photos"))
