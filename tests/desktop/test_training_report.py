"""Reports of runs from the window."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.jobs.run_folder import ANALYSIS
from engine.jobs.run_state import RunState
from tests.app.fakes import FakeBackend, FakeCrf
from tests.app.training.camvid_folder import write_camvid
from tests.desktop.train_window import DEADLINE, OpenWindow, open_window, runs, start_short_job
from tests.engine.evaluation.test_report import analysis_json
from tests.engine.jobs.long_runs import write_run

__all__ = ["open_window", "runs"]
pytestmark = [pytest.mark.desktop, pytest.mark.slow, pytest.mark.timeout(600)]


def test_tables_and_figures_of_two_runs_beside_published_values(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        write_run(runs / name, points=300)
    (runs / "one" / ANALYSIS).mkdir()
    (runs / "one" / ANALYSIS / "analysis.json").write_text(json.dumps(analysis_json()), encoding="utf-8")
    _window, train = open_window(backend=backend, crf=crf)
    qtbot.waitUntil(lambda: len(train.model.runs) == 2, timeout=DEADLINE)
    train.model.select([runs / "one", runs / "two"])
    page, state = train.page, train.model.report
    page.tabs.setCurrentWidget(page.report)
    view = page.report
    assert not view.export.isEnabled()
    view.make.click()
    qtbot.waitUntil(lambda: state.report is not None, timeout=DEADLINE)
    assert state.report is not None
    titles = [section.title for section in state.report.sections]
    assert "Training of one" in titles or any(title.startswith("Training of one") for title in titles)
    assert any("Table 1" in title for title in titles)
    assert any("Fig. 1" in title for title in titles)
    assert "published" in view.told.text()
    row = next(n for n, title in enumerate(titles) if "Table 1" in title)
    view.sections.setCurrentRow(row)
    qtbot.waitUntil(lambda: not view.figure.empty, timeout=DEADLINE)
    assert "published" in view.text.toPlainText()

    for kind, suffix in (("markdown", "md"), ("png", "png"), ("svg", "svg"), ("csv", "csv")):
        target = tmp_path / kind
        target.mkdir()
        with qtbot.waitSignal(state.exported, timeout=DEADLINE):
            state.export(target, kind)
        assert list(target.glob(f"*.{suffix}")), kind

    view.compare.click()
    qtbot.waitUntil(lambda: not state.busy, timeout=DEADLINE)
    view.sections.setCurrentRow(row)
    assert "published" not in view.text.toPlainText()
    train.model.select([runs / "two"])
    assert state.report is None, "a report is of the runs that were selected"


def test_the_experiments_are_measured_on_a_runs_weights_with_progress_and_can_be_cancelled(
    qtbot: QtBot, open_window: OpenWindow, runs: Path, backend: FakeBackend, crf: FakeCrf, tmp_path: Path
) -> None:
    data = write_camvid(tmp_path / "CamVid", val=4)
    window, train = open_window(backend=backend, crf=crf)
    start_short_job(qtbot, window, train, data, tmp_path / "small.toml", name="street", steps=4)
    qtbot.waitUntil(lambda: train.model.selection[0].state is RunState.FINISHED, timeout=DEADLINE)
    view, state = train.page.report, train.model.report
    train.page.tabs.setCurrentWidget(view)
    view.measure.click()
    assert state.measuring
    view.cancel.click()
    assert not state.busy
    told: list[tuple[int, int]] = []
    state.progressed.connect(lambda _run, done, total: told.append((done, total)))
    view.measure.click()
    qtbot.waitUntil(lambda: state.report is not None, timeout=2 * DEADLINE)
    assert told[-1] == (4, 4) or told[-1][1] == 4
    assert state.analysed()
    assert state.report is not None
    assert any("Easy, moderate and hard" in section.title for section in state.report.sections)
    assert not state.problem

    # The data set is deleted: said where it is missed, and what was measured stays.
    shutil.rmtree(data)
    view.measure.click()
    qtbot.waitUntil(lambda: not state.busy, timeout=DEADLINE)
    assert "there is no such folder" in view.told.text()
    assert state.report is not None
    confusion = train.page.confusion
    train.page.tabs.setCurrentWidget(confusion)
    qtbot.waitUntil(confusion.lost.isVisible, timeout=DEADLINE)
    assert "there is no such folder" in confusion.lost.text()
    assert confusion.images.count() > 0
    train.page.duplicate()
    setup = train.model.setup
    qtbot.waitUntil(lambda: bool(setup.data_problem), timeout=DEADLINE)
    assert "there is no such folder" in train.setup.found.text()
    assert not train.setup.start.isEnabled()
