"""Which keys a person has given to actions: as text in the settings, and the rules for changing them."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from app.services.settings import Settings
from app.shell.actions import ActionRegistry, plain_text, scopes_meet

_log = logging.getLogger(__name__)
_NAME = "keys/chosen"


@dataclass(frozen=True)
class Conflict:
    """Who has a key.

    Attributes:
        action_id: the action, "" where a key that is held down has it, which cannot be taken from it.
        text: what it does.
    """

    action_id: str
    text: str


def remembered_keys(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What the settings hold; what makes no sense there is left out."""
    try:
        stored = json.loads(settings.text(_NAME) or "{}")
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        _log.warning("setting %s is not understood, using the default keys", _NAME)
        return {}
    return {
        action_id: tuple(keys)
        for action_id, keys in stored.items()
        if isinstance(keys, list) and all(isinstance(key, str) and _sensible(key) for key in keys)
    }


def remember_keys(settings: Settings, actions: ActionRegistry) -> None:
    settings.set(_NAME, json.dumps(actions.chosen_keys, ensure_ascii=False))


def conflict(actions: ActionRegistry, key: str, *, action_id: str) -> Conflict | None:
    """Who else has the key that an action is to get."""
    wanted = QKeySequence(key)
    if wanted.isEmpty():
        return None
    scope = actions.spec(action_id).scope
    for hold in actions.holds:
        if scopes_meet(scope, hold.scope) and QKeySequence(hold.held or hold.key) == wanted:
            return Conflict("", hold.text)
    other = actions.holder_of(key, scope=scope, beside=action_id)
    return None if other is None else Conflict(other, plain_text(actions[other].text()))


def give_key(actions: ActionRegistry, action_id: str, keys: tuple[str, ...]) -> None:
    """Gives keys to an action and takes them from those that have them; no keys at all is a choice, too.

    Raises:
        ValueError: one of the keys acts while it is held.
    """
    chosen = actions.chosen_keys
    for key in keys:
        while (taken := conflict(actions, key, action_id=action_id)) is not None:
            if not taken.action_id:
                raise ValueError(f"{key} belongs to “{taken.text}”")
            left = tuple(own for own in actions.keys(taken.action_id) if QKeySequence(own) != QKeySequence(key))
            chosen[taken.action_id] = left
            actions.choose_keys(chosen)
    chosen[action_id] = keys
    _without_defaults(actions, chosen)


def reset_key(actions: ActionRegistry, action_id: str) -> None:
    """Back to the action's own keys; whoever was given one of them loses it."""
    give_key(actions, action_id, actions.spec(action_id).keys)


def _without_defaults(actions: ActionRegistry, chosen: dict[str, tuple[str, ...]]) -> None:
    """A choice that is the default is none: a later version's better default then reaches the person."""
    known = {spec.id: spec.keys for spec in actions.specs()}
    actions.choose_keys({action_id: keys for action_id, keys in chosen.items() if known.get(action_id) != keys})


def _sensible(key: str) -> bool:
    return not QKeySequence(key).isEmpty()
