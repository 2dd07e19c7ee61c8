"""The view models of the Train workspace, with real files and jobs that are a small script."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.services.training_publish import DialPoint, at_least, within_time
from app.services.training_runs import Run
from app.training.lines import PLOTS, Look, csv_text, lines_of
from app.training.model import TrainingModel
from app.training.run_list import RunFilter, RunList
from engine.jobs.job import job_process
from engine.jobs.remarks import Remarks, write_remarks
from engine.jobs.run_reader import RunReader
from engine.jobs.run_state import RunState
from tests.app.training.camvid_folder import write_camvid
from tests.engine.jobs.long_runs import write_run

DEADLINE = 40_000


def _run(folder: Path) -> Run:
    reader = RunReader(folder)
    while reader.poll():
        pass
    return Run(folder, data=reader.data())


def _set_up(qtbot: QtBot, training: TrainingModel, data: Path) -> None:
    training.setup.list_recipes()
    training.setup.choose_data(data)
    qtbot.waitUntil(lambda: training.setup.ready is not None and training.setup.report is not None, timeout=DEADLINE)


class TestSetup:
    def test_a_data_set_is_recognised_checked_and_shown(
        self, qtbot: QtBot, training: TrainingModel, tmp_path: Path
    ) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        setup = training.setup
        qtbot.waitUntil(lambda: setup.example is not None, timeout=DEADLINE)
        assert setup.found is not None
        assert setup.report is not None
        assert setup.example is not None
        assert (setup.found.layout, setup.train_split, setup.val_split) == ("camvid", "train", "val")
        assert (setup.report.pairs, setup.report.problem_count) == (6, 0)
        assert {value for value, _ in setup.example.stored} == {"0", "3", "8", "11"}
        assert {number for number, _ in setup.example.mapped} == {0, 3, 8}
        assert setup.example.void_share == pytest.approx(4 / 64)

    def test_what_is_no_data_set_is_said(self, qtbot: QtBot, training: TrainingModel, tmp_path: Path) -> None:
        (tmp_path / "nothing").mkdir()
        training.setup.choose_data(tmp_path / "nothing")
        qtbot.waitUntil(lambda: bool(training.setup.data_problem), timeout=DEADLINE)
        assert "no data set is recognised" in training.setup.data_problem
        assert training.setup.ready is None

    def test_a_wrong_value_keeps_the_job_from_starting_until_it_is_put_right(
        self, qtbot: QtBot, training: TrainingModel, tmp_path: Path
    ) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        setup = training.setup
        setup.change("phase.0.crop", "100")
        qtbot.waitUntil(lambda: "multiple of 32" in setup.recipe_problem, timeout=DEADLINE)
        assert setup.ready is None
        setup.change("phase.0.crop", "64")
        qtbot.waitUntil(lambda: setup.ready is not None, timeout=DEADLINE)
        assert "crop = 64" in setup.ready.toml
        setup.change("phase.0.crop", "")
        qtbot.waitUntil(lambda: setup.ready is not None and "crop = 64" not in setup.ready.toml, timeout=DEADLINE)

    def test_steps_are_shared_out_over_the_phases(self, qtbot: QtBot, training: TrainingModel, tmp_path: Path) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        training.setup.set_steps(30)
        qtbot.waitUntil(lambda: training.setup.draft.iterations == 30, timeout=DEADLINE)
        assert training.setup.recipe_problem == ""

    def test_weights_that_are_missing_are_named(self, qtbot: QtBot, training: TrainingModel, tmp_path: Path) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        training.setup.change("model.start", '"/nowhere/weights.safetensors"')
        qtbot.waitUntil(lambda: bool(training.setup.draft.problems), timeout=DEADLINE)
        assert "/nowhere/weights.safetensors" in training.setup.draft.problems[0].replace("\\", "/")


class TestJobs:
    def test_a_job_is_made_started_paused_and_resumed(
        self, qtbot: QtBot, training: TrainingModel, tmp_path: Path
    ) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        training.setup.name = "mine"
        training.create(start=True)
        qtbot.waitUntil(lambda: [run.name for run in training.selection] == ["mine"], timeout=DEADLINE)

        def state() -> RunState:
            return training.selection[0].state

        qtbot.waitUntil(lambda: state() is RunState.RUNNING, timeout=DEADLINE)
        training.jobs.pause(training.selection[0])
        qtbot.waitUntil(lambda: state() is RunState.PAUSED, timeout=DEADLINE)
        training.jobs.start(training.selection)
        qtbot.waitUntil(lambda: state() is RunState.RUNNING, timeout=DEADLINE)
        training.jobs.stop(training.selection[0])
        qtbot.waitUntil(lambda: state() is RunState.STOPPED, timeout=DEADLINE)

    def test_closing_leaves_the_job_at_work_and_another_window_finds_it(
        self, qtbot: QtBot, training: TrainingModel, jobs_folder: Path, tmp_path: Path
    ) -> None:
        _set_up(qtbot, training, write_camvid(tmp_path / "CamVid"))
        training.setup.name = "mine"
        training.create(start=True)
        qtbot.waitUntil(
            lambda: bool(training.selection) and training.selection[0].state is RunState.RUNNING, timeout=DEADLINE
        )
        from engine.jobs.job_queue import JobQueue

        other = TrainingModel(JobQueue(jobs_folder))
        other.start()
        qtbot.waitUntil(lambda: [run.state for run in other.runs] == [RunState.RUNNING], timeout=DEADLINE)
        assert [run.name for run in other.selection] == ["mine"]
        with qtbot.waitSignal(other.shutdownFinished, timeout=DEADLINE):
            other.shutdown()
        assert job_process(jobs_folder / "mine") is not None

    def test_a_failure_is_told_and_nothing_else_suffers(
        self, qtbot: QtBot, training: TrainingModel, tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        with qtbot.waitSignal(training.problem, timeout=DEADLINE) as told:
            training.jobs.watch(tmp_path / "empty")
        assert "there is no run in this folder" in told.args[0]
        training.jobs.watch(write_run(tmp_path / "run", points=20))
        qtbot.waitUntil(lambda: [run.folder.name for run in training.runs] == ["run"], timeout=DEADLINE)


class TestList:
    def test_runs_are_filtered_by_words_and_tags(self, tmp_path: Path) -> None:
        runs = []
        for name, tags in (("street", ("night",)), ("forest", ("day", "nightly"))):
            folder = write_run(tmp_path / name, points=3)
            write_remarks(folder, Remarks(tags=tags))
            runs.append(Run(folder, remarks=Remarks(tags=tags)))
        model = RunList()
        shown = RunFilter(model)
        model.take(tuple(runs))
        for text, expected in (("", 2), ("night", 2), ("#night", 1), ("street night", 1), ("river", 0)):
            shown.set_text(text)
            assert shown.rowCount() == expected, text

    def test_rows_that_stay_are_changed_in_place(self, tmp_path: Path) -> None:
        runs = [Run(tmp_path / name) for name in "abc"]
        model = RunList()
        model.take(tuple(runs))
        changed = Run(tmp_path / "b", place=2)
        model.take((runs[2], changed))
        assert [model.row_of(tmp_path / name) for name in "abc"] == [-1, 1, 0]


class TestLines:
    def test_one_run_shows_stages_and_several_their_wholes(self, tmp_path: Path) -> None:
        runs = [_run(write_run(tmp_path / name, points=400)) for name in "ab"]
        loss = PLOTS[0]
        assert [line.label for line in lines_of(loss, runs[:1], Look())] == ["total", "stage 1", "stage 2"]
        assert [line.label for line in lines_of(loss, runs, Look())] == ["total", "total"]
        classes = next(kind for kind in PLOTS if kind.key == "class-iou")
        assert [line.label for line in lines_of(classes, runs[:1], Look())] == ["sky", "road", "tree"]

    def test_long_lines_are_thinned_and_smoothed_beside_the_raw_one(self, tmp_path: Path) -> None:
        run = _run(write_run(tmp_path / "long", points=20_000))
        line = lines_of(PLOTS[0], [run], Look(width=101))[0]
        assert len(line.x) < 1000
        assert line.smooth is not None
        assert len(line.smooth[0]) < 1000
        hours = lines_of(PLOTS[0], [run], Look(hours=True))[0]
        assert hours.x[-1] == pytest.approx(20_000 / 3600)

    def test_export_holds_every_point(self, tmp_path: Path) -> None:
        run = _run(write_run(tmp_path / "long", points=2000))
        rows = csv_text(PLOTS[0], [run]).splitlines()
        assert rows[0] == "run,curve,step,time,value"
        assert len(rows) == 1 + 3 * 2000


def test_the_dial_keeps_a_budget() -> None:
    points = tuple(DialPoint(rho, miou, ms, (1.0,)) for rho, miou, ms in ((1, 60, 90), (0.9, 59, 50), (0.8, 50, 40)))
    assert within_time(points, 55) is points[1]
    assert within_time(points, 10) is None
    assert at_least(points, 58.5) is points[1]
    assert at_least(points, 61) is None
