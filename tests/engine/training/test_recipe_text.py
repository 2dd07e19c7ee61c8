"""Recipes as text: written as TOML and read back, every key explained."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from engine.resources import resource_path
from engine.training.recipe import load_recipe, recipe_from_table
from engine.training.recipe_keys import recipe_keys
from engine.training.recipe_toml import recipe_toml
from tests.engine.training.tiny import recipe

SHIPPED = sorted(resource_path("recipes").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_recipe_that_ships_is_written_and_read_back(path: Path) -> None:
    one = load_recipe(path)
    assert recipe_from_table(tomllib.loads(recipe_toml(one))) == one


def test_names_with_quotes_and_groups_survive() -> None:
    one = recipe(
        {"name": 'a "b" \\ ü\t\x7f', "group": [{"match": ["heads.*"], "lr": 2.0}]},
        optimiser={"group": [{"match": ["x"], "decay": 0.0}]},
        data={"root": "C:\\data\\new"},
    )
    assert recipe_from_table(tomllib.loads(recipe_toml(one))) == one


def test_defaults_are_left_out() -> None:
    text = recipe_toml(recipe({}))
    assert "precision" not in text
    assert "[schedule]" not in text


def test_every_key_has_a_value_and_help() -> None:
    keys = recipe_keys(load_recipe(SHIPPED[0]))
    assert [key.key for key in keys if not key.help] == []
    table = {key.key: key for key in keys}
    assert table["phase.0.accumulate"].help.startswith("forward passes a step")
    assert table["phase.0.forward"].kind == "dense | masked"
    assert table["model.mean"].kind == "3 × number"
    for key in keys:
        tomllib.loads(f"value = {key.value}")
