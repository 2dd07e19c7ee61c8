"""Every text of the window has a Chinese translation, and the one that is loaded is the one in the sources."""

from __future__ import annotations

import ast
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from app.services.settings import Settings
from app.shell.languages import install_language, language_of
from app.shell.settings_dialog import SettingsDialog, translated
from tools.translations import ROOT, SOURCE, compile_, sources, untranslated, update

_PLACEHOLDERS = re.compile(r"%\d|%n|\{[^}]*\}")


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    assert install_language(qapp, "zh_CN")
    yield
    install_language(qapp, "en")


def test_no_text_lacks_a_translation(tmp_path: Path) -> None:
    fresh = tmp_path / SOURCE.name
    shutil.copyfile(SOURCE, fresh)
    update(fresh)
    assert untranslated(fresh) == [], "run `make translations` and translate what is new"


def test_translations_keep_their_placeholders() -> None:
    for message in ElementTree.parse(SOURCE).getroot().iter("message"):
        element = message.find("translation")
        text, translation = message.findtext("source") or "", "" if element is None else "".join(element.itertext())
        assert sorted(_PLACEHOLDERS.findall(text)) == sorted(_PLACEHOLDERS.findall(translation)), text
        assert ("&" in text.replace("&&", "")) == ("&" in translation.replace("&&", "")), text


def test_what_is_loaded_was_compiled_from_the_sources(tmp_path: Path) -> None:
    fresh = tmp_path / SOURCE.name
    shutil.copyfile(SOURCE, fresh)
    compile_(fresh)
    compiled = SOURCE.with_suffix(".qm")
    assert fresh.with_suffix(".qm").read_bytes() == compiled.read_bytes(), "run `make translations`"


def test_no_text_hides_where_the_collector_does_not_look() -> None:
    """lupdate does not look into f-strings, and cannot know what a variable holds."""
    hidden = []
    for name in sources():
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        inside = {id(node) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in ast.walk(text)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tr"):
                continue
            literal = bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
            if id(node) in inside or not literal:
                hidden.append(f"{name}:{node.lineno}")
    assert hidden == []


@pytest.mark.parametrize(
    ("chosen", "system", "language"),
    [
        ("", "zh_CN", "zh_CN"),
        ("", "zh_TW", "zh_CN"),
        ("", "de_DE", "en"),
        ("en", "zh_CN", "en"),
        ("zh_CN", "en", "zh_CN"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_systems(chosen: str, system: str, language: str) -> None:
    assert language_of(chosen, QLocale(system)) == language


def test_an_unknown_language_stays_english(qapp: QApplication) -> None:
    assert not install_language(qapp, "xx_YY")
    assert QCoreApplication.translate("SettingsDialog", "Settings") == "Settings"
    install_language(qapp, "en")


@pytest.mark.usefixtures("chinese")
def test_widgets_speak_chinese(qtbot: QtBot, settings: Settings) -> None:
    host = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(host)
    assert host.buttons()[0].text().startswith("取消")  # Qt's own words
    dialog = SettingsDialog(settings, host)
    assert dialog.windowTitle() == "设置"
    assert translated("Theme") == "主题"
    dialog.close()


def test_english_comes_back(qapp: QApplication) -> None:
    assert install_language(qapp, "zh_CN")
    assert translated("Theme") == "主题"
    install_language(qapp, "en")
    assert translated("Theme") == "Theme"
