"""Following an event file: as it grows, breaks off, repeats, and comes from another version."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from engine.jobs.run_reader import RunData, RunReader
from engine.jobs.series import Series, smoothed, thinned
from tests.engine.jobs.long_runs import CLASSES, started, step, text, val, write_run


def _read(folder: Path, content: str = "") -> RunData:
    if content:
        (folder / "events.jsonl").write_text(content, encoding="utf-8")
    reader = RunReader(folder)
    while reader.poll():
        pass
    return reader.data()


def test_everything_that_events_say_is_there(tmp_path: Path) -> None:
    phase = {"event": "phase", "time": 1000.5, "step": 0, "name": "all"}
    data = _read(tmp_path, text(started(), phase, step(10, loss=2.0), step(20, loss=1.5), val(20, 40.0)))
    assert data.curves["loss"].values.tolist() == [2.0, 1.5]
    assert data.curves["loss/stage2"].values.tolist() == [1.0, 0.75]
    assert data.curves["kept/2"].values.tolist() == [0.4, 0.4]
    assert data.curves["share/1"].values.tolist() == [0.7]
    assert data.curves["mIoU/2"].values.tolist() == [40.0]
    assert math.isnan(data.curves["IoU/2"].values[0])
    assert data.curves["memory_mb"].steps.tolist() == [10.0, 20.0]
    assert (data.step, data.iterations, data.phase, data.last) == (20, 1000, "all", "started")
    assert (data.best, data.best_step, data.class_names) == (40.0, 20, CLASSES)
    assert data.eta_seconds == 60.0
    assert data.palette[1] == (128, 64, 128)


def test_a_run_that_is_not_there_has_nothing_and_may_come_later(tmp_path: Path) -> None:
    reader = RunReader(tmp_path)
    assert not reader.poll()
    assert reader.data().last == ""
    (tmp_path / "events.jsonl").write_text(text(started(), step(1)), encoding="utf-8")
    assert reader.poll()
    assert reader.data().step == 1
    (tmp_path / "events.jsonl").unlink()
    assert reader.poll()
    assert reader.data().last == ""


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_is_read_once_it_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "events.jsonl"
    whole = text(started(), step(1)).encode() + text(step(2)).encode()
    reader = RunReader(tmp_path)
    path.write_bytes(whole[:-cut])
    reader.poll()
    assert reader.data().step == 1
    with path.open("ab") as file:
        file.write(whole[-cut:])
    reader.poll()
    data = reader.data()
    assert (data.step, data.skipped, len(data.curves["loss"])) == (2, 0, 2)


def test_what_was_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    data = _read(tmp_path, text(started(), step(1)) + '{"event": "st\n' + text(started(1, event="resumed"), step(2)))
    assert (data.step, data.skipped, data.last) == (2, 1, "resumed")


def test_after_a_resume_the_later_line_counts(tmp_path: Path) -> None:
    lines = [started(), step(10, loss=3.0), val(10, 50.0), step(20, loss=2.0), val(20, 60.0)]
    lines += [started(10, event="resumed"), step(20, loss=1.0), val(20, 55.0)]
    data = _read(tmp_path, text(*lines))
    assert data.curves["loss"].steps.tolist() == [10.0, 20.0]
    assert data.curves["loss"].values.tolist() == [3.0, 1.0]
    assert data.curves["mIoU"].values.tolist() == [50.0, 55.0]
    assert (data.best, data.validations) == (55.0, (10, 20))


def test_a_repeated_step_counts_even_without_a_word_of_the_resume(tmp_path: Path) -> None:
    data = _read(tmp_path, text(started(), step(10, loss=3.0), step(20, loss=2.0), step(20, loss=1.0)))
    assert data.curves["loss"].values.tolist() == [3.0, 1.0]


def test_curves_that_were_handed_out_do_not_change(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text(started(), step(1, loss=9.0), step(2, loss=8.0)), encoding="utf-8")
    reader = RunReader(tmp_path)
    reader.poll()
    before = reader.data().curves["loss"]
    with path.open("a", encoding="utf-8") as file:
        file.write(text(started(1, event="resumed"), step(2, loss=5.0), step(3, loss=4.0)))
    reader.poll()
    assert before.values.tolist() == [9.0, 8.0]
    assert reader.data().curves["loss"].values.tolist() == [9.0, 5.0, 4.0]


def test_the_validation_on_the_whole_list_stands_beside_the_curve(tmp_path: Path) -> None:
    data = _read(tmp_path, text(started(), val(10, 50.0, images=4), val(10, 45.0, images=40)))
    assert data.curves["mIoU"].values.tolist() == [50.0]
    assert data.whole is not None
    assert (data.whole.images, data.whole.mean_iou, data.best) == (40, 45.0, 50.0)


def test_a_newer_version_is_read_as_far_as_it_is_understood(tmp_path: Path) -> None:
    newer = [
        {**started(), "format": 9},
        {"event": "weather", "time": 1.0, "rain": True},
        {"event": "step", "time": 1002.0, "step": 5, "loss": 1.0, "terms": ["another", "form"], "fresh": {"a": 1}},
        {"event": 7},
        step(6),
    ]
    data = _read(tmp_path, text(*newer) + "[1, 2]\n" + "no json\n")
    assert data.step == 6
    assert data.skipped == 4
    assert data.curves["loss"].steps.tolist() == [5.0, 6.0]


def test_values_that_are_not_finite_leave_gaps(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(step(2)))
    broken["loss"] = None
    data = _read(tmp_path, text(started(), step(1, loss=1.0), broken, step(3, loss=2.0)))
    assert np.isnan(data.curves["loss"].values).tolist() == [False, True, False]


def test_a_run_begun_again_in_its_folder_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text(started(), *[step(n) for n in range(1, 50)]), encoding="utf-8")
    reader = RunReader(tmp_path)
    reader.poll()
    path.write_text(text(started(), step(1, loss=7.0)), encoding="utf-8")
    reader.poll()
    assert reader.data().curves["loss"].values.tolist() == [7.0]


def test_a_hundred_thousand_points_are_read_in_portions_and_only_once(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "long", points=100_000)
    reader = RunReader(folder)
    portions = 0
    while reader.poll(limit=1 << 20):
        portions += 1
    assert portions > 10
    data = reader.data()
    assert len(data.curves["loss"]) == 100_000
    assert data.outcome == "finished"
    assert not reader.poll()


class TestSeries:
    def test_grows_beyond_its_first_room_and_is_cut(self) -> None:
        series = Series()
        for number in range(1000):
            series.append(number, number, number * 2.0)
        series.cut(499)
        curve = series.curve()
        assert len(curve) == 500
        assert curve.at(250.5) == 500.0
        assert curve.at(-1) is None

    def test_a_curve_stays_as_it_was_whatever_its_series_goes_on_to_hold(self) -> None:
        series = Series()
        for number in range(100):
            series.append(number, number, 1.0)
        before = series.curve()
        series.cut(49)
        for number in range(50, 200):
            series.append(number, number, 2.0)
        series.append(30, 30, 3.0)
        assert before.values.tolist() == [1.0] * 100
        assert not before.values.flags.writeable
        after = series.curve()
        assert after.steps.tolist() == list(range(31))
        assert after.values.tolist() == [1.0] * 30 + [3.0]
        for number in range(31, 40):
            series.append(number, number, 4.0)
        assert after.values.tolist() == [1.0] * 30 + [3.0]
        assert np.shares_memory(series.curve().values, series.curve().values), "nothing is copied"

    def test_thinning_keeps_extremes_ends_and_order(self) -> None:
        x = np.arange(100_000.0)
        y = np.sin(x / 50.0)
        y[31_234], y[77_777] = 40.0, -40.0
        few, values = thinned(x, y, low=-np.inf, high=np.inf, buckets=300)
        assert len(few) <= 700
        assert (np.diff(few) > 0).all()
        assert (values.max(), values.min()) == (40.0, -40.0)
        assert (few[0], few[-1]) == (0.0, 99_999.0)

    def test_thinning_of_a_part_shows_it_in_full(self) -> None:
        x = np.arange(100_000.0)
        few, _ = thinned(x, x, low=500.0, high=600.0, buckets=300)
        assert few.tolist() == list(range(499, 602))

    def test_thinning_lives_with_gaps(self) -> None:
        x = np.arange(5000.0)
        y = np.full(5000, np.nan)
        y[100] = 1.0
        _, values = thinned(x, y, low=-np.inf, high=np.inf, buckets=50)
        assert np.nanmax(values) == 1.0

    def test_smoothing_keeps_a_straight_line_and_flattens_noise(self) -> None:
        line = np.arange(101.0)
        assert smoothed(line, 9) == pytest.approx(line)
        noise = np.random.default_rng(0).normal(size=1000)
        assert smoothed(noise, 101)[100:900].std() < 0.2 * noise.std()
        gap = np.array([1.0, np.nan, 3.0, 1.0, 1.0])
        assert np.isnan(smoothed(gap, 3)).tolist() == [False, True, False, False, False]
