"""Projects that were labelled lately."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.label.model import LabelModel
from app.panels.label.recent_list import RecentList
from app.services.settings import Settings
from tests.app.label.conftest import WAIT, MakeLabel, opened


def shown(label: LabelModel) -> list[tuple[str, bool]]:
    return [(one.path.name, one.there) for one in label.recent.all]


def test_a_project_is_remembered_and_told_when_it_is_gone(
    qtbot: QtBot, make_label: MakeLabel, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    label = make_label()
    opened(qtbot, label, folder)
    qtbot.waitUntil(lambda: shown(label) == [("photos.rhoscope", True)], timeout=WAIT)
    file = folder / "photos.rhoscope"
    gone, moved = tmp_path / "gone.rhoscope", tmp_path / "moved.rhoscope"
    label.recent.add(gone)
    qtbot.waitUntil(lambda: shown(label) == [("gone.rhoscope", False), ("photos.rhoscope", True)], timeout=WAIT)
    again = make_label()
    listing = RecentList(again.recent)
    qtbot.addWidget(listing)
    assert not listing.rows
    again.recent.look()
    qtbot.waitUntil(lambda: len(listing.rows) == 2, timeout=WAIT)
    assert [row.isEnabled() for row in listing.rows] == [False, True]
    chosen: list[Path] = []
    listing.pathChosen.connect(chosen.append)
    listing.rows[1].click()
    assert chosen == [file]
    moved.touch()
    listing.found(gone, moved)
    assert chosen[-1] == moved
    qtbot.waitUntil(lambda: shown(again)[0] == ("moved.rhoscope", True), timeout=WAIT)
    again.recent.remove(moved)
    qtbot.waitUntil(lambda: shown(again) == [("photos.rhoscope", True)], timeout=WAIT)
