"""Reports of runs: the paper's experiments measured on their weights, tables and figures made of that.

Each in a process of its own; nothing here is quick.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from app.services.own_command import lower, run_command, written_at
from app.services.training_recipes import recipe_path
from app.services.training_runs import Run
from engine.cancel import CancelToken
from engine.errors import OutputError, TrainingError
from engine.jobs.program import command_line
from engine.jobs.run_folder import ANALYSIS, SWEEP_FILE
from engine.jobs.run_results import weights_of

ExportKind = Literal["markdown", "png", "svg", "csv"]
OnProgress = Callable[[int, int], None]

ANALYSIS_FILE: Final = "analysis.json"
_DONE = re.compile(r"(\d+)/(\d+) images")


@dataclass(frozen=True)
class ReportSection:
    """One table or figure of a report.

    Attributes:
        text: Markdown, tables in it.
        figure, drawing: PNG and SVG files; None for tables alone.
        tables: CSV files.
    """

    title: str
    text: str
    figure: Path | None
    drawing: Path | None
    tables: tuple[Path, ...]


@dataclass(frozen=True)
class Report:
    """A report that lies in a folder, until that is cleared.

    Attributes:
        missing: what could not be shown for want of results.
        problems: inputs that could not be read.
    """

    folder: Path
    sections: tuple[ReportSection, ...]
    missing: tuple[str, ...]
    problems: tuple[str, ...] = ()


def is_analysed(run: Path) -> bool:
    """The paper's experiments have been measured on this run's weights."""
    return (run / ANALYSIS / ANALYSIS_FILE).is_file()


def analyse(run: Path, *, images: int, threads: int, cancel: CancelToken, on_progress: OnProgress) -> None:
    """Measures the experiments on so many validation images, 0 = all, and keeps what is found in the run's folder.

    Args:
        on_progress: called with (images done, images).

    Raises:
        RhoscopeError: there are no weights, or the data set is gone.
        Cancelled: asked for by `cancel`.
    """
    from engine.training.recipe import expand, load_recipe

    data = load_recipe(recipe_path(run)).data
    arguments = ["--model", str(weights_of(run)), "--root", str(expand(data.root)), "--dataset", data.layout]
    arguments += ["--split", data.val, "--cityscapes-labels", data.cityscapes_labels, "--out", str(run / ANALYSIS)]
    arguments += ["--threads", str(max(1, threads))]
    if images:
        arguments += ["--images", str(images)]

    def follow(line: str) -> None:
        if (found := _DONE.search(line)) is not None:
            on_progress(int(found[1]), int(found[2]))

    target = run / ANALYSIS / ANALYSIS_FILE
    before = written_at(target)
    done = run_command(command_line("analyse", *arguments), cancel, started=lower, on_line=follow)
    # 1 is also said where some images could not be used and the others were.
    if done.code not in (0, 1) or written_at(target) == before:
        raise TrainingError(f"the experiments failed: {done.reason}", path=run)


def make_report(runs: Sequence[Run], folder: Path, *, compare: bool, cancel: CancelToken) -> Report:
    """Makes the report of what is known of some runs.

    Args:
        folder: is emptied first.
        compare: with the published values beside one's own.

    Raises:
        RhoscopeError: nothing could be made.
        Cancelled: asked for by `cancel`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    inputs = [text for run in runs for text in _inputs(run)]
    index = folder.with_name(f"{folder.name}.json")
    options = ["--out", str(folder), "--formats", "svg", "csv", "--json", str(index)]
    options += [] if compare else ["--own-only"]
    # Seconds of work that a person waits for: it gives way to nobody.
    done = run_command(command_line("report", *inputs, *options), cancel)
    if done.code not in (0, 1):
        raise TrainingError(f"the report failed: {done.reason}")
    try:
        table = json.loads(index.read_bytes())
        index.unlink()
        sections = tuple(_section(entry, folder) for entry in table["sections"])
        missing = tuple(str(item["what"]) for item in table["missing"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"the report cannot be read: {error}", path=folder) from error
    return Report(folder, sections, missing, (done.reason,) if done.code else ())


def export_report(report: Report, target: Path, kind: ExportKind) -> list[Path]:
    """Copies the report, or its figures or tables alone; raises OutputError. Returns the files."""
    figures = [section.figure for section in report.sections if section.figure is not None]
    chosen: dict[ExportKind, list[Path]] = {
        "markdown": [report.folder / "report.md", *figures],
        "png": figures,
        "svg": [section.drawing for section in report.sections if section.drawing is not None],
        "csv": [path for section in report.sections for path in section.tables],
    }
    written = []
    for path in chosen[kind]:
        try:
            written.append(Path(shutil.copyfile(path, target / path.name)))
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror}", path=target / path.name) from error
    return written


def _inputs(run: Run) -> list[str]:
    """The run, and what was measured of it: the sweep is part of the experiments where both are there."""
    name = re.sub(r"[=/\\]", "-", run.name)
    measured = run.folder / ANALYSIS / ANALYSIS_FILE
    if not measured.is_file():
        measured = run.folder / SWEEP_FILE
    return [f"{name}={run.folder}", *([f"{name}={measured}"] if measured.is_file() else [])]


def _section(entry: dict[str, object], folder: Path) -> ReportSection:
    figure, drawing, tables = entry["figure"], entry["drawing"], entry["tables"]
    assert isinstance(tables, list)
    return ReportSection(
        title=str(entry["title"]),
        text=str(entry["text"]),
        figure=None if figure is None else folder / str(figure),
        drawing=None if drawing is None else folder / str(drawing),
        tables=tuple(folder / str(name) for name in tables),
    )
