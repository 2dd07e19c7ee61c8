"""Tables and figures of the selected runs, as the layer-cascade paper has them, beside its own values."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent, QTextFrameFormat, QTextTable
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.services.training_reports import ExportKind, ReportSection
from app.services.training_runs import Run
from app.shell.icons import icon
from app.training.model import TrainingModel
from app.training.widgets.parts import NumberField, set_primary

_IMAGES = 40
_LIST_WIDTH = 250


class _Figure(QWidget):
    """A picture as wide as there is room, never wider than it is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def empty(self) -> bool:
        return self._image.isNull()

    def show_image(self, image: QImage, name: str) -> None:
        self._image = image
        self.setAccessibleName(name)
        self.setVisible(not image.isNull())
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._size()
        painter.drawImage(0, 0, self._image.scaled(*size, mode=Qt.TransformationMode.SmoothTransformation))
        painter.end()

    def _size(self) -> tuple[int, int]:
        width = min(self.width(), self._image.width())
        return width, max(1, round(width * self._image.height() / max(1, self._image.width())))

    def _fit(self) -> None:
        if not self._image.isNull():
            self.setFixedHeight(self._size()[1])


class ReportView(QWidget):
    """Measures, makes and shows; every published value carries that word."""

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._report = model.report
        self._shown: object = None
        self.compare = QCheckBox(self.tr("Beside published values"), self)
        self.make = QPushButton(self.tr("Make the report"), self)
        self.make.setToolTip(self.tr("Tables and figures of what has been measured of the selected runs"))
        self.make.clicked.connect(lambda: self._report.make(compare=self.compare.isChecked()))
        self.measure = QPushButton(icon("timer-outline"), self.tr("Measure the experiments"), self)
        self.measure.setToolTip(
            self.tr(
                "Easy, moderate and hard pixels, classes by stage, accuracy and time by ρ: one pass over validation "
                "images for each selected run, kept in the run's folder"
            )
        )
        self.measure.clicked.connect(self._measure)
        self.images = NumberField(0, 100_000, parent=self)
        self.images.set_value(_IMAGES)
        self.images.setFixedWidth(70)
        self.images.setToolTip(self.tr("Validation images to measure on; 0 = all"))
        self.images.setAccessibleName(self.images.toolTip())
        self.compare.setChecked(True)
        self.compare.setToolTip(self.tr("Those of the layer-cascade paper, each marked as published"))
        self.compare.toggled.connect(self._make_again)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.clicked.connect(self._report.cancel)
        self.export = QPushButton(icon("export-variant"), self.tr("Export"), self)
        menu = QMenu(self.export)
        kinds: tuple[tuple[ExportKind, str], ...] = (
            ("markdown", self.tr("Markdown with figures…")),
            ("png", self.tr("Figures as PNG…")),
            ("svg", self.tr("Figures as SVG…")),
            ("csv", self.tr("Tables as CSV…")),
        )
        for kind, text in kinds:
            menu.addAction(text, lambda kind=kind: self._ask_export(kind))  # type: ignore[misc]
        self.export.setMenu(menu)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 8, 14, 4)
        bar.setSpacing(8)
        for widget in (
            self.make, self.measure, QLabel(self.tr("on"), self), self.images, QLabel(self.tr("images"), self),
            self.compare,
        ):  # fmt: skip
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.cancel)
        bar.addWidget(self.export)
        self.busy = QProgressBar(self)
        self.busy.setTextVisible(False)
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setContentsMargins(14, 0, 14, 0)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sections = QListWidget(self)
        self.sections.setAccessibleName(self.tr("Parts of the report"))
        self.sections.setWordWrap(True)
        self.sections.setSpacing(3)
        self.sections.setAcceptDrops(False)
        self.sections.currentRowChanged.connect(self._show_section)
        self.figure = _Figure(self)
        self.text = QTextBrowser(self)
        self.text.setAccessibleName(self.tr("Tables"))
        self.text.setOpenLinks(False)
        self.text.setAcceptDrops(False)
        self.text.viewport().setAcceptDrops(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side = QWidget(self)
        side.setObjectName("panelBody")
        column = QVBoxLayout(side)
        column.setContentsMargins(14, 10, 14, 14)
        column.setSpacing(10)
        column.addWidget(self.figure)
        column.addWidget(self.text)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(side)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.addWidget(self.sections)
        self.split.addWidget(area)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([_LIST_WIDTH, 700])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(bar)
        whole.addWidget(self.busy)
        whole.addWidget(self.told)
        whole.addWidget(self.split, 1)
        self._room = QWidget(self)
        whole.addWidget(self._room, 1)
        self._report.changed.connect(self._show)
        self._report.progressed.connect(self._show_progress)
        self._report.exported.connect(self._tell_export)
        self._show()

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        self._report.show_runs(runs)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_text()

    def _measure(self) -> None:
        self._report.measure(images=self.images.value, compare=self.compare.isChecked())

    def _make_again(self, _on: bool) -> None:
        if self._report.report is not None:
            self._report.make(compare=self.compare.isChecked())

    def _show(self) -> None:
        state = self._report
        report = state.report
        self.make.setEnabled(bool(state.runs) and not state.busy)
        self.measure.setEnabled(bool(state.measurable) and not state.busy)
        set_primary(self.make, report is None and not state.busy)
        self.cancel.setVisible(state.busy)
        self.busy.setVisible(state.busy)
        self.export.setEnabled(report is not None and not state.busy)
        self.split.setVisible(report is not None)
        self._room.setVisible(report is None)
        if not state.measuring:
            self.busy.setRange(0, 0)
        if state.problem:
            self.told.setText(state.problem)
        elif state.making:
            self.told.setText(self.tr("making tables and figures"))
        elif state.measuring:
            self.told.setText(self.tr("loading the model"))
        elif report is None:
            self.told.setText(
                self.tr(
                    "The paper's tables and figures from these runs: training curves at once; once the experiments "
                    "have been measured also easy, moderate and hard pixels, accuracy and time by ρ, IoU by class and "
                    "classes by stage."
                )
            )
        else:
            lacks = self.tr("Not in it: {what}.").format(what="; ".join(report.missing)) if report.missing else ""
            marked = self.tr("Values marked “published” are the paper's, not measured here.")
            self.told.setText(" ".join(text for text in (marked if self.compare.isChecked() else "", lacks) if text))
        if report is not self._shown:
            self._shown = report
            row = self.sections.currentRow()
            self.sections.blockSignals(True)
            self.sections.clear()
            for section in report.sections if report is not None else ():
                self.sections.addItem(section.title)
            self.sections.blockSignals(False)
            if report is not None:
                first = next((n for n, section in enumerate(report.sections) if section.figure is not None), 0)
                self.sections.setCurrentRow(row if 0 <= row < len(report.sections) else first)

    def _show_progress(self, run: Run, done: int, total: int) -> None:
        if self._report.measuring:
            self.busy.setRange(0, total)
            self.busy.setValue(done)
            self.told.setText(self.tr("measuring {name}, {a} of {b} images").format(name=run.name, a=done, b=total))

    def _show_section(self, row: int) -> None:
        report = self._report.report
        if report is None or not 0 <= row < len(report.sections):
            return
        section = report.sections[row]
        self._show_text(section)
        if section.figure is None:
            self.figure.show_image(QImage(), "")
            return
        path = section.figure
        self._model.run_in_background(
            "report figure", lambda: QImage(str(path)), lambda image: self.figure.show_image(image, section.title)
        )

    def _show_text(self, section: ReportSection) -> None:
        self.text.setMarkdown(f"### {section.title}\n\n{section.text}")
        for frame in self.text.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                style = frame.format()
                style.setBorder(1)
                style.setBorderBrush(self.palette().mid())
                style.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                style.setBorderCollapse(True)
                style.setCellPadding(5)
                frame.setFormat(style)
        self._fit_text()

    def _fit_text(self) -> None:
        """As high as its text: figure and tables scroll together."""
        self.text.document().setTextWidth(self.text.viewport().width())
        self.text.setFixedHeight(round(self.text.document().size().height()) + 20)

    def _ask_export(self, kind: ExportKind) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Export the report into a folder"))
        if folder:
            self._report.export(Path(folder), kind)

    def _tell_export(self, count: int, folder: Path) -> None:
        self.told.setText(self.tr("{n} files written to {folder}").format(n=count, folder=folder))
