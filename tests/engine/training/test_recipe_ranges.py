"""The ranges that people are shown are those that a recipe is held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SettingError
from engine.training.recipe import load_recipe
from engine.training.recipe_keys import recipe_keys
from engine.training.recipe_ranges import RANGES, Range, range_of
from tests.desktop.small_recipe import small_recipe

_LISTS = {"phase.loss_weights": 3, "phase.rho_train_stages": 2, "phase.drop_rates": 2, "augmentation.scale": 2}
_ALONE = {"phase.rho_masked", "phase.scales", "augmentation.scales"}
_NEEDS = {
    "phase.drop_rates": ["phase.0.drop_rule=random"],
    "phase.scales": ["phase.0.loss=own"],
    "data.teacher_share": ['data.teacher=["x"]'],
}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    group = '[[phase.group]]\nmatch = ["a"]\nlr = 1.0\n'
    path.write_text(small_recipe(tmp_path, steps=5) + group, encoding="utf-8")
    return path


def _written(plain: str, value: float) -> str:
    number = f"{value:g}"
    if plain in _LISTS:
        return f"[{', '.join([number] * _LISTS[plain])}]"
    return f"[{number}]" if plain in _ALONE else number


@pytest.mark.parametrize("plain", RANGES)
def test_what_lies_outside_is_refused(recipe: Path, plain: str) -> None:
    head, _, rest = plain.partition(".")
    key = {"phase": f"phase.0.{rest}", "group": f"phase.1.group.0.{rest}"}.get(head, plain)
    bounds = range_of(key)
    assert bounds is not None
    outside = []
    if bounds.low is not None:
        outside.append(bounds.low if bounds.above else bounds.low - 1)
    if bounds.high is not None:
        outside.append(bounds.high if bounds.below else bounds.high + 1)
    for value in outside:
        with pytest.raises(SettingError):
            load_recipe(recipe, overrides=[*_NEEDS.get(plain, []), f"{key}={_written(plain, value)}"])


def test_ranges_are_told_in_signs_with_the_keys(recipe: Path) -> None:
    assert [str(r) for r in (Range(0, 1), Range(1), Range(0, above=True), Range(high=1), Range(0, 1, below=True))] == [
        "0 … 1", "≥ 1", "> 0", "≤ 1", "0 … < 1",
    ]  # fmt: skip
    kinds = {key.key: key.kind for key in recipe_keys(load_recipe(recipe))}
    assert kinds["phase.0.lr"] == "number, > 0"
    assert kinds["optimiser.ema"] == "number, 0 … < 1"
    assert kinds["phase.1.group.0.decay"] == "number, ≥ 0"
    assert kinds["phase.0.name"] == "text"
