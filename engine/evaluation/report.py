"""A report of own results beside published ones: Markdown and figures from the JSON of eval, sweep and analyse and from
run folders. What was not measured is left out and listed; a published value always carries that word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from matplotlib.figure import Figure

from engine.errors import DataError
from engine.evaluation import (
    difficulty,
    per_class,
    published,
    rho_sweep,
    stage_classes,
    stage_times,
    systems,
    trained_systems,
)
from engine.evaluation.figures import PUBLISHED
from engine.evaluation.markdown import table
from engine.evaluation.training_curves import Curves, curves
from engine.evaluation.training_curves import figure as curves_figure
from engine.evaluation.training_curves import tables as curves_tables
from engine.jobs.run_folder import ENVIRONMENT_FILE, EVENT_FILE, RECIPE_FILE
from engine.training.events import read_events

Kind = Literal["eval", "sweep", "analyse", "run"]


@dataclass(frozen=True)
class Source:
    """One input of a report.

    Attributes:
        name: what tables and legends call it.
        data: the JSON; of a run its recipe, its environment and its number of classes, what there is of them.
        curves: of a run; None for JSON.
    """

    name: str
    kind: Kind
    path: Path
    data: Mapping[str, Any]
    curves: Curves | None = None


@dataclass(frozen=True)
class Section:
    """Attributes:
    stem: of the figure's file.
    figure: None for a table alone.
    """

    title: str
    text: str
    stem: str = ""
    figure: Figure | None = None


@dataclass(frozen=True)
class Missing:
    """What a report cannot show for want of results, and what would bring them."""

    what: str
    cure: str


def read_source(path: Path, *, name: str = "") -> Source:
    """A run folder, or a JSON file that eval, sweep or analyse wrote.

    Args:
        name: what the report calls it; otherwise what the file says of its recipe or model, or the run's folder name.

    Raises:
        DataError: it is neither, cannot be read, or lacks what its kind must have.
    """
    if path.is_dir():
        return _run(path, name)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as JSON: {error}", path=path) from error
    if not isinstance(data, dict):
        raise DataError("holds no results of eval, sweep or analyse", path=path)
    kind = _kind(data, path)
    source = Source(name or str(data.get("recipe") or data.get("model") or path.stem), kind, path, data)
    try:
        _understood(source)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"lacks what {kind} writes: {error!r}", path=path, cure="make it anew") from error
    return source


def sections(sources: Sequence[Source], *, compare: bool = True) -> tuple[list[Section], list[Missing]]:
    """All tables and figures that the sources allow, in the paper's order, and what is missing."""
    named = _distinct(sources)
    found: list[Section] = [Section("What this report is made of", _inputs(named, compare))]
    missing: list[Missing] = []
    for make, what, cure in _PARTS:
        made = make(named, compare)
        found += made
        if not made:
            missing.append(Missing(what, cure))
    return found, missing


def _inputs(sources: Sequence[Source], compare: bool) -> str:
    rows = []
    for source in sources:
        data = source.data
        if source.curves is not None:
            rows.append([source.name, "run", source.path.name, "–", "–", source.curves.outcome or "under way"])
            continue
        machine = ", ".join(str(data[key]) for key in ("device", "precision") if data.get(key))
        machine += f", {systems.threads_text(data['threads'])}" if data.get("threads") else ""
        images = str(data.get("images", "–")) + (" (partial)" if data.get("partial") else "")
        where = f"{data.get('dataset', '')} {data.get('split', '')}".strip()
        rows.append([source.name, source.kind, source.path.name, where or "–", images, machine or "–"])
    text = table(["name", "kind", "file", "data", "images", "machine or state"], rows)
    if not compare:
        return text
    return text + (
        f"\nOwn results were measured on the data and machines named here. Values marked *{PUBLISHED}* are those of "
        f"{published.SOURCE}, on other machines, with other networks and training data.\n"
    )


def _sweeps(sources: Sequence[Source], compare: bool) -> list[Section]:
    found = {s.name: rho_sweep.from_json(s.data["rows"]) for s in sources if s.kind in ("sweep", "analyse")}
    if not found:
        return []
    text = "".join(
        f"**{name}**{_scope(sources, name)}\n\n{rho_sweep.tables(points, compare=compare)}\n"
        for name, points in found.items()
    )
    figure = rho_sweep.figure(found, compare=compare)
    return [Section("Accuracy, shares and time by ρ (Table 1, Fig. 7a)", text, "rho-sweep", figure)]


