"""Curves of a run whose events tell of a resume, a whole validation and a failure."""

from __future__ import annotations

from typing import Any

from engine.evaluation.training_curves import curves, figure, tables


def _val(step: int, score: float, *, images: int = 80) -> dict[str, Any]:
    return {"event": "val", "step": step, "images": images, "rho": 0.9, "mIoU": score, "stages": [10.0, score],
            "shares": [0.5, 0.5]}  # fmt: skip


EVENTS: list[dict[str, Any]] = [
    {"event": "started", "step": 0, "recipe": "small"},
    {"event": "step", "step": 10, "loss": 3.0},
    {"event": "step", "step": 20, "loss": 2.0},
    _val(20, 30.0),
    {"event": "step", "step": 30, "loss": 1.5},
    {"event": "end", "step": 30, "outcome": "stopped"},
    {"event": "resumed", "step": 10, "recipe": "small"},
    {"event": "step", "step": 20, "loss": 2.2},
    _val(20, 31.0),
    _val(20, 28.0, images=318),
    {"event": "step", "step": 25, "loss": None},
]


def test_the_later_of_repeated_steps_count_and_what_was_undone_is_gone() -> None:
    result = curves(EVENTS)
    assert result.recipe == "small"
    assert result.losses == ((10, 3.0), (20, 2.2))
    assert [(v.step, v.images, v.mean_iou) for v in result.validations] == [(20, 80, 31.0), (20, 318, 28.0)]
    assert result.outcome == ""
    assert "under way" in tables(result)
    assert "| 20 | 318 | 0.9 | 28.00 | 10.0 / 28.0 | 50 / 50 |" in tables(result)


def test_the_end_is_told() -> None:
    assert curves([*EVENTS, {"event": "failed", "step": 25, "reason": "loss is not finite"}]).outcome == (
        "loss is not finite"
    )
    assert curves(EVENTS[:6]).outcome == "stopped"


def test_the_figure_has_a_line_for_each_stage_and_the_merged_answer() -> None:
    left, right = figure(curves(EVENTS)).axes
    assert list(left.lines[0].get_ydata()) == [3.0, 2.2]
    assert [line.get_label() for line in right.lines] == [
        "stage 1 alone", "stage 2 alone", "merged, 80 images", "merged, 318 images",
    ]  # fmt: skip


def test_a_run_without_anything_yet_is_shown_as_such() -> None:
    result = curves([])
    assert result.losses == ()
    assert figure(result).axes
    assert "unknown" in tables(result)
