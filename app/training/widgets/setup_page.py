"""Setting up a job: data on the left, recipe and machine on the right, one button to start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.shell.fonts import sized
from app.shell.icons import icon
from app.training.model import TrainingModel
from app.training.widgets.data_check import DataCheck
from app.training.widgets.job_form import JobForm
from app.training.widgets.key_table import KeyTable
from app.training.widgets.parts import VerticalHairline, set_primary
from app.training.words import duration
from engine.jobs.run_folder import RECIPE_FILE, RECIPE_TOML

_OTHER = "other"


class SetupPage(QWidget):
    """Signals: left() - back to the runs."""

    left = Signal()

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._setup = model.setup
        self._filling = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(_scrolled(self._data_side()), 1)
        row.addWidget(VerticalHairline(self))
        row.addWidget(self._job_side(), 1)
        setup = self._setup
        setup.dataChanged.connect(self._show_data)
        setup.recipeChanged.connect(self._show_recipe)
        setup.estimateChanged.connect(self._show_estimate)
        self._show_data()
        self._show_recipe()

    # Building

    def _data_side(self) -> QWidget:
        side = QWidget(self)
        side.setObjectName("panelBody")
        column = QVBoxLayout(side)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(_heading(self.tr("Data set"), side))
        self.root = QLineEdit(side)
        self.root.setReadOnly(True)
        self.root.setAccessibleName(self.tr("Data set"))
        self.root.setAcceptDrops(False)
        self.root.setPlaceholderText(self.tr("Drop a folder here: VOC, Cityscapes, CamVid, or your own"))
        self.pick = QPushButton(icon("folder-open-outline"), self.tr("Choose…"), side)
        self.pick.clicked.connect(self._pick_data)
        line = QHBoxLayout()
        line.addWidget(self.root, 1)
        self.project = QPushButton(icon("brush"), self.tr("This project's labels"), side)
        self.project.clicked.connect(self._take_project)
        line.addWidget(self.pick)
        line.addWidget(self.project)
        column.addLayout(line)
        self.found = QLabel(side)
        self.found.setWordWrap(True)
        column.addWidget(self.found)
        self.train = QComboBox(side)
        self.val = QComboBox(side)
        self.train.setAccessibleName(self.tr("Images to train on"))
        self.val.setAccessibleName(self.tr("Images to validate on"))
        self.train.activated.connect(self._take_splits)
        self.val.activated.connect(self._take_splits)
        self.splits = QWidget(side)
        lists = QHBoxLayout(self.splits)
        lists.setContentsMargins(0, 0, 0, 0)
        lists.addWidget(QLabel(self.tr("Train on"), self.splits))
        lists.addWidget(self.train, 1)
        lists.addWidget(QLabel(self.tr("validate on"), self.splits))
        lists.addWidget(self.val, 1)
        column.addWidget(self.splits)
        self.check = DataCheck(self._setup, side)
        column.addWidget(self.check)
        column.addStretch(1)
        return side

    def _job_side(self) -> QWidget:
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        column.addWidget(_heading(self.tr("Recipe"), side))
        self.recipe = QComboBox(side)
        self.recipe.setAccessibleName(self.tr("Recipe"))
        self.recipe.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.recipe.activated.connect(self._take_recipe)
        self.summary = QLabel(side)
        self.summary.setWordWrap(True)
        self.summary.setProperty("quiet", True)
        column.addWidget(self.recipe)
        column.addWidget(self.summary)
        self.form = JobForm(self._setup, side)
        column.addWidget(self.form)
        self.more = QToolButton(side)
        self.more.setText(self.tr("Advanced: all keys"))
        self.more.setCheckable(True)
        self.more.setIcon(icon("chevron-right"))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.toggled.connect(self._open_keys)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.keys = KeyTable(self._setup, side)
        self.keys.setVisible(False)
        column.addWidget(self.keys, 1)
        self._gap = QWidget(side)
        column.addWidget(self._gap, 1)
        self.problem = QLabel(side)
        self.problem.setWordWrap(True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.problem)
        self.cost = QLabel(side)
        self.cost.setWordWrap(True)
        self.cost.setProperty("quiet", True)
        column.addWidget(self.cost)
        self.busy = QProgressBar(side)
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setVisible(False)
        column.addWidget(self.busy)
        buttons = QHBoxLayout()
        self.measure = QPushButton(icon("timer-outline"), self.tr("Measure time and memory"), side)
        self.measure.setToolTip(self.tr("Takes a few steps of every phase on made-up images"))
        self.measure.clicked.connect(self._setup.measure)
        self.cancel = QPushButton(self.tr("Back"), side)
        self.cancel.clicked.connect(self.left)
        self.start = QPushButton(self.tr("Start training"), side)
        self.start.clicked.connect(self._start)
        buttons.addWidget(self.measure)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        column.addLayout(buttons)
        return side

    # What a person does

    def _pick_data(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a data set's folder"))
        if folder:
            self._setup.choose_data(Path(folder))

    def _take_project(self) -> None:
        if self._setup.project is not None:
            self._setup.choose_data(self._setup.project)

    def _take_splits(self) -> None:
        self._setup.choose_splits(self.train.currentData(), self.val.currentData())

    def _take_recipe(self, row: int) -> None:
        chosen = self.recipe.itemData(row)
        if chosen == _OTHER:
            title = self.tr("Choose a recipe")
            text, _ = QFileDialog.getOpenFileName(self, title, "", self.tr("Recipes (*.toml *.json)"))
            if not text:
                self._show_recipe()
                return
            chosen = text
        self._setup.choose_recipe(Path(chosen))

    def _open_keys(self, opened: bool) -> None:
        self.more.setIcon(icon("chevron-down" if opened else "chevron-right"))
        self.keys.setVisible(opened)
        self.form.show_more(opened)
        self._gap.setVisible(not opened)

    def _start(self) -> None:
        self._model.create(start=True)
        self.left.emit()

    # What is shown

    def _show_data(self) -> None:
        setup = self._setup
        found = setup.found
        self.root.setText(str(found.root if found is not None else setup.searching or ""))
        self.root.setToolTip(self.root.text())
        project = setup.project
        self.project.setVisible(project is not None)
        if project is not None:
            self.project.setToolTip(
                self.tr("Train on the labels of {name}, as they stand in the Label workspace").format(name=project.stem)
            )
        self.splits.setVisible(found is not None)
        if setup.searching is not None:
            self.found.setText(self.tr("looking what is there"))
        elif setup.data_problem:
            self.found.setText(setup.data_problem)
        elif found is not None:
            self.found.setText(
                self.tr("Recognised: {layout}, {n} classes").format(layout=found.title, n=len(found.class_names))
            )
            for box, chosen in ((self.train, setup.train_split), (self.val, setup.val_split)):
                box.clear()
                for split in found.splits:
                    text = self.tr("{split} · {n} images").format(split=split, n=found.images[split])
                    box.addItem(text, split)
                box.setCurrentIndex(max(0, box.findData(chosen)))
            if setup.train_split == setup.val_split:
                self.found.setText(
                    self.found.text() + self.tr(". Training and validation are the same images: scores will flatter")
                )
        else:
            self.found.setText(self.tr("The layout is recognised and everything is checked before a training starts."))
        self._show_ready()

    def _show_recipe(self) -> None:
        setup = self._setup
        paths = [str(choice.path) for choice in setup.recipes]
        if self.recipe.count() != len(paths) + 1 + (setup.recipe is not None and str(setup.recipe) not in paths):
            self.recipe.clear()
            for choice in setup.recipes:
                self.recipe.addItem(choice.name, str(choice.path))
                self.recipe.setItemData(self.recipe.count() - 1, choice.summary, Qt.ItemDataRole.ToolTipRole)
            if setup.recipe is not None and str(setup.recipe) not in paths:
                self.recipe.addItem(_recipe_name(setup.recipe), str(setup.recipe))
            self.recipe.addItem(self.tr("Another file…"), _OTHER)
        if setup.recipe is not None:
            self.recipe.setCurrentIndex(max(0, self.recipe.findData(str(setup.recipe))))
            summary = next((choice.summary for choice in setup.recipes if choice.path == setup.recipe), "")
            self.summary.setText(summary)
        self._show_ready()
        self._show_estimate()

    def _show_ready(self) -> None:
        setup = self._setup
        problems = [setup.recipe_problem] if setup.recipe_problem else []
        if setup.draft is not None:
            problems += setup.draft.problems
        if setup.too_many_processes:
            problems.append(
                self.tr("Each process needs an image of every step: raise the images or lower the processes.")
            )
        report = setup.report
        if report is not None and report.unusable > 0.1 * report.checked:
            problems.append(self.tr("More than a tenth of the images cannot be used: the table or layout is wrong."))
        self.problem.setText("\n".join(problems))
        self.problem.setVisible(bool(problems))
        self.start.setEnabled(setup.ready is not None)
        set_primary(self.start, setup.ready is not None)
        self.form.setEnabled(setup.draft is not None)
        self.more.setEnabled(setup.draft is not None)
        self.measure.setEnabled(setup.ready is not None and not setup.estimating)

    def _show_estimate(self) -> None:
        setup = self._setup
        self.busy.setVisible(setup.estimating)
        self.measure.setEnabled(setup.ready is not None and not setup.estimating)
        if setup.estimate is not None:
            estimate = setup.estimate
            self.cost.setText(
                self.tr(
                    "{time} of steps and {memory} MB on {device}, as busy as it is now; validation comes on top"
                ).format(time=duration(estimate.seconds), memory=round(estimate.memory_mb), device=estimate.device)
            )
        else:
            self.cost.setText(setup.estimate_problem)
        self.cost.setVisible(bool(self.cost.text()))


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(sized(label.font(), 1.15, bold=True))
    return label


def _recipe_name(path: Path) -> str:
    return path.parent.name if path.name in (RECIPE_FILE, RECIPE_TOML) else path.name


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    area.setWidget(widget)
    return area
