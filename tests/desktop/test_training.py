"""What a person does with the Train workspace, with jobs that really train."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.shell.train_workspace import TrainWorkspace
from app.training.widgets.curves import Curves
from engine.jobs.run_state import RunState
from tests.app.fakes import FakeBackend, FakeCrf
from tests.app.responsive import responsive
from tests.app.training.camvid_folder import write_camvid
from tests.desktop.small_recipe import small_recipe
from tests.desktop.train_window import (
    DEADLINE,
    LEFT,
    OpenWindow,
    close,
    open_window,
    points_drawn,
    publish_and_use,
    runs,
    start_short_job,
)
from tests.engine.jobs.long_runs import step, text, write_run

__all__ = ["open_window", "runs"]
pytestmark = pytest.mark.desktop


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_from_a_dropped_data_set_to_a_segmented_photo(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf, tmp_path: Path,
    samples: Path,
) -> None:  # fmt: skip
    data = write_camvid(tmp_path / "CamVid")
    window, train = open_window(backend=backend, crf=crf)
    start_short_job(qtbot, window, train, data, tmp_path / "small.toml", name="street", steps=30)
    assert "CamVid" in train.setup.found.text()
    assert train.setup.train.currentData() == "train"

    # Curves move.
    qtbot.waitUntil(lambda: points_drawn(train) >= 2, timeout=DEADLINE)
    before = points_drawn(train)
    qtbot.waitUntil(lambda: points_drawn(train) > before, timeout=DEADLINE)
    qtbot.mouseClick(train.page.header.pause, LEFT)
    qtbot.waitUntil(lambda: train.model.selection[0].state is RunState.PAUSED, timeout=DEADLINE)
    reached = train.model.selection[0].data.step
    close(qtbot, window)

    # Another window finds the job as it is.
    window, train = open_window()
    qtbot.waitUntil(lambda: [run.name for run in train.model.selection] == ["street"], timeout=DEADLINE)
    assert train.model.selection[0].state is RunState.PAUSED
    assert train.model.selection[0].data.step == reached
    header = train.page.header
    qtbot.waitUntil(header.start.isVisible, timeout=DEADLINE)
    assert header.start.text() == "Resume"
    qtbot.mouseClick(header.start, LEFT)
    qtbot.waitUntil(lambda: train.model.selection[0].state is RunState.FINISHED, timeout=DEADLINE)
    assert train.model.selection[0].data.step == 32

    # What it has left can be looked at.
    train.page.tabs.setCurrentWidget(train.page.probes)
    qtbot.waitUntil(lambda: train.page.probes._sheet._sheet is not None, timeout=DEADLINE)
    sheet = train.page.probes._sheet._sheet
    assert sheet is not None
    assert len(sheet.probes) == 2
    assert {"photo", "truth", "final", "errors", "stage3"} <= set(sheet.columns)
    train.page.tabs.setCurrentWidget(train.page.confusion)
    qtbot.waitUntil(lambda: train.page.confusion.images.count() > 0, timeout=DEADLINE)

    # Published and used.
    published = tmp_path / "models" / "street.safetensors"
    publish_and_use(qtbot, window, train, samples / "cat.jpg", published)
    assert "Measured on 2 validation images" in published.with_suffix(".md").read_text(encoding="utf-8")
    explore = window.model
    assert explore.result is not None
    assert explore.result.class_names[3] == "Road"
    assert explore.result.label_map.max() < 11


@pytest.mark.timeout(500)
def test_the_window_is_free_with_four_long_runs_of_which_one_grows(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf
) -> None:
    folders = [runs / name for name in "abcd"]
    write_run(folders[0], points=100_000)
    for folder in folders[1:]:
        shutil.copytree(folders[0], folder)
    _window, train = open_window(backend=backend, crf=crf)
    model, curves = train.model, train.page.curves
    qtbot.waitUntil(
        lambda: len(model.runs) == 4 and all(run.data.step == 100_000 for run in model.runs), timeout=2 * DEADLINE
    )
    model.select(folders)
    qtbot.waitUntil(lambda: len(curves.plots[0]._lines) == 4, timeout=DEADLINE)
    with responsive():
        reached = 100_000
        until = time.monotonic() + 6.0
        number = 0
        while time.monotonic() < until:
            more = "".join(json.dumps(step(reached + n)) + "\n" for n in range(1, 40))
            with (folders[3] / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(more)
            reached += 39
            qtbot.wait(250)
            number += 1
            curves.smoothing.setValue(number % 12)
            curves._point(float(1000 * number))
    qtbot.waitUntil(lambda: len(model.selection[3].data.curves["loss"]) == reached, timeout=DEADLINE)
    qtbot.waitUntil(lambda: len(curves.plots[0]._lines[3].curve) == reached, timeout=DEADLINE)
    assert max(len(line.x) for plot in curves.plots for line in plot._lines) < 1000
    # What is scrolled away is drawn when it comes into sight.
    hidden = [plot for plot in curves.plots if plot.kind.key in ("memory", "gradient")]
    assert all(plot.visibleRegion().isEmpty() for plot in hidden)
    curves._scroll.verticalScrollBar().setValue(curves._scroll.verticalScrollBar().maximum())
    qtbot.waitUntil(
        lambda: all({len(line.curve) for line in plot.lines if line.run == 3} == {reached} for plot in hidden),
        timeout=DEADLINE,
    )


def test_runs_are_compared_exported_and_noted(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf, tmp_path: Path
) -> None:
    data = write_camvid(tmp_path / "CamVid")
    for name, rate in (("slow", "0.001"), ("fast", "0.1")):
        folder = write_run(runs / name, points=300)
        content = small_recipe(data, steps=30).replace("lr = 0.01", f"lr = {rate}")
        (folder / "recipe.toml").write_text(content, encoding="utf-8")
    _window, train = open_window(backend=backend, crf=crf)
    page = train.page
    qtbot.waitUntil(lambda: len(train.model.runs) == 2, timeout=DEADLINE)
    train.model.select([runs / "slow", runs / "fast"])
    qtbot.waitUntil(lambda: len(page.curves.plots[0]._lines) == 2, timeout=DEADLINE)
    page.tabs.setCurrentWidget(page.recipe)
    qtbot.waitUntil(lambda: page.recipe.table.rowCount() == 2, timeout=DEADLINE)
    cells = {page.recipe.table.item(row, 0).text() for row in range(2)}  # type: ignore[union-attr]
    assert cells == {"phase.0.lr", "phase.1.lr"}
    page.tabs.setCurrentWidget(page.curves)
    for suffix in ("png", "svg", "csv"):
        target = tmp_path / suffix
        target.mkdir()
        written = page.curves.export_to(target, suffix)
        assert target / f"loss.{suffix}" in written
        assert all(path.stat().st_size > 100 for path in written)
    train.model.select([runs / "slow"])
    qtbot.waitUntil(lambda: len(page.curves.plots[0]._lines) == 3, timeout=DEADLINE)
    page.tabs.setCurrentWidget(page.notes)
    page.notes.tags.setFocus()
    qtbot.keyClicks(page.notes.tags, "night rain")
    qtbot.waitUntil(lambda: train.model.selection[0].remarks.tags == ("night", "rain"), timeout=DEADLINE)
    train.panel.search.setText("#rain")
    assert train.panel.view.model().rowCount() == 1


def test_a_run_that_died_says_why_and_a_foreign_file_does_no_harm(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf
) -> None:
    dead = runs / "dead"
    dead.mkdir()
    (dead / "recipe.json").write_text("{ not json", encoding="utf-8")
    (dead / "events.jsonl").write_text('{"event": "started", "time": 1, "step": 0}\n{"event": "st', encoding="utf-8")
    (dead / "output.log").write_text("epoch one\nKilled\n", encoding="utf-8")
    (dead / "run.lock").write_text("{}", encoding="utf-8")
    (dead / "remarks.json").write_text("[]", encoding="utf-8")
    (runs / "stray.txt").write_text("", encoding="utf-8")
    _window, train = open_window(backend=backend, crf=crf)
    qtbot.waitUntil(lambda: [run.state for run in train.model.selection] == [RunState.DIED], timeout=DEADLINE)
    trouble = train.page.header.trouble
    assert "Killed" in trouble.text()
    assert "Resume" in trouble.text()
    for tab in range(train.page.tabs.count()):
        train.page.tabs.setCurrentIndex(tab)
        qtbot.wait(150)
    train.page.tabs.setCurrentWidget(train.page.recipe)
    qtbot.waitUntil(lambda: "the recipe is not valid" in train.page.recipe.head.text(), timeout=DEADLINE)
    with (dead / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('op"}\n' + text(step(7)))
    qtbot.waitUntil(lambda: train.model.selection[0].data.step == 7, timeout=DEADLINE)


def test_a_run_of_a_newer_version_is_shown_as_far_as_it_is_understood(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf
) -> None:
    newer = write_run(runs / "newer", points=30)
    (newer / "recipe.json").write_text('{"name": "x", "hologram": true}', encoding="utf-8")
    (newer / "job.json").write_text('{"settings": {"quantum": 3}, "pid": 0, "started": 0.0}', encoding="utf-8")
    with (newer / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "teleported", "time": 2.0, "step": 31, "to": [1, 2]}\n')
    _window, train = open_window(backend=backend, crf=crf)
    qtbot.waitUntil(lambda: [run.data.step for run in train.model.selection] == [30], timeout=DEADLINE)
    assert train.model.selection[0].data.skipped == 0
    qtbot.waitUntil(lambda: len(train.page.curves.plots[0].lines) == 3, timeout=DEADLINE)
    train.page.tabs.setCurrentWidget(train.page.recipe)
    qtbot.waitUntil(lambda: "unknown key hologram" in train.page.recipe.head.text(), timeout=DEADLINE)
    assert '"hologram": true' in train.page.recipe.text.toPlainText()
    with qtbot.waitSignal(train.model.problem, timeout=DEADLINE):
        train.page.duplicate()


def test_the_workspace_is_built_in_short_turns(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    turns: dict[str, float] = {}

    def timed(kind: type, name: str) -> None:
        whole = getattr(kind, name)

        def measured(self: object) -> None:
            began = time.thread_time()
            whole(self)
            turns[name] = max(turns.get(name, 0.0), time.thread_time() - began)

        monkeypatch.setattr(kind, name, measured)

    for name in ("_build_panel", "_build_page", "_build_setup", "_finish_building"):
        timed(TrainWorkspace, name)
    timed(Curves, "_make_plot")
    open_window(backend=backend, crf=crf)
    assert len(turns) == 5
    # The processor's time of the window's thread alone: how busy the machine is besides says nothing here.
    assert max(turns.values()) < 0.1, turns


def test_nothing_in_the_workspace_takes_drops_from_the_window(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf
) -> None:
    window, train = open_window(backend=backend, crf=crf)
    train.set_up()
    assert [type(child).__name__ for child in window.findChildren(QWidget) if child.acceptDrops()] == []
