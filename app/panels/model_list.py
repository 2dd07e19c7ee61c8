"""The models of the library under the names of their architectures, with what one can do with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.library.library import Library
from app.panels.current_row import mark_current
from app.services.model_library import CatalogueEntry
from app.shell.fonts import sized
from app.shell.icons import paint_glyph

_Index = QModelIndex | QPersistentModelIndex
_ROW, _HEADING = 34, 40
_EntryRole: Final = Qt.ItemDataRole.UserRole
_OWN: Final = "own"


@dataclass(frozen=True)
class _Row:
    """A heading where there is no entry; `text` is what is read out."""

    text: str
    entry: CatalogueEntry | None


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def set_rows(self, rows: Sequence[_Row]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row_of(self, entry: CatalogueEntry | None) -> int:
        """-1 where it is not shown."""
        return next((n for n, row in enumerate(self._rows) if row.entry is not None and row.entry == entry), -1)

    def entry(self, index: _Index) -> CatalogueEntry | None:
        return self._rows[index.row()].entry if index.isValid() else None

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == _EntryRole:
            return row.entry
        if role == Qt.ItemDataRole.ToolTipRole and row.entry is not None:
            return "\n".join(text for text in (row.entry.label, row.entry.title, row.entry.source) if text)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if self._rows[index.row()].entry is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, _HEADING if index.data(_EntryRole) is None else _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette, role = option.palette, QPalette.ColorRole
        entry: CatalogueEntry | None = index.data(_EntryRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry is None:
            painter.setFont(sized(option.font, 0.92, bold=True))
            painter.setPen(palette.color(role.PlaceholderText))
            place = QRectF(option.rect).adjusted(16, 0, -12, -6)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, str(index.data()))
            painter.restore()
            return
        rect = QRectF(option.rect).adjusted(6, 1, -6, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(palette.color(role.Highlight if selected else role.Midlight))
            painter.drawRoundedRect(rect, 6, 6)
        room = rect.adjusted(12, 0, -10, 0)
        small = sized(option.font, 0.9)
        words = self._state_words(entry)
        width = QFontMetrics(small).horizontalAdvance(words) + 22
        metrics = QFontMetrics(option.font)
        name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, int(room.width() - width - 8))
        painter.setFont(option.font)
        painter.setPen(palette.color(role.Text if entry.usable or selected else role.PlaceholderText))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, name)
        colour = palette.color(role.Accent if entry.usable else role.PlaceholderText)
        glyph = QRectF(room.right() - width, room.center().y() - 7, 14, 14)
        paint_glyph(painter, glyph, "check-circle-outline" if entry.usable else "tray-arrow-down", colour)
        painter.setFont(small)
        painter.setPen(palette.color(role.PlaceholderText))
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, words)
        painter.restore()

    def _state_words(self, entry: CatalogueEntry) -> str:
        return {
            "bundled": self.tr("comes along"),
            "imported": self.tr("imported"),
            "own": self.tr("your own"),
            "absent": self.tr("needs weights"),
        }[entry.state]


class ModelList(QWidget):
    """Search field, switch and list; the selection is the library's, whoever changes it."""

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelList")
        self._library = library
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Find a model"))
        self.search.setAccessibleName(self.tr("Find a model"))
        self.search.setClearButtonEnabled(True)
        # A file dropped here is meant for the workspace.
        self.search.setAcceptDrops(False)
        self.usable = QCheckBox(self.tr("Only those with weights"), self)
        self.view = QListView(self)
        self.view.setAccessibleName(self.tr("Models"))
        self._rows = _Rows(self.view)
        self.view.setModel(self._rows)
        self.view.setItemDelegate(_Delegate(self.view))
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.verticalScrollBar().setSingleStep(_ROW)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        head = QVBoxLayout()
        head.setContentsMargins(12, 0, 12, 0)
        head.setSpacing(6)
        head.addWidget(self.search)
        head.addWidget(self.usable)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self.search.textChanged.connect(self._fill)
        self.usable.toggled.connect(self._fill)
        self.view.selectionModel().currentChanged.connect(self._choose)
        library.entriesChanged.connect(self._fill)
        library.selectionChanged.connect(self._follow)
        self._fill()

    def sizeHint(self) -> QSize:
        return QSize(312, 600)

    def shown(self) -> list[str]:
        """Labels of the rows, headings left out."""
        entries = (self._rows.entry(self._rows.index(n)) for n in range(self._rows.rowCount()))
        return [entry.label for entry in entries if entry is not None]

    def _fill(self) -> None:
        words = self.search.text().casefold().split()
        rows: list[_Row] = []
        group = ""
        for entry in self._library.entries:
            about = f"{entry.label} {entry.title} {entry.source}".casefold()
            if (self.usable.isChecked() and not entry.usable) or not all(word in about for word in words):
                continue
            name, _, variant = entry.label.partition(":")
            heading = self.tr("Your own models") if entry.state == _OWN else name
            if heading != group:
                group = heading
                rows.append(_Row(heading, None))
            rows.append(_Row(variant or entry.label, entry))
        self._rows.set_rows(rows)
        self._follow(self._library.selected)

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        entry = self._rows.entry(current)
        if entry is not None:
            self._library.select(entry)

    def _follow(self, entry: CatalogueEntry | None) -> None:
        row = self._rows.row_of(entry)
        mark_current(self.view, self._rows.index(row, 0) if row >= 0 else QModelIndex())
