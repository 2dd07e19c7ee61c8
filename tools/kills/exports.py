"""Kills in the middle of exports."""

from __future__ import annotations

import itertools
from pathlib import Path

from engine.labels.formats.export import export_labels
from engine.labels.formats.registry import FORMATS
from engine.project.export_source import ProjectExport, project_classes
from engine.project.project import Project
from tools.kills.killing import Killed, Report, killed
from tools.kills.labelled import labelled_project


def kill_exports(folder: Path, seed: int) -> Killed:
    """Exports into one folder over and over; every file there must be whole at any moment.

    Raises:
        AssertionError: a file is not what an export that ran through writes, or the next export fails.
    """
    format = sorted(FORMATS)[seed % len(FORMATS)]
    file = folder / "exports.rhoscope"
    labelled_project(file, images=3, seed=seed)
    whole, target = folder / "whole", folder / "killed"
    _export(file, format, whole)

    def export(report: Report) -> None:
        for number in itertools.count():
            _export(file, format, target)
            report(number + 1)

    reported = killed(export, seed, longest=0.5)
    names = {path.relative_to(whole) for path in whole.rglob("*") if path.is_file()}
    for path in target.rglob("*") if target.exists() else ():
        if path.is_file() and not path.name.startswith(".rhoscope-"):
            name = path.relative_to(target)
            assert name in names, f"{format}: {name} does not belong there"
            assert path.read_bytes() == (whole / name).read_bytes(), f"{format}: {name} is half written"
    _export(file, format, target)
    found = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    assert names <= found
    return Killed("exports", reported, reported)


def _export(file: Path, format: str, folder: Path) -> None:
    with Project.open(file) as project:
        export_labels(ProjectExport(project), format=format, folder=folder, classes=project_classes(project))
