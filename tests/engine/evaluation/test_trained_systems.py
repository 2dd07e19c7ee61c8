"""Trainings of different systems side by side, from run folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import DataError
from engine.evaluation.report import read_source, sections
from engine.models.counting import model_counts

PHASE = {"batch": 2, "crop": 64, "accumulate": 1}


def run_folder(tmp_path: Path, file: str = "a", **model: Any) -> Path:
    """Two phases of 20 and 10 steps; validated on 4 images within, on 9 at the end."""
    folder = tmp_path / file
    folder.mkdir()
    recipe = {
        "name": file,
        "model": {"name": "fcn8s", "start": "", "working_side": 128} | model,
        "phase": [PHASE | {"iterations": 20}, PHASE | {"iterations": 10, "batch": 4}],
    }
    (folder / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    environment = {"device": "cpu", "threads": 1}
    (folder / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    scored = {"event": "val", "rho": 0.9, "stages": [], "shares": [1.0]}
    events = [
        {"event": "started", "step": 0, "recipe": file, "classes": ["sky", "road", "car"]},
        *({"event": "step", "step": step, "loss": loss} for step, loss in ((10, 3.0), (20, 1.5), (25, 0.9), (30, 0.7))),
        scored | {"step": 30, "images": 9, "mIoU": 12.34, "median_ms": 45.6},
        scored | {"step": 30, "images": 4, "mIoU": 99.0, "median_ms": 1.0},
        {"event": "end", "step": 30, "outcome": "finished"},
    ]
    (folder / "events.jsonl").write_text("\n".join(map(json.dumps, events)) + "\n", encoding="utf-8")
    return folder


def rows(*paths: Path) -> list[list[str]]:
    parts, _ = sections([read_source(path) for path in paths])
    text = next(part.text for part in parts if part.title.startswith("Systems and their"))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]


def test_a_run_shows_its_cost_its_losses_and_its_score(tmp_path: Path) -> None:
    (row,) = rows(run_folder(tmp_path))
    counts = model_counts("fcn8s", num_classes=3)
    assert row == [
        "`fcn8s`", f"{counts.params / 1e6:.2f}", f"{counts.macs_by_stage['total'] / 1e9:.1f}",
        "30 steps of 2 to 4 images at 64 pixels, from random weights", "3.00 → 1.50; 0.90 → 0.70",
        "–", "9", "12.34", "128", "45.6", "cpu, 1 thread",
    ]  # fmt: skip


def test_runs_say_where_their_weights_came_from(tmp_path: Path) -> None:
    started = run_folder(tmp_path, start="$RHOSCOPE_WEIGHTS/backbone.safetensors", name="lc-mobilenetv2")
    other = run_folder(tmp_path, "b", name="segnet")
    first, second = rows(started, other)
    assert first[3].endswith("from `backbone.safetensors`")
    # A network of one stage has no threshold.
    assert (first[5], second[5]) == ("0.9", "–")
    assert (second[0], second[3][-14:]) == ("`segnet`", "random weights")


def test_an_interrupted_run_says_how_far_it_came(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "events.jsonl").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    (row,) = rows(folder)
    assert row[3].startswith("20 of 30 steps")
    assert row[4:8] == ["3.00 → 1.50", "–", "–", "–"]


def test_an_eval_of_the_same_recipe_gives_the_score_and_the_time(tmp_path: Path) -> None:
    def scored(file: str, **changes: Any) -> Path:
        data = {"recipe": "a", "mIoU": 20.0, "per_class": {"sky": 20.0}, "rho": 0.5, "images": 7,
                "milliseconds": {"median": 5.5}, "device": "cpu", "precision": "fp32", "threads": 2}  # fmt: skip
        path = tmp_path / file
        path.write_text(json.dumps(data | changes), encoding="utf-8")
        return path

    run = run_folder(tmp_path)
    (row,) = rows(run, scored("eval.json"))
    assert row[5:] == ["–", "7", "20.00", "128", "5.5", "cpu, fp32, 2 threads"]
    for other in (scored("other.json", recipe="b"), scored("flipped.json", flip=True)):
        (row,) = rows(run, other)
        assert row[7] == "12.34"


def test_a_run_without_its_recipe_is_left_out_of_the_table(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    (folder / "recipe.json").unlink()
    parts, missing = sections([read_source(folder)])
    assert not any(part.title.startswith("Systems and their") for part in parts)
    assert any("systems" in item.what for item in missing)


def test_a_damaged_recipe_is_named(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    (folder / "recipe.json").write_text('{"name": "a"}', encoding="utf-8")
    with pytest.raises(DataError, match=r"recipe.*cannot be read") as caught:
        read_source(folder)
    assert caught.value.path == folder / "recipe.json"
