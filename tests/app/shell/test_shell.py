"""Actions, colours and the way in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QSize, QUrl
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.shell.about import diagnostics
from app.shell.actions import ActionRegistry, ActionSpec, HoldKey, plain_text
from app.shell.drop_overlay import dropped_paths
from app.shell.entry import _for_command_line
from app.shell.icons import icon
from app.shell.shortcut_sheet import ShortcutSheet
from app.shell.theme import DARK, LIGHT, Theme, ThemeController, ThemeMode, palette_of

ROOT = Path(__file__).resolve().parents[3]


class TestActions:
    @pytest.fixture
    def actions(self, qtbot: QtBot) -> Iterator[ActionRegistry]:
        window = QWidget()
        qtbot.addWidget(window)
        yield ActionRegistry(window)
        window.close()

    def test_a_key_belongs_to_one_action(self, actions: ActionRegistry) -> None:
        actions.add(ActionSpec("a.one", "&One", "A", lambda: None, keys=("Ctrl+O", "D")))
        with pytest.raises(ValueError, match=r"a\.one"):
            actions.add(ActionSpec("a.two", "Two", "A", lambda: None, keys=("D",)))
        with pytest.raises(ValueError, match="twice"):
            actions.add(ActionSpec("a.one", "Again", "A", lambda: None))

    def test_a_key_may_mean_another_thing_in_another_workspace(self, actions: ActionRegistry) -> None:
        actions.add(ActionSpec("a.one", "One", "A", lambda: None, keys=("D",), scope="explore"))
        actions.add(ActionSpec("b.one", "Other", "B", lambda: None, keys=("D",), scope="label"))
        with pytest.raises(ValueError, match="D belongs to b"):
            actions.add(ActionSpec("b.two", "Two", "B", lambda: None, keys=("D",), scope="label"))
        with pytest.raises(ValueError, match="D belongs to a"):
            actions.add(ActionSpec("c.one", "Everywhere", "C", lambda: None, keys=("D",)))
        actions["b.one"].setEnabled(False)
        actions.set_scope("explore")
        assert actions.sheet() == {"A": [("One", ("D",))]}
        assert [action.isVisible() for action in actions] == [True, False]
        actions.set_scope("label")
        assert actions.sheet() == {"B": [("Other", ("D",))]}
        assert not actions["b.one"].isEnabled()
        actions["b.one"].setEnabled(True)
        assert not actions["a.one"].isEnabled()
        actions.set_scope("explore")
        assert actions["a.one"].isEnabled()

    def test_keys_stand_in_tool_tips_and_in_the_sheet(self, actions: ActionRegistry) -> None:
        action = actions.add(ActionSpec("a.one", "&Open…", "Files", lambda: None, keys=("Ctrl+O", "F2")))
        actions.add(ActionSpec("a.two", "Plain", "Files", lambda: None))
        actions.add_hold(HoldKey("View", "Peek", "H"))
        assert action.toolTip() == "Open (Ctrl+O, F2)"
        assert actions.sheet() == {"Files": [("Open", ("Ctrl+O", "F2"))], "View": [("Peek", ("H",))]}

    @pytest.mark.parametrize(
        ("text", "plain"),
        [("&Open…", "Open"), ("打开(&O)…", "打开"), ("Stage &1", "Stage 1"), ("Cut && paste", "Cut & paste")],
    )
    def test_plain_text_has_no_mnemonics(self, text: str, plain: str) -> None:
        assert plain_text(text) == plain

    def test_a_bound_button_mirrors_its_action(self, actions: ActionRegistry, qtbot: QtBot) -> None:
        done: list[int] = []
        action = actions.add(ActionSpec("a.one", "Do &it", "A", lambda: done.append(1), icon="plus", keys=("F3",)))
        button = QToolButton()
        qtbot.addWidget(button)
        actions.bind(button, "a.one")
        button.click()
        assert done == [1]
        assert (button.toolTip(), button.accessibleName()) == ("Do it (F3)", "Do it")
        action.setEnabled(False)
        assert not button.isEnabled()

    def test_the_sheet_shows_every_key(self, actions: ActionRegistry, qtbot: QtBot) -> None:
        for number in range(1, 9):
            actions.add(
                ActionSpec(f"a.{number}", f"Action {number}", f"Group {number % 3}", lambda: None, keys=(f"F{number}",))
            )
        sheet = ShortcutSheet(actions, actions.parent())
        texts = {label.text() for label in sheet.findChildren(QLabel)}
        assert {f"F{number}" for number in range(1, 9)} <= texts
        sheet.deleteLater()


def _luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    tint = QColor(colour)
    return 0.2126 * linear(tint.redF()) + 0.7152 * linear(tint.greenF()) + 0.0722 * linear(tint.blueF())


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
class TestTheme:
    def test_text_is_readable_on_every_surface(self, theme: Theme) -> None:
        for surface in (theme.chrome, theme.field, theme.raised, theme.hover, theme.selection, theme.backdrop):
            assert _contrast(theme.text, surface) >= 7
        for surface in (theme.chrome, theme.field, theme.raised, theme.hover, theme.backdrop):
            assert _contrast(theme.quiet, surface) >= 4.5
        assert _contrast(theme.quiet, theme.selection) >= 4.5
        assert _contrast(theme.on_accent, theme.accent) >= 4.5
        assert _contrast(theme.accent, theme.chrome) >= 4.5

    def test_chrome_is_neutral(self, theme: Theme) -> None:
        for surface in (theme.chrome, theme.field, theme.raised, theme.hover, theme.backdrop, theme.line):
            assert QColor(surface).hsvSaturationF() < 0.12


def test_a_chosen_theme_is_applied_at_once(qtbot: QtBot, qapp: QApplication) -> None:
    controller = ThemeController(qapp, mode=ThemeMode.LIGHT)
    with qtbot.waitSignal(controller.changed):
        controller.set_mode(ThemeMode.DARK)
    assert controller.theme is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.chrome)
    controller.set_mode(ThemeMode.LIGHT)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.chrome)
    controller.deleteLater()


def test_icons_take_the_palette_s_colour(qtbot: QtBot, qapp: QApplication) -> None:
    for theme in (LIGHT, DARK):
        qapp.setPalette(palette_of(theme))
        image = icon("plus").pixmap(QSize(32, 32), 1.0, QIcon.Mode.Normal, QIcon.State.Off).toImage()
        assert QColor(image.pixel(16, 16)).name() == theme.text
    qapp.setPalette(palette_of(LIGHT))


def test_a_drop_s_files_are_taken_once_and_links_left_out() -> None:
    data = QMimeData()
    here = QUrl.fromLocalFile(str(ROOT))
    data.setUrls([here, QUrl("https://example.org/cat.jpg"), here])
    assert dropped_paths(data) == [ROOT]
    data = QMimeData()
    data.setText("words")
    assert dropped_paths(data) == []


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], False),
        (["predict", "a.jpg"], True),
        (["--help"], True),
        (["cat.jpg"], False),
        (["some/folder", "b.png"], False),
        (["--", "predict"], False),
    ],
)
def test_subcommands_go_to_the_command_line(arguments: list[str], command: bool) -> None:
    assert _for_command_line(arguments) is command


def _run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":9873"}], ids=["none", "unreachable"])
def test_without_a_display_it_says_so_and_names_the_way_out(environment: dict[str, str]) -> None:
    outcome = _run("import sys; from app.shell.entry import main; sys.exit(main([]))", **environment)
    assert outcome.returncode == 1
    assert "display" in outcome.stderr
    assert "make demo" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_building_the_window_loads_neither_torch_nor_opencv() -> None:
    outcome = _run(
        "import sys\n"
        "import app.shell.window, app.shell.application, app.explore.model\n"
        "heavy = {'torch', 'cv2', 'pydensecrf'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)",
        QT_QPA_PLATFORM="offscreen",
    )
    assert outcome.returncode == 0, outcome.stderr


def test_diagnostics_name_versions_and_no_files() -> None:
    text = diagnostics(None)
    assert "Rhoscope" in text
    assert "PySide6" in text
    assert str(Path.home()) not in text
