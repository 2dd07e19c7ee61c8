"""The list of runs: state, progress, best score; filter above, what can be added below."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.services.training_runs import Run
from app.shell.fonts import sized
from app.shell.icons import icon, paint_glyph
from app.training.model import TrainingModel
from app.training.run_list import RUN_ROLE, Index, RunFilter, RunList
from app.training.words import duration, percent, state_glyph, state_text
from engine.jobs.run_state import RunState

_ROW = 56


class _RunDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(160, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        run = index.data(RUN_ROLE)
        if not isinstance(run, Run):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = option.palette, QPalette.ColorRole
        rect: QRect = option.rect
        box = QRectF(rect).adjusted(6, 2, -6, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Highlight))
            painter.drawRoundedRect(box, 6, 6)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Midlight))
            painter.drawRoundedRect(box, 6, 6)
        quiet = palette.color(role.PlaceholderText)
        live = run.state in (RunState.RUNNING, RunState.STARTING)
        paint_glyph(
            painter,
            QRectF(box.left() + 8, box.top() + 8, 16, 16),
            state_glyph(run.state),
            palette.color(role.Accent) if live else quiet,
        )
        left, right = int(box.left()) + 32, int(box.right()) - 8
        font = sized(option.font, 1.0)
        painter.setFont(font)
        score = percent(run.data.best) if run.data.best == run.data.best else ""
        room = QFontMetrics(font).horizontalAdvance(score) + 8 if score else 0
        painter.setPen(palette.color(role.Text))
        name = QFontMetrics(font).elidedText(run.name, Qt.TextElideMode.ElideMiddle, right - left - room)
        top = QRect(left, int(box.top()) + 5, right - left, 20)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, score)
        small = sized(option.font, 0.88)
        painter.setFont(small)
        painter.setPen(quiet)
        told = QFontMetrics(small).elidedText(_line(run), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(
            QRect(left, int(box.top()) + 25, right - left, 16),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            told,
        )
        if run.data.iterations and run.state is not RunState.FINISHED:
            bar = QRectF(left, box.bottom() - 7, right - left, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Mid))
            painter.drawRoundedRect(bar, 1.5, 1.5)
            bar.setWidth(bar.width() * min(1.0, run.data.step / run.data.iterations))
            painter.setBrush(palette.color(role.Accent) if live else quiet)
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()


def _line(run: Run) -> str:
    parts = [state_text(run)]
    if run.data.iterations and run.state is not RunState.FINISHED:
        parts.append(f"{run.data.step:,} / {run.data.iterations:,}".replace(",", "\u202f"))
    if run.state is RunState.RUNNING:
        parts.append(duration(run.data.eta_seconds))
    parts += [f"#{tag}" for tag in run.remarks.tags]
    return " · ".join(parts)


class RunsPanel(QWidget):
    """Signals: newAsked() - set up a job; openAsked() - show a run's folder; menuAsked(QPoint) - global position."""

    newAsked = Signal()
    openAsked = Signal()
    menuAsked = Signal(QPoint)
    chosen = Signal()

    def __init__(self, model: TrainingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._list = RunList(self)
        self._filter = RunFilter(self._list, self)
        self.new = QPushButton(icon("plus"), self.tr("New training"), self)
        self.new.setToolTip(self.tr("Set up a training job"))
        self.new.clicked.connect(self.newAsked)
        self.open = QToolButton(self)
        self.open.setIcon(icon("folder-plus-outline"))
        self.open.setToolTip(self.tr("Show a run made elsewhere, or a folder with runs"))
        self.open.setAccessibleName(self.tr("Show a run made elsewhere"))
        self.open.clicked.connect(self.openAsked)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Filter: name, state, #tag"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.search.textChanged.connect(self._filter.set_text)
        self.view = QListView(self)
        self.view.setAccessibleName(self.tr("Runs"))
        self.view.setModel(self._filter)
        self.view.setItemDelegate(_RunDelegate(self.view))
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(
            lambda place: self.menuAsked.emit(self.view.viewport().mapToGlobal(place))
        )
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.new, 1)
        top.addWidget(self.open)
        head = QVBoxLayout()
        head.setContentsMargins(12, 8, 12, 6)
        head.setSpacing(8)
        head.addLayout(top)
        head.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self._quiet = False
        self.view.selectionModel().selectionChanged.connect(self._tell_selection)
        self.view.clicked.connect(lambda _index: self.chosen.emit())
        model.runsChanged.connect(self._take)
        model.selectionChanged.connect(self._show_selection)
        self._take(model.runs)

    def _take(self, runs: tuple[Run, ...]) -> None:
        self._list.take(runs)
        self._show_selection(self._model.selection)

    def _tell_selection(self) -> None:
        if not self._quiet:
            runs = [index.data(RUN_ROLE) for index in self.view.selectionModel().selectedIndexes()]
            self._model.select([run.folder for run in runs])

    def _show_selection(self, selected: tuple[Run, ...]) -> None:
        wanted = {self._list.row_of(run.folder) for run in selected}
        now = {self._filter.mapToSource(i).row() for i in self.view.selectionModel().selectedIndexes()}
        if wanted == now:
            return
        selection = QItemSelection()
        last = QModelIndex()
        for row in wanted:
            index = self._filter.mapFromSource(self._list.index(row))
            if index.isValid():
                selection.select(index, index)
                last = index
        self._quiet = True
        self.view.selectionModel().select(selection, self.view.selectionModel().SelectionFlag.ClearAndSelect)
        if last.isValid():
            self.view.selectionModel().setCurrentIndex(last, self.view.selectionModel().SelectionFlag.NoUpdate)
        self._quiet = False
