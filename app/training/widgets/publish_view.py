"""From a run to a model: the dial that chooses the default ρ by time or mIoU, and one button."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.services.training_publish import DialPoint, at_least, dial, measure, publish, within_time
from app.services.training_runs import Run
from app.training.model import TrainingModel
from app.training.widgets.parts import NumberField, set_primary
from engine.cancel import Cancelled, CancelToken

_IMAGES = 40


class PublishView(QWidget):
    """Without a sweep the checkpoint keeps the ρ at which it was validated."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._run: Run | None = None
        self._points: tuple[DialPoint, ...] = ()
        self._chosen: DialPoint | None = None
        self._read_of: Path | None = None
        self._published: Path | None = None
        self._cancel = CancelToken()
        self.name = QLineEdit(self)
        self.description = QLineEdit(self)
        self.description.setPlaceholderText(self.tr("one line for the model's card"))
        self.licence = QLineEdit(self)
        self.licence.setPlaceholderText(self.tr("e.g. research only, as the data"))
        for field in (self.name, self.description, self.licence):
            field.setAcceptDrops(False)
            field.setMinimumWidth(260)
        self.rho = QLabel(self)
        self.publish = QPushButton(self.tr("Publish to Models"), self)
        self.publish.clicked.connect(self._publish)
        self.use = QPushButton(self.tr("Use in Explore"), self)
        self.use.clicked.connect(self._use)
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.addRow(self.tr("Name"), self.name)
        form.addRow(self.tr("Description"), self.description)
        form.addRow(self.tr("Licence"), self.licence)
        form.addRow(self.tr("Default ρ"), self.rho)
        buttons = QHBoxLayout()
        buttons.addWidget(self.publish)
        buttons.addWidget(self.use)
        buttons.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addLayout(form)
        left.addLayout(buttons)
        left.addWidget(self.told)
        left.addStretch(1)
        self.images = NumberField(0, 100_000, parent=self)
        self.images.set_value(_IMAGES)
        self.images.setFixedWidth(70)
        self.images.setToolTip(self.tr("Validation images to measure on; 0 = all"))
        self.images.setAccessibleName(self.images.toolTip())
        self.measure = QPushButton(self.tr("Measure over ρ"), self)
        self.measure.clicked.connect(self._measure)
        self.busy = QProgressBar(self)
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.time = NumberField(1, 100_000, parent=self)
        self.score = NumberField(0, 100, parent=self)
        self.time.setAccessibleName(self.tr("At most, in milliseconds an image"))
        self.score.setAccessibleName(self.tr("At least, in % mIoU"))
        self.time.setFixedWidth(70)
        self.score.setFixedWidth(70)
        self.time.valueTaken.connect(lambda value: self._choose(within_time(self._points, value)))
        self.score.valueTaken.connect(lambda value: self._choose(at_least(self._points, value)))
        self.lesson = QLabel(
            self.tr(
                "A lower ρ lets early stages decide more: faster, and at some point worse. Measured, a curve shows "
                "what each ρ costs on this machine, and the default can be chosen by a budget."
            ),
            self,
        )
        self.lesson.setWordWrap(True)
        self.lesson.setProperty("quiet", True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.measure)
        line.addWidget(QLabel(self.tr("on"), self))
        line.addWidget(self.images)
        line.addWidget(QLabel(self.tr("images"), self))
        line.addStretch(1)
        self.budget = QWidget(self)
        budget = QHBoxLayout(self.budget)
        budget.setContentsMargins(0, 0, 0, 0)
        budget.setSpacing(8)
        for widget in (
            QLabel(self.tr("At most"), self), self.time, QLabel(self.tr("ms an image, or at least"), self), self.score,
            QLabel(self.tr("% mIoU"), self),
        ):  # fmt: skip
            budget.addWidget(widget)
        budget.addStretch(1)
        self.plot = pg.PlotWidget(self)
        self.plot.setAcceptDrops(False)
        self.plot.viewport().setAcceptDrops(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.getPlotItem().setMenuEnabled(False)
        self.plot.setLabel("bottom", self.tr("milliseconds an image"))
        self.plot.setLabel("left", "mIoU, %")
        self.plot.setMinimumHeight(190)
        self._line: Any = self.plot.plot([], [])
        self._dots: Any = pg.ScatterPlotItem(size=10)
        self._dots.sigClicked.connect(self._dot_clicked)
        self.plot.addItem(self._dots)
        self.table = QTableWidget(0, 4, self)
        self.table.setAccessibleName(self.tr("Measured values of ρ"))
        self.table.setHorizontalHeaderLabels(["ρ", "mIoU, %", self.tr("ms"), self.tr("decided by stage, %")])
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setAcceptDrops(False)
        self.table.viewport().setAcceptDrops(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._row_chosen)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.setAlignment(Qt.AlignmentFlag.AlignTop)
        right.addLayout(line)
        right.addWidget(self.busy)
        right.addWidget(self.lesson)
        right.addWidget(self.budget)
        right.addWidget(self.plot, 1)
        right.addWidget(self.table, 1)
        right.addStretch(0)
        across = QHBoxLayout(self)
        across.setContentsMargins(16, 14, 16, 14)
        across.setSpacing(28)
        across.addLayout(left, 2)
        across.addLayout(right, 3)
        self._take_colours()
        self._show_points(())

    def show_run(self, run: Run | None) -> None:
        other = run is None or self._run is None or run.folder != self._run.folder
        self._run = run
        if other:
            self._cancel.cancel()
            self.busy.setVisible(False)
            self._published, self._read_of = None, None
            self.told.clear()
            if run is not None:
                self.name.setText(run.name)
                self.description.clear()
            self._show_points(())
        self._show_buttons()
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_dots"):
            self._take_colours()

    def stop(self) -> None:
        """Ends a measurement."""
        self._cancel.cancel()

    def _ask(self) -> None:
        run = self._run
        if run is not None and self.isVisible() and self._read_of != run.folder:
            self._read_of = run.folder
            self._model.run_in_background("dial", lambda: dial(run.folder), self._show_points)

    def _measure(self) -> None:
        run = self._run
        if run is None:
            return
        if self.busy.isVisible():
            self._cancel.cancel()
            return
        token = self._cancel = CancelToken()
        images, threads = self.images.value, run.settings.threads
        self.busy.setVisible(True)
        self.measure.setText(self.tr("Cancel"))

        def work() -> tuple[DialPoint, ...] | None:
            try:
                return measure(run.folder, images=images, threads=threads, cancel=token)
            except Cancelled:
                return None
            finally:
                self._model.post(lambda: self._measured(token))

        self._model.run_long("sweep", work, lambda points: None if points is None else self._show_points(points))

    def _measured(self, token: CancelToken) -> None:
        if token is self._cancel:
            self.busy.setVisible(False)
            self.measure.setText(self.tr("Measure over ρ"))

    def _show_points(self, points: tuple[DialPoint, ...]) -> None:
        self._points, self._chosen = points, None
        self.busy.setVisible(self.busy.isVisible() and not points)
        self.table.setRowCount(len(points))
        for row, point in enumerate(points):
            shares = " / ".join(f"{100 * share:.0f}" for share in point.shares)
            texts = (f"{point.rho:g}", f"{point.mean_iou:.1f}", f"{point.milliseconds:.0f}", shares)
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.budget.setVisible(bool(points))
        if points:
            self.time.set_value(math.ceil(max(point.milliseconds for point in points)))
            self.score.set_value(math.floor(max(point.mean_iou for point in points)))
        self.lesson.setVisible(not points)
        self.plot.setVisible(bool(points))
        self.table.setVisible(bool(points))
        self._show_chosen()

    def _choose(self, point: DialPoint | None) -> None:
        if point is None:
            self.told.setText(self.tr("No ρ that was measured keeps this budget."))
            return
        self.told.clear()
        # What was published had another default.
        self._chosen, self._published = point, None
        self._show_chosen()
        self._show_buttons()

    def _show_chosen(self) -> None:
        point = self._chosen
        if point is None:
            self.rho.setText(self.tr("as validated"))
        else:
            told = self.tr("{rho}: {score} % mIoU in {time} ms")
            self.rho.setText(
                told.format(rho=f"{point.rho:g}", score=f"{point.mean_iou:.1f}", time=f"{point.milliseconds:.0f}")
            )
        order = sorted(self._points, key=lambda p: p.milliseconds)
        x = np.array([p.milliseconds for p in order])
        y = np.array([p.mean_iou for p in order])
        self._line.setData(x, y)
        accent, quiet = self.palette().color(QPalette.ColorRole.Accent), self.palette().color(QPalette.ColorRole.Mid)
        self._dots.setData(
            [
                {"pos": (p.milliseconds, p.mean_iou), "data": p, "brush": accent if p is point else quiet,
                 "size": 13 if p is point else 9}
                for p in self._points
            ]
        )  # fmt: skip
        self.table.blockSignals(True)
        if point is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(self._points.index(point))
        self.table.blockSignals(False)

    def _row_chosen(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        if len(rows) == 1:
            self._choose(self._points[rows.pop()])

    def _dot_clicked(self, _item: Any, dots: Any, *_more: Any) -> None:
        if len(dots):
            self._choose(dots[0].data())

    def _publish(self) -> None:
        run = self._run
        if run is None:
            return
        name, title, licence = self.name.text().strip() or run.name, self.description.text(), self.licence.text()
        rho = None if self._chosen is None else self._chosen.rho
        self.publish.setEnabled(False)
        self.told.setText(self.tr("writing"))

        def work() -> Path:
            try:
                return publish(run.folder, name=name, title=title.strip(), rho=rho, licence=licence.strip())
            except BaseException:
                self._model.post(self._failed)
                raise

        self._model.run_in_background("publish", work, self._take_published)

    def _failed(self) -> None:
        self.told.clear()
        self._show_buttons()

    def _take_published(self, path: Path) -> None:
        self._published = path
        self.told.setText(self.tr("Published with its card: {path}").format(path=path))
        self._show_buttons()
        self._model.published.emit(path)

    def _use(self) -> None:
        if self._published is not None:
            self._model.openModel.emit(self._published)

    def _show_buttons(self) -> None:
        run = self._run
        self.publish.setEnabled(run is not None and run.data.best == run.data.best)
        set_primary(self.publish, self.publish.isEnabled() and self._published is None)
        self.use.setEnabled(self._published is not None)
        set_primary(self.use, self._published is not None)
        self.measure.setEnabled(run is not None and run.data.best == run.data.best)

    def _take_colours(self) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        self.plot.setBackground(palette.color(role.Base))
        for side in ("left", "bottom"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(palette.color(role.Mid)))
            axis.setTextPen(palette.color(role.PlaceholderText))
        self._line.setPen(pg.mkPen(palette.color(role.PlaceholderText), width=1))
        self._show_chosen()
