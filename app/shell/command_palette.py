"""Ctrl+K: every action there is, found by a few of its letters and done with Enter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListView,
    QMainWindow,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.shell.actions import ActionRegistry, plain_text
from app.shell.fonts import sized
from app.shell.fuzzy import Match, ranked

_Index = QModelIndex | QPersistentModelIndex
_WIDTH: Final = 620
_ROW: Final = 34
_ROWS_SHOWN: Final = 11
_TOP: Final = 72  # below the window's edge
_RECENT_KEPT: Final = 8
_ENTRY: Final = int(Qt.ItemDataRole.UserRole) + 1
_MATCH: Final = int(Qt.ItemDataRole.UserRole) + 2


@dataclass(frozen=True, eq=False)
class Entry:
    """A line of the palette.

    Attributes:
        group: where it belongs, e.g. "View" or "View › Theme".
        text: what it does, without mnemonics.
        action: what Enter triggers.
        key: what it is remembered under.
    """

    group: str
    text: str
    action: QAction
    key: str

    @property
    def keys(self) -> tuple[str, ...]:
        native = QKeySequence.SequenceFormat.NativeText
        return tuple(keys.toString(native) for keys in self.action.shortcuts())

    @property
    def searched(self) -> str:
        """Its own words first, so that they count most."""
        return f"{self.text} {self.group}"


def entries_of(actions: ActionRegistry, window: QMainWindow) -> list[Entry]:
    """All registered actions of the shown workspace and of the whole window, and whatever else the menus offer just now
    (themes, models, recent files …).
    """
    found: dict[QAction, Entry] = {}
    for spec in actions.specs():
        action = actions[spec.id]
        if not action.isVisible():
            continue  # another workspace's
        found[action] = Entry(spec.group, plain_text(action.text()), action, spec.id)
    for path, action in _menu_actions(window):
        if action not in found:
            text = plain_text(action.text())
            found[action] = Entry(" › ".join(path), text, action, "/".join((*path, text)))
    return list(found.values())


def _menu_actions(window: QMainWindow) -> Iterator[tuple[tuple[str, ...], QAction]]:
    def below(menu: QMenu, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], QAction]]:
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                yield from below(inner, (*path, plain_text(action.text())))
            elif not action.isSeparator() and action.isVisible() and action.text():
                yield path, action

    for action in window.menuBar().actions():
        menu = action.menu()
        if isinstance(menu, QMenu) and action.isVisible():
            yield from below(menu, (plain_text(action.text()),))


class _Lines(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._lines: list[tuple[Entry, Match]] = []

    def put(self, lines: list[tuple[Entry, Match]]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry, match = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.action.toolTip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join((entry.text, entry.group, *entry.keys))
        return entry if role == _ENTRY else match if role == _MATCH else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable
        enabled = index.isValid() and self._lines[index.row()][0].action.isEnabled()
        return flags | Qt.ItemFlag.ItemIsEnabled if enabled else flags


class _LineDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry, match = index.data(_ENTRY), index.data(_MATCH)
        # Not the list's own: the style sheet makes its base transparent, which key caps must not be.
        palette = QGuiApplication.palette()
        role = QPalette.ColorRole
        enabled = entry.action.isEnabled()
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(6, 1, -6, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Highlight))
            painter.drawRoundedRect(box, 6, 6)
        line = box.adjusted(12, 0, -10, 0)
        if entry.action.isCheckable() and entry.action.isChecked():
            painter.setPen(palette.color(role.Accent))
            painter.drawText(QRectF(line.left() - 9, line.top(), 12, line.height()), Qt.AlignmentFlag.AlignVCenter, "✓")
        line.adjust(8, 0, 0, 0)
        right = self._keys(painter, line, entry.keys, option.font, palette)
        quiet = palette.color(group, role.Text) if not enabled else palette.color(role.PlaceholderText)
        small = sized(option.font, 0.92)
        label = entry.group
        width = QFontMetricsF(small).horizontalAdvance(label)
        painter.setFont(small)
        painter.setPen(quiet)
        painter.drawText(
            QRectF(right - width - 12, line.top(), width, line.height()), Qt.AlignmentFlag.AlignVCenter, label
        )
        self._words(
            painter,
            QRectF(line.left(), line.top(), right - width - 32 - line.left(), line.height()),
            entry.text,
            frozenset(match.places),
            font=option.font,
            plain=palette.color(group, role.Text),
            found=palette.color(role.Accent) if enabled else palette.color(group, role.Text),
        )
        painter.restore()

    @staticmethod
    def _keys(painter: QPainter, line: QRectF, keys: Sequence[str], font: QFont, palette: QPalette) -> float:
        """Key caps from the right; returns where they begin."""
        small = sized(font, 0.9)
        metrics = QFontMetricsF(small)
        right = line.right()
        painter.setFont(small)
        for key in reversed(keys):
            width = metrics.horizontalAdvance(key) + 12
            cap = QRectF(right - width, line.center().y() - metrics.height() / 2 - 2, width, metrics.height() + 4)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Light), 1))
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
            right -= width + 5
        return right

    @staticmethod
    def _words(
        painter: QPainter,
        room: QRectF,
        text: str,
        places: frozenset[int],
        *,
        font: QFont,
        plain: QColor,
        found: QColor,
    ) -> None:
        """The text with the letters that were typed in bold and in the accent colour."""
        bold = QFont(font)
        bold.setBold(True)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        left = room.left()
        for place, letter in enumerate(shown):
            hit = place in places
            painter.setFont(bold if hit else font)
            painter.setPen(found if hit else plain)
            width = QFontMetricsF(painter.font()).horizontalAdvance(letter)
            painter.drawText(QRectF(left, room.top(), width + 4, room.height()), Qt.AlignmentFlag.AlignVCenter, letter)
            left += width


class CommandPalette(QWidget):
    """A sheet over the window, gone with Esc, a click elsewhere, or the action chosen.

    Args:
        recent: keys of the entries that were used last, latest first; they stand on top while nothing is typed.

    Signals: recentChanged(object) - tuple of keys.
    """

    recentChanged = Signal(object)

    def __init__(self, actions: ActionRegistry, window: QMainWindow, *, recent: Sequence[str] = ()) -> None:
        super().__init__(window)
        self.setObjectName("commandPalette")
        self.setAccessibleName(self.tr("Command palette"))
        self._actions = actions
        self._window = window
        self._recent = list(recent)
        self._entries: list[Entry] = []
        self._focus_before: QWidget | None = None
        self.query = QLineEdit(self)
        self.query.setPlaceholderText(self.tr("Type what you want to do"))
        self.query.setAccessibleName(self.tr("What you want to do"))
        self.query.setFont(sized(self.query.font(), 1.12))
        self.query.setFrame(False)
        self.query.setAcceptDrops(False)  # drops are the window's
        self._lines = _Lines(self)
        self.list = QListView(self)
        self.list.setModel(self._lines)
        self.list.setItemDelegate(_LineDelegate(self.list))
        self.list.setObjectName("paletteList")
        self.list.setAccessibleName(self.tr("Matching commands"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 9, 7, 7)
        column.setSpacing(7)
        column.addWidget(self.query)
        column.addWidget(self.list)
        self.query.textChanged.connect(self._search)
        self.query.installEventFilter(self)
        self.list.clicked.connect(self._take)
        window.installEventFilter(self)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow_focus)
        self.hide()

    def open(self) -> None:
        """Shows all entries and takes the keyboard; where it is open already, it closes."""
        if self.isVisible():
            self.close_quietly()
            return
        self._focus_before = QApplication.focusWidget()
        self._entries = [entry for entry in entries_of(self._actions, self._window) if entry.key != "window.palette"]
        self.query.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.query.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_quietly(self) -> None:
        """Goes, and gives the keyboard back to who had it."""
        self.hide()
        if self._focus_before is not None and self._focus_before.isVisible():
            self._focus_before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._focus_before = None

    @property
    def shown(self) -> list[Entry]:
        """The entries listed now, best first."""
        return [self._lines.index(row, 0).data(_ENTRY) for row in range(self._lines.rowCount())]

    def _search(self, query: str) -> None:
        if query.strip():
            found = ranked(query, [entry.searched for entry in self._entries])
            lines = [(self._entries[index], match) for index, match in found]
        else:
            order = {key: number for number, key in enumerate(self._recent)}
            known = sorted(self._entries, key=lambda entry: order.get(entry.key, len(order)))
            lines = [(entry, Match(0, ())) for entry in known]
        # What cannot be done just now comes last, but stays findable: its keys can be looked up here.
        lines.sort(key=lambda line: not line[0].action.isEnabled())
        self._lines.put(lines)
        self._place()
        if lines:
            self.list.setCurrentIndex(self._lines.index(0, 0))

    def _move(self, steps: int) -> None:
        count = self._lines.rowCount()
        if count:
            row = min(max(self.list.currentIndex().row() + steps, 0), count - 1)
            self.list.setCurrentIndex(self._lines.index(row, 0))

    def _take(self, index: QModelIndex) -> None:
        entry = index.data(_ENTRY) if index.isValid() else None
        if entry is None or not entry.action.isEnabled():
            return
        self.close_quietly()
        self._recent = [entry.key, *(key for key in self._recent if key != entry.key)][:_RECENT_KEPT]
        self.recentChanged.emit(tuple(self._recent))
        entry.action.trigger()

    def _place(self) -> None:
        room = self._window.rect()
        rows = min(max(self._lines.rowCount(), 1), _ROWS_SHOWN)
        height = self.query.sizeHint().height() + rows * _ROW + 9 + 7 + 7
        width = min(_WIDTH, room.width() - 40)
        self.setGeometry((room.width() - width) // 2, _TOP, width, min(height, room.height() - _TOP - 20))

    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self.isVisible() and new is not None and new is not self and not self.isAncestorOf(new):
            self.hide()
            self._focus_before = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Light), 1))
        painter.setBrush(self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            # While the palette is open no key means anything else.
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _ROWS_SHOWN - 1,
            Qt.Key.Key_PageUp: 1 - _ROWS_SHOWN,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._move(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape or (
            key == Qt.Key.Key_K and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            self.close_quietly()
        else:
            return False
        return True
