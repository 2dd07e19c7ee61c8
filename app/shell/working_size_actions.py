"""One action for each working size, the one in use checked."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.explore.model import ExploreModel
from app.explore.views import ModelSummary

_LARGER: Final = (640, 1024)


class WorkingSizeActions(QObject):
    """Offers the model's own working size, larger ones, and each photo's own size."""

    def __init__(self, model: ExploreModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._group = QActionGroup(self)
        self._actions: dict[int | None, QAction] = {}
        self._add(None, "", self.tr("The size at which the model was trained and measured"))
        for side in _LARGER:
            text = self.tr("%1 pixels").replace("%1", str(side))
            self._add(side, text, self.tr("Long side of a 4:3 photo: finer parts, more time"))
        self._add(0, self.tr("Each photo's own"), self.tr("Every pixel counts; large photos are computed in tiles"))
        model.workingSideChanged.connect(self._tell)
        model.modelChanged.connect(self._name_own)
        self._tell(model.working_side)
        self._name_own(model.model_summary)

    def menu(self, parent: QMenu) -> QMenu:
        """A submenu of `parent`, not yet added to it."""
        menu = QMenu(self.tr("&Working size"), parent)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self._actions.values()))
        return menu

    def _add(self, side: int | None, text: str, tip: str) -> None:
        action = QAction(text, self._group)
        action.setCheckable(True)
        action.setToolTip(tip)
        action.triggered.connect(partial(self._choose, side))
        self._actions[side] = action

    def _choose(self, side: int | None, _checked: bool = False) -> None:
        self._model.set_working_side(side)

    def _tell(self, side: int | None) -> None:
        # A size from the settings file may be none of these: then none is checked.
        checked = self._group.checkedAction()
        if checked is not None and side not in self._actions:
            checked.setChecked(False)
        if side in self._actions:
            self._actions[side].setChecked(True)

    def _name_own(self, summary: ModelSummary | None) -> None:
        own = self.tr("The model's own")
        self._actions[None].setText(own if summary is None else f"{own} ({summary.working_side})")
