"""Every action of the window in one table: menus, tool tips, the F1 sheet and the conflict test all read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton

from app.shell.icons import icon


@dataclass(frozen=True)
class ActionSpec:
    """One thing that a person can do.

    Attributes:
        id: stable name, "<group>.<verb>".
        text: as the menu shows it, with its mnemonic and "…" where a dialog follows.
        group: heading in the shortcut sheet.
        handler: called with the checked state for checkable actions, with nothing for others.
        icon: Material glyph, "" for none.
        keys: default key sequences in portable notation, the first one shown in menus.
        help: a fuller sentence for the tool tip; the text serves where it is empty.
        checkable: whether it is a switch.
        scope: name of the workspace that it belongs to, "" for the whole window. A key may mean one thing in one
            workspace and another in the next; the whole window's keys are nobody else's.
    """

    id: str
    text: str
    group: str
    handler: Callable[..., object]
    icon: str = ""
    keys: tuple[str, ...] = ()
    help: str = ""
    checkable: bool = False
    scope: str = ""


@dataclass(frozen=True)
class HoldKey:
    """A key that acts while it is held; it has no menu entry but belongs in the sheet. `scope` as in ActionSpec."""

    group: str
    text: str
    key: str
    scope: str = ""


def plain_text(text: str) -> str:
    """Menu text without mnemonic marks and ellipsis."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def shown_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys as this system writes them, e.g. ("D", "PgDown")."""
    return tuple(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


class ActionRegistry(QObject):
    """Creates the QActions and remembers their specifications."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._specs: dict[str, ActionSpec] = {}
        self._actions: dict[str, QAction] = {}
        self._holds: list[HoldKey] = []
        self._scope: str | None = None

    @property
    def scope(self) -> str | None:
        """The workspace whose actions are at hand; None, at first, for all of them."""
        return self._scope

    def set_scope(self, scope: str | None) -> None:
        """Another workspace is shown: the actions of the others leave their menus, and their keys are free."""
        self._scope = scope
        for spec in self._specs.values():
            # An invisible action takes no shortcut, and is enabled again as it was once it is back.
            self._actions[spec.id].setVisible(self._at_hand(spec.scope))

    def _at_hand(self, scope: str) -> bool:
        return not scope or self._scope is None or scope == self._scope

    def add(self, spec: ActionSpec) -> QAction:
        """Creates the action; its tool tip names its keys.

        Raises:
            ValueError: the id or one of the keys is already taken in its scope.
        """
        if spec.id in self._specs:
            raise ValueError(f"action {spec.id} is registered twice")
        for key in spec.keys:
            holder = self.holder_of(key, scope=spec.scope)
            if holder:
                raise ValueError(f"{key} belongs to {holder}, {spec.id} cannot have it too")
        action = QAction(spec.text, self.parent())
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        text = spec.help or plain_text(spec.text)
        action.setToolTip(f"{text} ({', '.join(shown_keys(spec.keys))})" if spec.keys else text)
        if spec.checkable:
            action.toggled.connect(spec.handler)
        else:
            handler = spec.handler
            action.triggered.connect(lambda _checked=False: handler())
        action.setVisible(self._at_hand(spec.scope))
        self._specs[spec.id] = spec
        self._actions[spec.id] = action
        return action

    def add_hold(self, hold: HoldKey) -> None:
        self._holds.append(hold)

    def holder_of(self, key: str, *, scope: str = "") -> str | None:
        """The id of the action that owns the key where `scope` is shown, if any; "" asks for every workspace."""
        wanted = QKeySequence(key)
        for spec in self._specs.values():
            meet = not scope or not spec.scope or scope == spec.scope
            if meet and any(QKeySequence(taken) == wanted for taken in spec.keys):
                return spec.id
        return None

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def specs(self) -> tuple[ActionSpec, ...]:
        return tuple(self._specs.values())

    def sheet(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """Rows (text, keys) of the shortcut sheet by group, in order of registration; only actions with keys.

        What belongs to a workspace that is not shown is left out: its keys do nothing here, or something else.
        """
        rows: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for spec in self._specs.values():
            if spec.keys and self._at_hand(spec.scope):
                rows.setdefault(spec.group, []).append((plain_text(spec.text), shown_keys(spec.keys)))
        for hold in filter(lambda hold: self._at_hand(hold.scope), self._holds):
            rows.setdefault(hold.group, []).append((hold.text, (hold.key,)))
        return rows

    def bind(self, button: QAbstractButton, action_id: str) -> None:
        """Makes a button a second face of an action: same tool tip, name, icon, enabled and checked state."""
        action = self._actions[action_id]

        def mirror() -> None:
            button.setEnabled(action.isEnabled())
            if action.isCheckable():
                button.setChecked(action.isChecked())

        button.setToolTip(action.toolTip())
        button.setAccessibleName(plain_text(action.text()))
        button.setCheckable(action.isCheckable())
        if not action.icon().isNull():
            button.setIcon(action.icon())
        mirror()
        action.changed.connect(mirror)
        button.clicked.connect(lambda _checked=False: action.trigger())
