"""The settings file: values come back as they were, and nothing wrong with the file stops the program."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray
from pytestqt.qtbot import QtBot

from app.services import settings as settings_module
from app.services.settings import SCHEMA, Settings, default_path


def reopened(settings: Settings) -> Settings:
    assert settings.sync()
    return Settings(settings.path)


def test_everything_has_its_default_at_first(settings: Settings) -> None:
    assert settings.problem is None
    for setting in SCHEMA:
        assert settings.get(setting.name) == setting.default


@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    text=st.text(st.characters(exclude_categories=("Cs",))),
    blob=st.binary(),
    names=st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\x00"), min_size=1), max_size=5
    ),
)
def test_values_survive(tmp_path_factory: pytest.TempPathFactory, text: str, blob: bytes, names: list[str]) -> None:
    settings = Settings(tmp_path_factory.mktemp("ini") / "settings.ini")
    settings.set("explore/model", text)
    settings.set_blob("window/geometry", QByteArray(blob))
    settings.set("files/recent", tuple(names))
    again = reopened(settings)
    assert again.text("explore/model") == text
    assert again.blob("window/geometry").data() == blob
    assert again.get("files/recent") == tuple(names)


@pytest.mark.parametrize("word", ["yes", "no", "on", "1", "null", "true", "@Invalid()", "[]", "C:\\photos;a,b"])
def test_words_that_other_formats_take_for_values_stay_text(settings: Settings, word: str) -> None:
    settings.set("explore/model", word)
    assert reopened(settings).text("explore/model") == word


def test_numbers_are_taken_to_their_limits_and_choices_are_checked(settings: Settings) -> None:
    settings.set("view/opacity", 3.0)
    assert settings.number("view/opacity") == 1.0
    with pytest.raises(ValueError, match="purple"):
        settings.set("view/theme", "purple")
    with pytest.raises(ValueError, match="float"):
        settings.set("view/opacity", "much")
    with pytest.raises(KeyError):
        settings.get("no/such")


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff\xfe\x80 nonsense",
        b"[explore]\nrho=quick\ncrf=soft\nmodel=\n[view]\nopacity=nan\n[window]\ngeometry=no!\n[files]\nrecent=a, b",
        b"[explore\nrho=0.9",
        b"",
        b"\xff" * 100_000,
    ],
)
def test_a_broken_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(content)
    settings = Settings(path)
    for setting in SCHEMA:
        assert type(settings.get(setting.name)) is type(setting.default)
    assert settings.number("view/opacity") == 0.6
    assert settings.text("explore/crf") == "off"
    settings.set("view/opacity", 0.3)
    assert reopened(settings).number("view/opacity") == 0.3


def test_a_file_that_cannot_be_parsed_is_kept_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text("[explore\nrho=0.9", encoding="utf-8")
    settings = Settings(path)
    assert settings.problem is not None
    assert str(path) in settings.problem
    assert (tmp_path / "settings.ini.broken").is_file()


def test_a_place_that_cannot_be_written_is_told_and_values_last_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings = Settings(tmp_path / "file" / "settings.ini")
    settings.set("view/opacity", 0.25)
    assert settings.number("view/opacity") == 0.25
    assert not settings.sync()
    assert settings.problem is not None


def test_unknown_keys_of_a_newer_version_are_kept(settings: Settings) -> None:
    settings.path.write_text("[future]\nknob=7\n", encoding="utf-8")
    again = Settings(settings.path)
    again.set("view/opacity", 0.5)
    assert again.sync()
    assert "knob=7" in settings.path.read_text(encoding="utf-8")


def test_recent_files_are_few_without_doubles_and_latest_first(settings: Settings) -> None:
    paths = [Path(f"/photos/Bild ü {number}.jpg") for number in range(20)]
    for path in paths:
        settings.add_recent([path])
    settings.add_recent([paths[15]])
    again = reopened(settings)
    assert again.recent[:2] == [paths[15], paths[19]]
    assert len(again.recent) == len(set(again.recent)) == 12
    again.remove_recent(paths[19])
    assert paths[19] not in again.recent
    again.clear_recent()
    assert again.recent == []


def test_the_place_can_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RHOSCOPE_SETTINGS", str(tmp_path / "mine.ini"))
    assert default_path() == Settings().path == tmp_path / "mine.ini"
    monkeypatch.delenv("RHOSCOPE_SETTINGS")
    assert default_path().parts[-2:] == ("rhoscope", "settings.ini")


def test_values_are_written_some_time_after_the_last_change(
    qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_module, "_WRITE_AFTER_MILLISECONDS", 30)
    writer = Settings(settings.path)
    for step in range(100):
        writer.set("explore/rho", step / 100)
    assert not settings.path.exists()
    qtbot.waitUntil(settings.path.exists)
    assert Settings(settings.path).number("explore/rho") == 0.99
