"""Everything about the selected runs: header above, one tab for each way of looking."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.services.training_recipes import recipe_path
from app.services.training_runs import Run
from app.training.model import TrainingModel
from app.training.widgets.confusion_view import ConfusionView
from app.training.widgets.curves import Curves
from app.training.widgets.notes_view import NotesView
from app.training.widgets.probes_view import ProbesView
from app.training.widgets.publish_view import PublishView
from app.training.widgets.recipe_view import RecipeView
from app.training.widgets.report_view import ReportView
from app.training.widgets.run_header import RunHeader


class RunPage(QWidget):
    """Signals: setupAsked() - the set-up holds a duplicate to change."""

    setupAsked = Signal()

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.header = RunHeader(self)
        self.curves = Curves(model, self)
        self.probes = ProbesView(model, self)
        self.confusion = ConfusionView(model, self)
        self.recipe = RecipeView(model, self)
        self.publish = PublishView(model, self)
        self.report = ReportView(model, self)
        self.notes = NotesView(model, self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Views of the run"))
        self.tabs.addTab(self.curves, self.tr("Curves"))
        self.tabs.addTab(self.probes, self.tr("Probe images"))
        self.tabs.addTab(self.confusion, self.tr("Confusion"))
        self.tabs.addTab(self.recipe, self.tr("Recipe"))
        self.tabs.addTab(self.report, self.tr("Report"))
        self.tabs.addTab(self.notes, self.tr("Notes and output"))
        self.tabs.addTab(self.publish, self.tr("Publish"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.tabs, 1)
        self.header.started.connect(lambda: self._on_one(lambda run: model.jobs.start([run])))
        self.header.paused.connect(lambda: self._on_one(model.jobs.pause))
        self.header.stopped.connect(lambda: self._on_one(model.jobs.stop))
        self.header.duplicated.connect(self.duplicate)
        self.header.publishAsked.connect(lambda: self.tabs.setCurrentWidget(self.publish))
        model.selectionChanged.connect(self._show)
        self._show(model.selection)

    def duplicate(self) -> None:
        """Hands the selected run's recipe to the set-up."""

        def set_up(run: Run) -> None:
            self._model.setup.duplicate(recipe_path(run.folder), name=run.name, settings=run.settings)
            self.setupAsked.emit()

        self._on_one(set_up)

    def _on_one(self, order: Callable[[Run], None]) -> None:
        runs = self._model.selection
        if len(runs) == 1:
            order(runs[0])

    def _show(self, runs: tuple[Run, ...]) -> None:
        self.header.show_runs(runs)
        self.curves.show_runs(runs)
        self.recipe.show_runs(runs)
        self.report.show_runs(runs)
        single = runs[0] if len(runs) == 1 else None
        self.tabs.setTabText(
            self.tabs.indexOf(self.recipe), self.tr("Recipe") if single is not None else self.tr("Recipes compared")
        )
        for view in (self.probes, self.confusion, self.notes, self.publish):
            self.tabs.setTabEnabled(self.tabs.indexOf(view), single is not None)
            view.show_run(single)
