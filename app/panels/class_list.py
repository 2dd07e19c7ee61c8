"""The classes found in the photo, the largest first, each with its colour and its share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QListView, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.canvas.patterns import PERIOD
from app.explore.views import UInt8
from app.panels.pattern_chip import pattern_image
from app.panels.stage_rows import shown_share
from app.shell.fonts import figures
from engine.cascade.result import IGNORE

_Index = QModelIndex | QPersistentModelIndex
_ROW = 26
_ROOT = QModelIndex()


@dataclass(frozen=True)
class ClassShare:
    """label is the class id, share the fraction of the photo's pixels, colour its RGB."""

    label: int
    name: str
    share: float
    colour: tuple[int, int, int]


def class_shares(labels: UInt8, *, names: tuple[str, ...], palette: UInt8) -> tuple[ClassShare, ...]:
    """The classes in an H×W label map, largest first; 255 is left out. Takes milliseconds on large photos."""
    counts = np.bincount(labels.ravel(), minlength=256)
    return tuple(
        ClassShare(
            label=int(label),
            name=names[label] if label < len(names) else str(label),
            share=float(counts[label]) / labels.size,
            colour=(int(palette[label][0]), int(palette[label][1]), int(palette[label][2])),
        )
        for label in np.argsort(-counts, kind="stable")
        if counts[label] and label != IGNORE and label < len(palette)
    )


class _ClassModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[ClassShare, ...] = ()

    def take(self, rows: tuple[ClassShare, ...]) -> None:
        """Keeps the selection where the same classes stand in the same order: live numbers do not disturb it."""
        if [row.label for row in rows] == [row.label for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.name}, {shown_share(row.share)}"
        return None


class _ClassDelegate(QStyledItemDelegate):
    patterns = False

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(120, max(_ROW, QFontMetrics(option.font).height() + 8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: ClassShare = index.data(Qt.ItemDataRole.UserRole)
        palette: QPalette = option.palette
        rect = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        side = PERIOD + 2 if self.patterns else 11
        chip = QRectF(rect.left() + 7, rect.center().y() - side / 2, side, side)
        painter.setBrush(QColor(*row.colour))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Light), 1))
        painter.drawRoundedRect(chip, 3, 3)
        if self.patterns:
            painter.drawImage(chip.adjusted(1, 1, -1, -1), pattern_image(row.label, row.colour))
        font = figures(option.font)
        painter.setFont(font)
        share = shown_share(row.share)
        metrics = QFontMetrics(font)
        width = metrics.horizontalAdvance("100.0 %")
        name_room = rect.adjusted(27, 0, -width - 16, 0)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(name_room.width()))
        painter.drawText(name_room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(rect.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        painter.restore()


class ClassList(QListView):
    """Click a class to see it alone, click it again to see all.

    Signals: isolated(object) - class id, or None for all.
    """

    isolated = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classList")
        self.setAccessibleName(self.tr("Classes in the photo"))
        self._rows = _ClassModel(self)
        self.setModel(self._rows)
        self._delegate = _ClassDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.selectionModel().selectionChanged.connect(self._tell)

    @property
    def rows(self) -> tuple[ClassShare, ...]:
        return self._rows.rows

    def set_rows(self, rows: tuple[ClassShare, ...]) -> None:
        before = len(self._rows.rows)
        self._rows.take(rows)
        if len(rows) != before:
            self.updateGeometry()

    def show_patterns(self, patterns: bool) -> None:
        """The chips carry the patterns that the canvas shows."""
        self._delegate.patterns = patterns
        self.viewport().update()

    def set_isolated(self, label: int | None) -> None:
        """Shows which class is isolated."""
        for number, row in enumerate(self._rows.rows):
            if row.label == label:
                self.setCurrentIndex(self._rows.index(number))
                return
        self.clearSelection()

    def sizeHint(self) -> QSize:
        rows = self._rows.rowCount()
        height = self.sizeHintForRow(0) if rows else _ROW
        return QSize(200, rows * height + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.selectionModel().isSelected(index):
            self.clearSelection()
            return
        super().mousePressEvent(event)

    def _tell(self) -> None:
        chosen = self.selectedIndexes()
        self.isolated.emit(self._rows.rows[chosen[0].row()].label if chosen else None)