def _stage_times(sources: Sequence[Source], compare: bool) -> list[Section]:
    made = []
    for source in sources:
        if source.kind not in ("sweep", "analyse"):
            continue
        points = rho_sweep.from_json(source.data["rows"])
        if any(point.stages_ms for point in points):
            text = f"**{source.name}**{_scope(sources, source.name)}\n\n" + stage_times.tables(points, compare=compare)
            figure = stage_times.figure(points, compare=compare)
            made.append(Section("Time of each stage (Fig. 7b)", text, f"stage-times-{slug(source.name)}", figure))
    return _told_apart(made, sources)


def _methods(sources: Sequence[Source], compare: bool) -> list[Section]:
    own = [result for result in _measured(sources) if result.method is not None and not result.extras]
    if not own:
        return []
    text = systems.methods_table(own, compare=compare)
    return [Section("Training methods (Table 2)", text)]


def _speeds(sources: Sequence[Source], compare: bool) -> list[Section]:
    own = [result for result in _measured(sources) if not result.extras]
    if not own:
        return []
    text = systems.speed_table(own, compare=compare)
    return [Section("Speed and accuracy (Table 3)", text, "speed", systems.speed_figure(own, compare=compare))]


def _classes(sources: Sequence[Source], compare: bool) -> list[Section]:
    groups: dict[tuple[str, ...], dict[str, per_class.ByClass]] = {}
    for source in sources:
        if source.kind in ("eval", "analyse"):
            values: per_class.ByClass = source.data["per_class"]
            groups.setdefault(tuple(values), {})[source.name] = values
    made = []
    for number, own in enumerate(groups.values(), start=1):
        text, figure = per_class.tables(own, compare=compare), per_class.figure(own, compare=compare)
        made.append(Section("IoU by class (Tables 4 and 5)", text, f"per-class-{number}", figure))
    return made


def _extras(sources: Sequence[Source], compare: bool) -> list[Section]:
    own = _measured(sources)
    if not any(result.extras for result in own):
        return []
    own = sorted(own, key=lambda result: len(result.extras))
    return [Section("Extras at test time (Table 6)", systems.extras_table(own, compare=compare))]


def _difficulty(sources: Sequence[Source], compare: bool) -> list[Section]:
    made = []
    for source in sources:
        if source.kind == "analyse":
            result = difficulty.from_json(source.data["difficulty"])
            text = f"**{source.name}**{_scope(sources, source.name)}\n\n" + difficulty.tables(result, compare=compare)
            figure = difficulty.figure(result, compare=compare)
            stem = f"difficulty-{slug(source.name)}"
            made.append(Section("Easy, moderate and hard pixels (Fig. 1)", text, stem, figure))
    return _told_apart(made, sources)


def _stage_classes(sources: Sequence[Source], compare: bool) -> list[Section]:
    made = []
    for source in sources:
        if source.kind == "analyse":
            result = stage_classes.from_json(source.data["stage_classes"])
            if result.stage_count == 1:  # it decides all of every class
                continue
            text = f"**{source.name}**{_scope(sources, source.name)}\n\n"
            text += stage_classes.tables(result, compare=compare)
            figure = stage_classes.figure(result, compare=compare)
            made.append(Section("Classes by stage (Fig. 5)", text, f"stage-classes-{slug(source.name)}", figure))
    return _told_apart(made, sources)


def _trained(sources: Sequence[Source], compare: bool) -> list[Section]:
    runs = [trained_systems.from_run(s.data, s.curves, name=s.name) for s in sources if s.curves is not None]
    own = [run for run in runs if run is not None]
    if not own:
        return []
    evals = {
        str(source.data["recipe"]): result
        for source, result in ((s, systems.from_json(dict(s.data), name=s.name)) for s in sources if s.kind == "eval")
        if source.data.get("recipe") and not result.extras
    }
    text = trained_systems.trained_table([trained_systems.scored_by(run, evals) for run in own])
    return [Section("Systems and their trainings", text)]


def _training(sources: Sequence[Source], compare: bool) -> list[Section]:
    made = []
    for source in sources:
        if source.curves is not None:
            figure = curves_figure(source.curves)
            title, stem = f"Training of {source.name}", f"training-{slug(source.name)}"
            made.append(Section(title, curves_tables(source.curves), stem, figure))
    return made


