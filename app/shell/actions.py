"""Every action of the window in one table: menus, tool tips, the F1 sheet, the palette and key bindings all read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
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
    """A key that acts while it is held; it has no menu entry but belongs in the sheet.

    Attributes:
        key: as the sheet shows it.
        scope: as in ActionSpec.
        held: in portable notation, where `key` is not: no action that can meet it may be given it.
    """

    group: str
    text: str
    key: str
    scope: str = ""
    held: str = ""


def without_mnemonic(text: str) -> str:
    """Menu text as a button shows it; Chinese menus have their mnemonics in brackets behind the text: "(&O)"."""
    text = re.sub(r"\s*\(&[A-Z0-9]\)", "", text)
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def plain_text(text: str) -> str:
    """Menu text without mnemonic marks and ellipsis."""
    return without_mnemonic(text).rstrip("…")


def shown_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys as this system writes them, e.g. ("D", "PgDown")."""
    return tuple(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def scopes_meet(one: str, other: str) -> bool:
    """Whether actions of two scopes can be at hand together, so that a key cannot serve both."""
    return not one or not other or one == other


def _among(wanted: QKeySequence, keys: Sequence[str]) -> bool:
    return any(QKeySequence(key) == wanted for key in keys)


class ActionRegistry(QObject):
    """Creates the QActions and remembers their specifications.

    Args:
        chosen: keys that the person has given to actions in place of their own, by id; ids that do not exist (yet) do
            no harm.

    Signals: keysChanged() - some action has other keys than before.
    """

    keysChanged = Signal()

    def __init__(self, parent: QObject, *, chosen: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(parent)
        self._chosen = {action_id: tuple(keys) for action_id, keys in (chosen or {}).items()}
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
            holder = self._default_holder(key, spec.scope)
            if holder:
                raise ValueError(f"{key} belongs to {holder}, {spec.id} cannot have it too")
        action = QAction(spec.text, self.parent())
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        if spec.checkable:
            action.toggled.connect(spec.handler)
        else:
            handler = spec.handler
            action.triggered.connect(lambda _checked=False: handler())
        action.setVisible(self._at_hand(spec.scope))
        self._specs[spec.id] = spec
        self._actions[spec.id] = action
        self._put_keys(spec.id)
        return action

    def add_hold(self, hold: HoldKey) -> None:
        self._holds.append(hold)

    def holder_of(self, key: str, *, scope: str = "", beside: str = "") -> str | None:
        """The id of the action that has the key now where `scope` is shown, if any; "" asks for every workspace.

        Args:
            beside: an action that is not asked.
        """
        wanted = QKeySequence(key)
        for spec in self._specs.values():
            if spec.id != beside and scopes_meet(scope, spec.scope) and _among(wanted, self.keys(spec.id)):
                return spec.id
        return None

    def _default_holder(self, key: str, scope: str) -> str | None:
        wanted = QKeySequence(key)
        for spec in self._specs.values():
            if scopes_meet(scope, spec.scope) and _among(wanted, spec.keys):
                return spec.id
        return None

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def spec(self, action_id: str) -> ActionSpec:
        return self._specs[action_id]

    def specs(self) -> tuple[ActionSpec, ...]:
        return tuple(self._specs.values())

    @property
    def holds(self) -> tuple[HoldKey, ...]:
        return tuple(self._holds)

    # Keys as the person has them

    def keys(self, action_id: str) -> tuple[str, ...]:
        """The keys that an action has now: the chosen ones, else its own without those that were given away."""
        spec = self._specs[action_id]
        if action_id in self._chosen:
            return self._chosen[action_id]
        return tuple(key for key in spec.keys if not self._given_away(key, to=spec))

    @property
    def chosen_keys(self) -> dict[str, tuple[str, ...]]:
        """What differs from the defaults, by id, to be remembered."""
        return dict(self._chosen)

    def choose_keys(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Puts these choices in the place of all former ones."""
        self._chosen = {action_id: tuple(keys) for action_id, keys in chosen.items()}
        for action_id in self._specs:
            self._put_keys(action_id)
        self.keysChanged.emit()

    def _given_away(self, key: str, *, to: ActionSpec) -> bool:
        wanted = QKeySequence(key)
        return any(
            action_id != to.id
            and action_id in self._specs
            and scopes_meet(to.scope, self._specs[action_id].scope)
            and _among(wanted, keys)
            for action_id, keys in self._chosen.items()
        )

    def _put_keys(self, action_id: str) -> None:
        action, spec, keys = self._actions[action_id], self._specs[action_id], self.keys(action_id)
        action.setShortcuts([QKeySequence(key) for key in keys])
        text = spec.help or plain_text(spec.text)
        action.setToolTip(f"{text} ({', '.join(shown_keys(keys))})" if keys else text)

    def sheet(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """Rows (text, keys) of the shortcut sheet by group, in order of registration; only actions with keys.

        What belongs to a workspace that is not shown is left out: its keys do nothing here, or something else.
        """
        rows: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for spec in self._specs.values():
            keys = self.keys(spec.id)
            if keys and self._at_hand(spec.scope):
                rows.setdefault(spec.group, []).append((plain_text(spec.text), shown_keys(keys)))
        for hold in filter(lambda hold: self._at_hand(hold.scope), self._holds):
            rows.setdefault(hold.group, []).append((hold.text, (hold.key,)))
        return rows

    def bind(self, button: QAbstractButton, action_id: str) -> None:
        """Makes a button a second face of an action: same tool tip, name, icon, enabled and checked state."""
        action = self._actions[action_id]

        def mirror() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())
            if action.isCheckable():
                button.setChecked(action.isChecked())

        button.setAccessibleName(plain_text(action.text()))
        button.setCheckable(action.isCheckable())
        if not action.icon().isNull():
            button.setIcon(action.icon())
        mirror()
        action.changed.connect(mirror)
        button.clicked.connect(lambda _checked=False: action.trigger())
