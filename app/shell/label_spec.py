"""How an action of the Label workspace is specified."""

from __future__ import annotations

from collections.abc import Callable

from app.shell.actions import ActionSpec


def label_spec(
    action_id: str,
    text: str,
    group: str,
    handler: Callable[..., object],
    icon: str = "",
    keys: tuple[str, ...] = (),
    *,
    help: str = "",
    checkable: bool = False,
) -> ActionSpec:
    """It is called label.<action_id>, and its keys mean something in that workspace alone."""
    return ActionSpec(f"label.{action_id}", text, group, handler, icon, keys, help, checkable, "label")
