"""The project's classes: the one in the hand, keys, locks, and how much of the photo each has."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from app.label.model import LabelModel
from app.label.tool_state import ToolSettings
from app.label.views import ProjectClass, ProjectView
from app.panels.pattern_chip import pattern_image
from app.panels.stage_rows import shown_share
from app.shell.fonts import figures, sized
from app.shell.icons import paint_glyph
from engine.labels.statistics import label_statistics

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROW = 27
_LOCK_WIDTH = 26


class _Classes(QAbstractListModel):
    LockedRole = Qt.ItemDataRole.UserRole + 1
    ShareRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[ProjectClass, ...] = ()
        self.locked: frozenset[int] = frozenset()
        self.shares: dict[int, float] = {}

    def take(self, classes: tuple[ProjectClass, ...]) -> None:
        self.beginResetModel()
        self.classes = classes
        self.endResetModel()

    def refresh(self) -> None:
        if self.classes:
            self.dataChanged.emit(self.index(0), self.index(len(self.classes) - 1))

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.classes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self.classes):
            return None
        one = self.classes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return one.name
            case Qt.ItemDataRole.UserRole:
                return one
            case self.LockedRole:
                return one.id in self.locked
            case self.ShareRole:
                return self.shares.get(one.id, 0.0)
            case _:
                return None


class _Delegate(QStyledItemDelegate):
    patterns = False

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(160, max(_ROW, QFontMetrics(option.font).height() + 9))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        one: ProjectClass = index.data(Qt.ItemDataRole.UserRole)
        locked, share = bool(index.data(_Classes.LockedRole)), float(index.data(_Classes.ShareRole))
        palette: QPalette = option.palette
        role = QPalette.ColorRole
        rect = QRectF(option.rect)
        state = option.state
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected or hovered:
            selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setBrush(palette.color(role.Highlight if selected else role.Midlight))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        chip = QRectF(rect.left() + 8, rect.center().y() - 7, 14, 14)
        painter.setBrush(QColor(*one.colour))
        painter.setPen(QPen(palette.color(role.Light), 1))
        painter.drawRoundedRect(chip, 4, 4)
        if self.patterns:
            painter.drawImage(chip.adjusted(1, 1, -1, -1), pattern_image(one.id, tuple(one.colour)))
        left = rect.left() + 30
        small = figures(sized(option.font, 0.86))
        key_width = 16.0
        if one.key:
            painter.setFont(small)
            painter.setPen(palette.color(role.PlaceholderText))
            painter.drawText(QRectF(left, rect.top(), key_width, rect.height()), Qt.AlignmentFlag.AlignVCenter, one.key)
        left += key_width
        lock = QRectF(rect.right() - _LOCK_WIDTH + 4, rect.center().y() - 8, 16, 16)
        if locked or hovered:
            colour = palette.color(role.Accent if locked else role.PlaceholderText)
            paint_glyph(painter, lock, "lock" if locked else "lock-open-variant-outline", colour)
        text = shown_share(share) if share else ""
        right = rect.right() - _LOCK_WIDTH
        width = QFontMetrics(small).horizontalAdvance("100.0 %")
        painter.setFont(small)
        painter.setPen(palette.color(role.PlaceholderText))
        painter.drawText(
            QRectF(right - width, rect.top(), width, rect.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            text,
        )
        painter.setFont(option.font)
        painter.setPen(palette.color(role.Text))
        room = max(10.0, right - width - 6 - left)
        name = QFontMetrics(option.font).elidedText(one.name, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(left, rect.top(), room, rect.height()), Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


class ClassPicker(QListView):
    """A click takes a class in the hand; a click on its lock keeps its pixels from being painted over."""

    def __init__(self, model: LabelModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classPicker")
        self.setAccessibleName(self.tr("Classes"))
        self._model = model
        self._classes = _Classes(self)
        self.setModel(self._classes)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(4 * _ROW)
        model.project.changed.connect(self._take_project)
        model.tools.changed.connect(self._take_settings)
        model.photoChanged.connect(lambda _photo: self._count())
        model.editing.stepped.connect(lambda _area: self._count())
        self._take_project(model.view)

    def show_patterns(self, patterns: bool) -> None:
        """The chips carry the patterns that the canvas shows."""
        self._delegate.patterns = patterns
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return
        one: ProjectClass = index.data(Qt.ItemDataRole.UserRole)
        if event.position().x() > self.viewport().width() - _LOCK_WIDTH:
            self._model.tools.toggle_lock(one.id)
        else:
            self._model.tools.choose_label(one.id)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            place = self.viewport().mapFromGlobal(self.cursor().pos())
            index = self.indexAt(place)
            if index.isValid():
                lock = place.x() > self.viewport().width() - _LOCK_WIDTH
                text = self.tr("Keep the pixels of this class as they are") if lock else str(index.data())
                QToolTip.showText(self.cursor().pos(), text, self)
                return True
        return super().viewportEvent(event)

    def _take_project(self, view: ProjectView | None) -> None:
        self._classes.take(() if view is None else view.classes)
        self._take_settings(self._model.tools.settings)

    def _take_settings(self, settings: ToolSettings) -> None:
        self._classes.locked = settings.locked
        self._classes.refresh()
        for row, one in enumerate(self._classes.classes):
            if one.id == settings.label:
                index = self._classes.index(row)
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return
        self.clearSelection()

    def _count(self) -> None:
        document = self._model.document
        if document is None:
            self._classes.shares = {}
            self._classes.refresh()
            return
        labels, provenance = document.labels, document.provenance

        def put(shares: dict[int, float]) -> None:
            self._classes.shares = shares
            self._classes.refresh()

        self._model.background.run(
            "label.shares",
            lambda: {
                label: count / labels.size for label, count in label_statistics(labels, provenance).by_class.items()
            },
            put,
        )
