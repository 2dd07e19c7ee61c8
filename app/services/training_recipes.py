"""Recipes of runs, as text and where they differ. Reads files: not for the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.services.training_runs import Run
from engine.errors import RhoscopeError
from engine.jobs.run_folder import RECIPE_FILE, RECIPE_TOML


@dataclass(frozen=True)
class Comparison:
    """Recipes of several runs.

    Attributes:
        names: of the runs that could be read; text: of the first recipe as TOML; of one that is not understood, such as
            a newer version's, as it is written.
        rows: (key, a value for each run), differing ones alone; "" where a recipe has no such key.
        problems: recipes that cannot be read.
    """

    names: tuple[str, ...]
    text: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    problems: tuple[str, ...]


def compared(runs: Sequence[Run]) -> Comparison:
    """Never raises: what cannot be read is named."""
    from engine.training.recipe import load_recipe
    from engine.training.recipe_keys import recipe_keys
    from engine.training.recipe_toml import recipe_toml

    names: list[str] = []
    tables: list[dict[str, str]] = []
    problems: list[str] = []
    text = ""
    for run in runs:
        try:
            recipe = load_recipe(recipe_path(run.folder))
        except RhoscopeError as error:
            problems.append(str(error))
            text = text or _as_written(recipe_path(run.folder))
            continue
        if not names:
            text = recipe_toml(recipe)
        names.append(run.name)
        tables.append({key.key: key.value for key in recipe_keys(recipe)})
    keys = dict.fromkeys(key for table in tables for key in table)
    rows = [(key, tuple(table.get(key, "") for table in tables)) for key in keys]
    differing = tuple((key, values) for key, values in rows if len(set(values)) > 1)
    return Comparison(tuple(names), text, differing, tuple(problems))


def _as_written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def recipe_path(folder: Path) -> Path:
    """The recipe as it ran, or of a job that has not begun the one it will run."""
    ran = folder / RECIPE_FILE
    return ran if ran.is_file() else folder / RECIPE_TOML
