"""One action for each model that can be used, the loaded one checked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.explore.model import ExploreModel
from app.explore.views import ModelSummary
from app.services.models import AvailableModel


class ModelActions(QObject):
    """Shared by every menu that offers models.

    Args:
        available: what is offered, in this order.
    """

    def __init__(self, model: ExploreModel, available: Sequence[AvailableModel], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        # No model may be loaded, or a checkpoint that is none of these: then none is checked.
        self._group = QActionGroup(self)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        self._actions: dict[str, QAction] = {}
        self._menus: list[QMenu] = []
        self.offer(available)
        model.modelChanged.connect(self._tell)
        self._tell(model.model_summary)

    @property
    def actions(self) -> tuple[QAction, ...]:
        return tuple(self._actions.values())

    def add_to(self, menu: QMenu) -> None:
        menu.addActions(self.actions)
        self._menus.append(menu)

    def offer(self, available: Sequence[AvailableModel]) -> None:
        """What is offered from now on, e.g. with models that were imported since."""
        wanted = {entry.spec: entry for entry in available}
        for spec in [spec for spec in self._actions if spec not in wanted]:
            gone = self._actions.pop(spec)
            for menu in self._menus:
                menu.removeAction(gone)
            gone.deleteLater()
        for spec, entry in wanted.items():
            if spec not in self._actions:
                self._insert(entry)
        self._tell(self._model.model_summary)

    def _insert(self, entry: AvailableModel) -> None:
        action = QAction(entry.label, self._group)
        action.setToolTip(entry.title)
        action.setCheckable(True)
        action.triggered.connect(partial(self._choose, entry.spec))
        last = next(reversed(self._actions.values()), None)
        for menu in self._menus:
            shown = menu.actions()
            place = shown.index(last) + 1 if last in shown else 0
            if place < len(shown):
                menu.insertAction(shown[place], action)
            else:
                menu.addAction(action)
        self._actions[entry.spec] = action

    def _choose(self, spec: str, _checked: bool = False) -> None:
        summary = self._model.model_summary
        # The click has moved the mark already; it belongs to the loaded model until the other one is there.
        self._tell(summary)
        if summary is None or summary.spec != spec:
            self._model.set_model(spec)

    def _tell(self, summary: ModelSummary | None) -> None:
        for spec, action in self._actions.items():
            action.setChecked(summary is not None and summary.spec == spec)
