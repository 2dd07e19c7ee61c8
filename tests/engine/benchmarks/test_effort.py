"""The simulated annotator: what it counts is what a person would have on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.benchmarks.effort import (
    Counts,
    Curve,
    counts_of,
    curve,
    curves_of,
    group_visits,
    region_visits,
)
from engine.cli.main import main
from engine.evaluation.confusion import ConfusionMatrix
from engine.labels.hard_pixels import hard_groups, rarity_weights
from tests.engine.cli.scored_model import use_voc_model
from tests.engine.data.voc_folder import write_voc
from tests.engine.labels.results import random_result


def _truth(seed: int, shape: tuple[int, int]) -> np.ndarray:
    dice = np.random.default_rng(seed)
    truth = np.kron(dice.integers(0, 4, (6, 8)), np.ones((10, 10))).astype(np.uint8)[: shape[0], : shape[1]]
    truth[dice.random(truth.shape) < 0.05] = 255
    return truth


def _miou(labels: np.ndarray, truth: np.ndarray) -> float:
    matrix = ConfusionMatrix(4)
    matrix.add(truth, labels)
    return matrix.scores().mean_iou


@pytest.mark.parametrize("seed", range(4))
def test_every_point_of_a_curve_is_the_miou_of_the_label_map_at_that_point(seed: int) -> None:
    answer = random_result(seed)
    truth = _truth(seed, answer.image_size)
    line = curve(counts_of(answer.label_map, truth, 4), group_visits(answer, truth))
    labels, touched = answer.label_map.copy(), 0
    assert line.mean_iou[0] == pytest.approx(_miou(labels, truth))
    groups = hard_groups(answer)
    for number, group in enumerate(groups.tour, start=1):
        selection = groups.selection(group)
        part, true = labels[selection.area.slices], truth[selection.area.slices][selection.mask]
        known = true[true != 255]
        part[selection.mask] = np.bincount(known).argmax() if known.size else group.label
        touched += int(selection.mask.sum())
        assert line.mean_iou[number] == pytest.approx(_miou(labels, truth))
        assert line.touched[number] == touched


def test_all_orders_begin_and_end_alike() -> None:
    answer = random_result(7)
    truth = _truth(7, answer.image_size)
    weights = rarity_weights(np.bincount(answer.label_map.ravel(), minlength=4))
    curves = curves_of(counts_of(answer.label_map, truth, 4), group_visits(answer, truth), weights=weights)
    assert set(curves) == {"tour", "tour_folder", "tour_answers", "confidence", "random"}
    for line in curves.values():
        assert line.mean_iou[0] == pytest.approx(curves["tour"].mean_iou[0])
        assert line.mean_iou[-1] == pytest.approx(curves["tour"].mean_iou[-1])
        assert line.touched[-1] == pytest.approx(curves["tour"].touched[-1])


def test_labelling_from_scratch_ends_with_the_truth() -> None:
    truth = _truth(3, (53, 75))
    full = counts_of(truth, truth, 4)
    nothing = np.zeros(4, np.int64)
    line = curve(Counts(nothing, nothing, full.truth), region_visits(truth, 4))
    assert line.mean_iou[0] == 0
    assert line.mean_iou[-1] == 1
    assert line.touched[-1] == (truth != 255).sum()


def test_the_fewest_visits_are_told() -> None:
    line = Curve(np.array([0.1, 0.5, 0.4, 0.9]), np.arange(4.0))
    assert [line.visits_to(value) for value in (0.1, 0.45, 0.6, 0.95)] == [0, 1, 3, None]


def test_the_command_reports_every_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_voc_model(monkeypatch)
    root = write_voc(tmp_path / "VOC2012", val=("a", "b", "c"))
    assert main(["bench", "effort", "--root", str(root), "--split", "val", "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["images"] == 3
    orders = {"tour", "tour_folder", "tour_answers", "confidence", "random", "scratch"}
    assert {row["order"] for row in report["rows"]} == orders
    assert set(report["summary"]["visits_for_95_percent"]) == orders
    assert set(report["rows"][0]) == {"order", "visits", "touched", "mIoU"}
    tour = [row for row in report["rows"] if row["order"] == "tour"]
    assert tour[0]["visits"] == 0
    assert tour[-1]["visits"] == report["summary"]["groups"] > 0
    assert main(["bench", "effort", "--root", str(root), "--quick"]) == 0
    assert "visits" in capsys.readouterr().out
