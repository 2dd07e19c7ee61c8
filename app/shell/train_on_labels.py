"""The way from the Label workspace to Train: the open project is a data set there, nothing is exported."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.label.views import ProjectView
from app.shell.actions import ActionRegistry, ActionSpec
from app.shell.label_workspace import LabelWorkspace
from app.shell.train_workspace import TrainWorkspace


def join_label_and_train(
    registry: ActionRegistry, label: LabelWorkspace, train: TrainWorkspace, *, show_train: Callable[[], object]
) -> None:
    """Train offers the project that is open in Label; Label's menu and the palette lead there."""

    def go() -> None:
        project = train.model.setup.project
        if project is not None:
            show_train()
            train.take_paths([project])

    action = registry.add(
        ActionSpec(
            "label.train",
            QCoreApplication.translate("TrainOnLabels", "&Train a model on these labels"),
            QCoreApplication.translate("TrainOnLabels", "Project"),
            go,
            "chart-line",
            (),
            QCoreApplication.translate("TrainOnLabels", "Set up a training job on this project's labels"),
            scope="label",
        )
    )
    label.addAction(action)
    for place in registry["label.learn"].associatedObjects():
        if isinstance(place, QMenu):
            place.addAction(action)

    def follow(view: ProjectView | None) -> None:
        train.model.setup.set_project(None if view is None else view.path)
        action.setEnabled(view is not None)

    label.model.project.changed.connect(follow)
    follow(label.model.view)
