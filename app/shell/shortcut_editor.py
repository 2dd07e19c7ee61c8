"""Help > Change shortcuts: every action with its keys, searched by words or by a key, changed and reset."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.services.settings import Settings
from app.shell.actions import ActionRegistry, plain_text, shown_keys
from app.shell.key_choices import conflict, give_key, remember_keys, reset_key

_ID: Final = Qt.ItemDataRole.UserRole
_PORTABLE: Final = QKeySequence.SequenceFormat.PortableText


class ShortcutEditor(QDialog):
    """Changes are made at once and remembered; nothing needs to be confirmed at the end."""

    def __init__(self, actions: ActionRegistry, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Change shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self._settings = settings
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search by name or key"))
        self.search.setAccessibleName(self.tr("Search by name or key"))
        self.search.setClearButtonEnabled(True)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName(self.tr("Actions and their keys"))
        self.tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setStyleSheet("QTreeWidget::item { padding: 3px 2px; }")
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.title = QLabel(self)
        self.first, self.second = self._field(self.tr("Key")), self._field(self.tr("Second key"))
        self.assign = QPushButton(self.tr("Assign"), self)
        self.reset = QPushButton(self.tr("Reset"), self)
        self.reset_all = QPushButton(self.tr("Reset all"), self)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.close_button = QPushButton(self.tr("Close"), self)
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(self._show_current)
        self.first.keySequenceChanged.connect(self._tell_conflict)
        self.second.keySequenceChanged.connect(self._tell_conflict)
        self.assign.clicked.connect(self._assign)
        self.reset.clicked.connect(self._reset)
        self.reset_all.clicked.connect(self._reset_all)
        self.close_button.clicked.connect(self.accept)
        actions.keysChanged.connect(self._fill)
        self._fill()
        self.search.setFocus()

    def choose(self, action_id: str) -> None:
        """Brings an action up for changing."""
        for item in self._items():
            if item.data(0, _ID) == action_id:
                self.tree.setCurrentItem(item)
                self.tree.scrollToItem(item)

    @property
    def current(self) -> str:
        """The id of the action whose keys are shown, "" for none."""
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, _ID) or "")

    def _field(self, name: str) -> QKeySequenceEdit:
        field = QKeySequenceEdit(self)
        field.setMaximumSequenceLength(1)
        field.setClearButtonEnabled(True)
        field.setAccessibleName(name)
        for inner in field.findChildren(QLineEdit):
            inner.setAccessibleName(name)
            inner.setPlaceholderText(self.tr("Press a key"))
        return field

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(10)
        fields.addWidget(self.title, 0, 0, 1, 6)
        for column, (text, field) in enumerate(((self.tr("Key"), self.first), (self.tr("Second key"), self.second))):
            label = QLabel(text, self)
            label.setProperty("quiet", True)
            label.setBuddy(field)
            fields.addWidget(label, 1, 2 * column)
            fields.addWidget(field, 1, 2 * column + 1)
        fields.addWidget(self.assign, 1, 4)
        fields.addWidget(self.reset, 1, 5)
        fields.setColumnStretch(1, 1)
        fields.setColumnStretch(3, 1)
        for button in (self.assign, self.reset, self.reset_all, self.close_button):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.reset_all)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(20, 18, 20, 16)
        column_layout.setSpacing(12)
        column_layout.addWidget(self.search)
        column_layout.addWidget(self.tree, 1)
        column_layout.addLayout(fields)
        column_layout.addWidget(self.note)
        column_layout.addLayout(buttons)
        self.resize(680, 620)

    def _fill(self) -> None:
        chosen = self.current
        self.tree.blockSignals(True)
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for spec in self._actions.specs():
            if spec.group not in groups:
                groups[spec.group] = heading = QTreeWidgetItem([spec.group])
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                font = heading.font(0)
                font.setBold(True)
                heading.setFont(0, font)
                self.tree.addTopLevelItem(heading)
                heading.setExpanded(True)
            keys = self._actions.keys(spec.id)
            item = QTreeWidgetItem([plain_text(spec.text), "   ".join(shown_keys(keys))])
            item.setData(0, _ID, spec.id)
            item.setToolTip(0, spec.help or plain_text(spec.text))
            if keys != spec.keys:
                font = item.font(1)
                font.setItalic(True)
                item.setFont(1, font)
                own = ", ".join(shown_keys(spec.keys)) or self.tr("none")
                item.setToolTip(1, self.tr("Changed; its own: %1").replace("%1", own))
            groups[spec.group].addChild(item)
        self.tree.blockSignals(False)
        self.reset_all.setEnabled(bool(self._actions.chosen_keys))
        self._filter(self.search.text())
        if chosen:
            self.choose(chosen)
        else:
            self._show_current()

    def _items(self) -> list[QTreeWidgetItem]:
        return [item for top in self._headings() for item in _children(top)]

    def _headings(self) -> list[QTreeWidgetItem]:
        tops = (self.tree.topLevelItem(number) for number in range(self.tree.topLevelItemCount()))
        return [top for top in tops if top is not None]

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            parent = item.parent()
            group = parent.text(0) if parent is not None else ""
            searched = f"{item.text(0)} {group} {item.text(1)}".casefold()
            item.setHidden(not all(word in searched for word in words))
        for top in self._headings():
            top.setHidden(all(item.isHidden() for item in _children(top)))

    def _show_current(self) -> None:
        action_id = self.current
        for widget in (self.first, self.second, self.assign, self.reset):
            widget.setEnabled(bool(action_id))
        keys = self._actions.keys(action_id) if action_id else ()
        for field, key in ((self.first, keys[:1]), (self.second, keys[1:2])):
            field.blockSignals(True)
            field.setKeySequence(QKeySequence(key[0]) if key else QKeySequence())
            field.blockSignals(False)
        if action_id:
            self.title.setText(plain_text(self._actions[action_id].text()))
            self.reset.setEnabled(keys != self._actions.spec(action_id).keys)
        else:
            self.title.setText(self.tr("Choose an action above to change its keys."))
        self.note.clear()
        self.assign.setEnabled(False)

    def _wanted(self) -> tuple[str, ...]:
        keys = [field.keySequence().toString(_PORTABLE) for field in (self.first, self.second)]
        return tuple(dict.fromkeys(key for key in keys if key))

    def _tell_conflict(self) -> None:
        action_id, lines, allowed = self.current, [], True
        for key in self._wanted():
            taken = conflict(self._actions, key, action_id=action_id)
            if taken is None:
                continue
            shown = shown_keys((key,))[0]
            if taken.action_id:
                text = self.tr("%1 belongs to “%2”. Assigning takes it from there.")
            else:
                text = self.tr("%1 belongs to “%2” and cannot be changed.")
                allowed = False
            lines.append(text.replace("%1", shown).replace("%2", taken.text))
        self.note.setText("\n".join(lines))
        self.assign.setEnabled(bool(action_id) and allowed and self._wanted() != self._actions.keys(action_id))

    def _assign(self) -> None:
        give_key(self._actions, self.current, self._wanted())
        remember_keys(self._settings, self._actions)

    def _reset(self) -> None:
        reset_key(self._actions, self.current)
        remember_keys(self._settings, self._actions)

    def _reset_all(self) -> None:
        self._actions.choose_keys({})
        remember_keys(self._settings, self._actions)


def _children(heading: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [item for number in range(heading.childCount()) if (item := heading.child(number)) is not None]
