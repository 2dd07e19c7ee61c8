"""All plots of the selected runs: one smoothing, one crosshair, one span of steps for all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.segmented import Choice, SegmentedControl
from app.services.training_runs import Run
from app.shell.icons import icon
from app.training.lines import PLOTS, Line, Look, csv_text, extent_of, has_lines, lines_of
from app.training.model import TrainingModel
from app.training.widgets.plot import Plot
from engine.data.atomic_file import write_bytes
from engine.errors import RhoscopeError

_WIDTHS = (1, 3, 5, 9, 15, 25, 51, 101, 201, 501, 1001, 2001, 5001)
_TWO_COLUMNS = 760
_AGAIN_MILLISECONDS = 120


class Curves(QWidget):
    """Draws what can be seen: lines are thinned in the background, those that have not changed are kept, and plots
    that are scrolled out of sight wait until they come into it. So long runs cost no more than short ones."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._runs: tuple[Run, ...] = ()
        # The part of x that a person chose; None follows the runs.
        self._span: tuple[float, float] | None = None
        self._placed: tuple[int, list[Plot]] = (0, [])
        # Plots that show something older than what is selected now.
        self._stale: set[Plot] = set()
        self.smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self.smoothing.setRange(0, len(_WIDTHS) - 1)
        self.smoothing.setValue(3)
        self.smoothing.setFixedWidth(120)
        self.smoothing.setAccessibleName(self.tr("Smoothing"))
        self._width_text = QLabel(self)
        self._width_text.setMinimumWidth(84)
        self.log = QCheckBox(self.tr("Log axes"), self)
        self.log.setToolTip(self.tr("Loss, learning rate, speed and gradient norm on a logarithmic axis"))
        self.axis = SegmentedControl(
            [Choice("steps", self.tr("Steps")), Choice("hours", self.tr("Hours"))], name=self.tr("Horizontal axis")
        )
        self.axis.setFixedWidth(140)
        fit = QToolButton(self)
        fit.setIcon(icon("fit-to-page-outline"))
        fit.setToolTip(self.tr("Show everything. Drag a plot to move it, Ctrl and the wheel zoom."))
        fit.setAccessibleName(self.tr("Show everything"))
        fit.clicked.connect(self.fit)
        self.export = QToolButton(self)
        self.export.setIcon(icon("export-variant"))
        self.export.setToolTip(self.tr("Export the plots"))
        self.export.setAccessibleName(self.tr("Export the plots"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export)
        for suffix, text in (("png", self.tr("As PNG pictures…")), ("svg", self.tr("As SVG drawings…"))):
            menu.addAction(text, lambda suffix=suffix: self._ask_export(suffix))  # type: ignore[misc]
        menu.addAction(self.tr("All points as CSV…"), lambda: self._ask_export("csv"))
        self.export.setMenu(menu)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 8, 14, 4)
        bar.setSpacing(10)
        bar.addWidget(QLabel(self.tr("Smoothing"), self))
        bar.addWidget(self.smoothing)
        bar.addWidget(self._width_text)
        bar.addWidget(self.log)
        bar.addStretch(1)
        bar.addWidget(self.axis)
        bar.addWidget(fit)
        bar.addWidget(self.export)
        self.plots: list[Plot] = []
        self._unmade = list(PLOTS)
        body = QWidget(self)
        body.setObjectName("panelBody")
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(14, 4, 14, 14)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(14)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(body)

        self.hint = QLabel(self.tr("The curves begin with the first steps."), self)
        self.hint.setProperty("quiet", True)
        self.hint.setIndent(14)
        self.hint.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.hint)
        column.addWidget(self._scroll, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_AGAIN_MILLISECONDS)
        self._later.timeout.connect(self._refresh)
        self.smoothing.valueChanged.connect(self._ask)
        self.log.toggled.connect(self._take_log)
        self.axis.chosen.connect(self._take_axis)
        self._tell_width()
        # A plot takes a while to make: one a turn of the event loop.
        self._maker = QTimer(self)
        self._maker.setInterval(0)
        self._maker.timeout.connect(self._make_plot)
        self._maker.start()

    @property
    def complete(self) -> bool:
        """All plots have been made."""
        return not self._unmade

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        others = [run.folder for run in runs] != [run.folder for run in self._runs]
        self._runs = runs
        if others:
            self._span = None
        self._ask()

    def fit(self) -> None:
        """Shows all points, and those to come."""
        self._span = None
        self._ask()

    def export_to(self, folder: Path, suffix: str) -> list[Path]:
        """Writes each plot that is shown into a folder; png, svg or csv. Returns the files; raises OutputError."""
        written = []
        for plot in self.plots:
            if not plot.isVisibleTo(self):
                continue
            if plot in self._stale:
                # It has not been in sight; a picture of it is asked for all the same.
                self._stale.discard(plot)
                self._draw(plot, lines_of(plot.kind, self._runs, self.look), self._runs, self.look)
            path = folder / f"{plot.kind.key}.{suffix}"
            if suffix == "csv":
                write_bytes(path, csv_text(plot.kind, self._runs).encode())
            elif suffix == "svg":
                write_bytes(path, plot.drawing())
            else:
                write_bytes(path, plot.picture())
            written.append(path)
        return written

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    @property
    def look(self) -> Look:
        return Look(hours=self.axis.value == "hours", width=_WIDTHS[self.smoothing.value()], span=self._span)

    def _make_plot(self) -> None:
        plot = Plot(self._unmade.pop(0), self)
        plot.hovered.connect(self._point)
        plot.spanTaken.connect(self._take_span)
        plot.painted.connect(lambda: self._look_at(plot))
        plot.setVisible(False)
        plot.set_log(self.log.isChecked())
        self.plots.append(plot)
        if not self._unmade:
            self._maker.stop()
            self._ask()

    def _ask(self) -> None:
        """What is selected, or how it is wanted, has changed."""
        self._tell_width()
        self._stale = set(self.plots)
        self._draw_later()

    def _look_at(self, plot: Plot) -> None:
        """It is being painted: whatever brought it into sight, it must show what is selected."""
        if plot in self._stale:
            self._draw_later()

    def _draw_later(self) -> None:
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def _refresh(self) -> None:
        if not self.isVisible() or not self.complete:
            return
        runs, look = self._runs, self.look
        self._place()
        for plot in [plot for plot in self.plots if plot in self._stale and _in_sight(plot)]:
            self._stale.discard(plot)
            known = plot.lines if plot.shows(runs, look) else ()
            # One key a plot: what is asked for twice is drawn once, and each plot in a turn of its own.
            self._model.run_in_background(
                f"curves {plot.kind.key}",
                lambda plot=plot, known=known: lines_of(plot.kind, runs, look, known=known),  # type: ignore[misc]
                lambda lines, plot=plot: self._draw(plot, lines, runs, look),  # type: ignore[misc]
            )

    def _draw(self, plot: Plot, lines: list[Line], runs: tuple[Run, ...], look: Look) -> None:
        extent = None if self._span is not None else extent_of(runs, look)
        if extent is not None:
            # This plot alone: were all moved whenever one is drawn, all would be painted in one turn, again and again.
            margin = 0.015 * (extent[1] - extent[0])
            plot.set_span(extent[0] - margin, extent[1] + margin)
        plot.show_lines(lines, look, runs)

    def _take_span(self, low: float, high: float) -> None:
        self._span = (low, high)
        for plot in self.plots:
            if plot is not self.sender():
                plot.set_span(low, high)
        self._ask()

    def _point(self, x: float | None) -> None:
        for plot in self.plots:
            # A plot that is scrolled out of sight is left alone until the pointer is gone.
            if x is None or _in_sight(plot):
                plot.point_at(x)

    def _take_log(self, on: bool) -> None:
        for plot in self.plots:
            plot.set_log(on)
        self._ask()

    def _take_axis(self, _value: str) -> None:
        self.fit()

    def _tell_width(self) -> None:
        width = _WIDTHS[self.smoothing.value()]
        self._width_text.setText(self.tr("off") if width == 1 else self.tr("{n} points").format(n=width))

    def _place(self) -> None:
        """Puts the plots that have lines into the grid, without gaps."""
        columns = 2 if self.width() >= _TWO_COLUMNS else 1
        filled = [plot for plot in self.plots if has_lines(plot.kind, self._runs)]
        if (columns, filled) == self._placed:
            return
        self._placed = (columns, filled)
        for plot in self.plots:
            self._grid.removeWidget(plot)
            plot.setVisible(plot in filled)
        for number, plot in enumerate(filled):
            self._grid.addWidget(plot, number // columns, number % columns, Qt.AlignmentFlag.AlignTop)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._grid.setRowStretch(len(self.plots), 1)
        self.hint.setVisible(not filled and self.complete)

    def _ask_export(self, suffix: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Export the plots into a folder"))
        if folder:
            try:
                self.export_to(Path(folder), suffix)
            except RhoscopeError as error:
                self._model.report_error(error)


def _in_sight(plot: Plot) -> bool:
    """Some of it is on the screen, not scrolled away."""
    return not plot.visibleRegion().isEmpty()