_PARTS: tuple[tuple[Callable[[Sequence[Source], bool], list[Section]], str, str], ...] = (
    (_difficulty, "easy, moderate and hard pixels (Fig. 1)", "give the JSON of `rhoscope analyse`"),
    (_sweeps, "accuracy by ρ (Table 1, Fig. 7a)", "give the JSON of `rhoscope sweep` or `analyse`"),
    (_methods, "training methods (Table 2)", "give the JSON of `rhoscope eval` of each, e.g. `dsn=dsn.json`"),
    (_speeds, "speed and accuracy (Table 3)", "give the JSON of `rhoscope eval`"),
    (_classes, "IoU by class (Tables 4 and 5)", "give the JSON of `rhoscope eval` or `analyse`"),
    (_stage_classes, "classes by stage (Fig. 5)", "give the JSON of `rhoscope analyse`"),
    (_stage_times, "time of each stage (Fig. 7b)", "give the JSON of `rhoscope sweep` or `analyse`"),
    (_extras, "extras at test time (Table 6)", "give the JSON of `rhoscope eval` with --scales, --flip or --crf"),
    (_trained, "systems and their trainings", "give run folders"),
    (_training, "training curves", "give a run folder"),
)


def _told_apart(made: list[Section], sources: Sequence[Source]) -> list[Section]:
    """Where there are several of a kind, each bears the name of its source, with which its text begins."""
    if len(made) < 2:
        return made
    named = []
    for section in made:
        source = next(s.name for s in sources if section.text.startswith(f"**{s.name}**"))
        named.append(replace(section, title=f"{section.title}: {source}"))
    return named


def _measured(sources: Sequence[Source]) -> list[systems.Measured]:
    return [systems.from_json(dict(s.data), name=s.name) for s in sources if s.kind in ("eval", "analyse")]


def _scope(sources: Iterable[Source], name: str) -> str:
    """How many images stand behind a table, where that is known."""
    source = next(s for s in sources if s.name == name)
    images = source.data.get("images")
    if images is None:
        return ""
    return f", {images} images" + (", **partial**" if source.data.get("partial") else "")


def _distinct(sources: Sequence[Source]) -> list[Source]:
    """The sources with names that differ: results of the same name are told apart by ρ and extras, else by number."""
    named: list[Source] = []
    taken: set[str] = set()
    several = {s.name for s in sources if sum(t.name == s.name for t in sources) > 1}
    for source in sources:
        name = source.name
        if name in several and source.kind in ("eval", "analyse"):
            extras = systems.from_json(dict(source.data), name=name).extras
            name = f"{name} ρ {source.data['rho']:g}" + (f" + {extras}" if extras else "")
        base, number = name, 1
        while name in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name)
        named.append(Source(name, source.kind, source.path, source.data, source.curves))
    return named


def _run(path: Path, name: str) -> Source:
    if not (path / EVENT_FILE).is_file():
        raise DataError(f"this folder holds no run: there is no {EVENT_FILE}", path=path)
    try:
        events = list(read_events(path))
        found = curves(events)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"its events cannot be read: {error}", path=path / EVENT_FILE) from error
    if not events:
        raise DataError("its events cannot be read: not one whole line of JSON", path=path / EVENT_FILE)
    try:
        data = _about_run(path, events)
        trained_systems.from_run(data, found, name=path.name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the run's recipe cannot be read: {error!r}", path=path / RECIPE_FILE) from error
    return Source(name or path.name, "run", path, data, found)


def _about_run(folder: Path, events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Its recipe and environment, where they are there, and how many classes its data has."""
    parts = {"recipe": folder / RECIPE_FILE, "environment": folder / ENVIRONMENT_FILE}
    data: dict[str, Any] = {
        part: json.loads(path.read_text(encoding="utf-8")) for part, path in parts.items() if path.is_file()
    }
    classes = [len(event["classes"]) for event in events if event.get("classes")]
    if not classes:
        data.pop("recipe", None)  # a run that never began has no system to speak of
    return data | {"classes": classes[-1] if classes else 0}


def _kind(data: Mapping[str, Any], path: Path) -> Kind:
    if "difficulty" in data:
        return "analyse"
    if "per_class" in data and "mIoU" in data:
        return "eval"
    if "rows" in data and all(isinstance(row, dict) and "rho" in row and "mIoU" in row for row in data["rows"]):
        return "sweep"
    raise DataError("holds no results of eval, sweep or analyse", path=path)


def _understood(source: Source) -> None:
    """Reads everything that the sections will need, so that a damaged file is found before anything is written."""
    data = source.data
    if source.kind in ("sweep", "analyse"):
        rho_sweep.from_json(data["rows"])
    if source.kind in ("eval", "analyse"):
        systems.from_json(dict(data), name=source.name)
    if source.kind == "analyse":
        difficulty.from_json(data["difficulty"])
        stage_classes.from_json(data["stage_classes"])


def slug(name: str) -> str:
    """A name as a part of a file's name."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-") or "result"
