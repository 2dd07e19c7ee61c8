"""Keys that people give to actions: conflicts, taking, resetting, remembering."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.services.settings import Settings
from app.shell.actions import ActionRegistry, ActionSpec, HoldKey
from app.shell.key_choices import conflict, give_key, remember_keys, remembered_keys, reset_key
from app.shell.shortcut_editor import ShortcutEditor

SPECS = (
    ActionSpec("a.open", "&Open…", "A", lambda: None, keys=("Ctrl+O", "F2")),
    ActionSpec("a.save", "&Save", "A", lambda: None, keys=("Ctrl+S",)),
    ActionSpec("b.bare", "Bare", "B", lambda: None),
)


def _registry(parent: QWidget, **chosen: tuple[str, ...]) -> ActionRegistry:
    actions = ActionRegistry(parent, chosen={name.replace("_", "."): keys for name, keys in chosen.items()})
    for spec in SPECS:
        actions.add(spec)
    actions.add_hold(HoldKey("A", "Peek", "H"))
    return actions


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[QWidget]:
    widget = QWidget()
    qtbot.addWidget(widget)
    yield widget
    widget.close()


def test_a_key_is_taken_from_its_holder(host: QWidget) -> None:
    actions = _registry(host)
    found = conflict(actions, "ctrl+s", action_id="a.open")
    assert found is not None
    assert (found.action_id, found.text) == ("a.save", "Save")
    assert conflict(actions, "Ctrl+O", action_id="a.open") is None
    give_key(actions, "a.open", ("Ctrl+S",))
    assert actions.keys("a.open") == ("Ctrl+S",)
    assert actions.keys("a.save") == ()
    assert actions["a.open"].shortcuts() == [QKeySequence("Ctrl+S")]
    assert actions["a.save"].shortcuts() == []
    assert actions["a.open"].toolTip() == "Open (Ctrl+S)"
    assert actions.sheet() == {"A": [("Open", ("Ctrl+S",)), ("Peek", ("H",))]}


def test_a_key_that_is_held_cannot_be_taken(host: QWidget) -> None:
    actions = _registry(host)
    with pytest.raises(ValueError, match="Peek"):
        give_key(actions, "a.open", ("H",))
    assert actions.keys("a.open") == ("Ctrl+O", "F2")


def test_resetting_brings_the_own_keys_back(host: QWidget) -> None:
    actions = _registry(host)
    give_key(actions, "b.bare", ("F2",))
    assert actions.keys("a.open") == ("Ctrl+O",)
    reset_key(actions, "a.open")
    assert actions.keys("a.open") == ("Ctrl+O", "F2")
    assert actions.keys("b.bare") == ()
    assert actions.chosen_keys == {}


def test_choices_are_remembered_and_a_new_default_does_not_take_a_chosen_key(host: QWidget, settings: Settings) -> None:
    actions = _registry(host)
    give_key(actions, "b.bare", ("Ctrl+S", "F9"))
    remember_keys(settings, actions)
    assert settings.sync()
    chosen = remembered_keys(Settings(settings.path))
    again = ActionRegistry(host, chosen=chosen)
    for spec in SPECS:
        again.add(spec)
    assert again.keys("b.bare") == ("Ctrl+S", "F9")
    assert again.keys("a.save") == ()


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"a.open": "F3"}', '{"a.open": [3]}', '{"a.open": [""]}'])
def test_a_text_that_makes_no_sense_changes_nothing(settings: Settings, text: str) -> None:
    settings.set("keys/chosen", text)
    assert remembered_keys(settings) == {}


class TestEditor:
    @pytest.fixture
    def editor(self, host: QWidget, settings: Settings, qtbot: QtBot) -> ShortcutEditor:
        self.actions = _registry(host)
        editor = ShortcutEditor(self.actions, settings, host)
        qtbot.addWidget(editor)
        return editor

    def test_assigning_warns_and_takes(self, editor: ShortcutEditor, settings: Settings) -> None:
        editor.choose("b.bare")
        assert not editor.assign.isEnabled()
        editor.first.setKeySequence(QKeySequence("Ctrl+S"))
        assert "Save" in editor.note.text()
        assert editor.assign.isEnabled()
        editor.assign.click()
        assert self.actions.keys("b.bare") == ("Ctrl+S",)
        assert remembered_keys(settings) == {"a.save": (), "b.bare": ("Ctrl+S",)}
        assert editor.current == "b.bare"
        editor.reset.click()
        assert self.actions.keys("b.bare") == ()
        editor.reset_all.click()
        assert self.actions.keys("a.save") == ("Ctrl+S",)
        assert not editor.reset_all.isEnabled()

    def test_a_held_key_is_refused(self, editor: ShortcutEditor) -> None:
        editor.choose("a.open")
        editor.first.setKeySequence(QKeySequence("H"))
        assert "Peek" in editor.note.text()
        assert not editor.assign.isEnabled()

    def test_search_by_name_and_by_key(self, editor: ShortcutEditor) -> None:
        def shown() -> list[str]:
            return [item.text(0) for item in editor._items() if not item.isHidden()]

        editor.search.setText("sav")
        assert shown() == ["Save"]
        editor.search.setText("f2")
        assert shown() == ["Open"]
        editor.search.clear()
        assert shown() == ["Open", "Save", "Bare"]
