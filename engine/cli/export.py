"""rhoscope export: a project's labels in a format of other programs, read back and compared."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.console import DONE, SOME_FAILED, Console, write_json

if TYPE_CHECKING:
    from engine.labels.formats.export import ExportSummary
    from engine.labels.formats.item import LabelClasses

# Named here once more, so that --help needs no numpy; a test keeps the two lists together.
FORMAT_NAMES = ("voc", "cityscapes", "coco", "coco-polygons", "labelme", "yolo-seg", "index")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("export", help="a project's labels in other programs' formats")
    parser.add_argument("project", type=Path, metavar="PROJECT", help="the project file")
    parser.add_argument("--format", required=True, choices=FORMAT_NAMES)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="CLASS",
        help="leave a class out, as undecided; repeatable",
    )
    parser.add_argument("--json", metavar="FILE", help='where the numbers go; "-" = standard output')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 = every labelled image exported, 1 = some were not, each named."""
    from engine.labels.formats.export import export_labels
    from engine.project.export_source import ProjectExport, project_classes
    from engine.project.project import Project

    console = Console("export")
    with Project.open(args.project) as project:
        classes = project_classes(project)
        summary = export_labels(
            ProjectExport(project, without=_numbers(args.without, classes, project.path)),
            format=args.format,
            folder=args.out,
            classes=classes,
            before_writing=lambda found: _say(console, found, args.format),
            on_progress=lambda done, total: console.progress(f"{done}/{total} images"),
        )
    for problem in summary.failed:
        console.problem(problem)
    console.say(f"{summary.images} images in {args.out}, read back and compared")
    if args.json:
        write_json(args.json, _as_json(summary, classes, args))
    return SOME_FAILED if summary.failed else DONE


def _numbers(names: Sequence[str], classes: LabelClasses, path: Path) -> list[int]:
    """Ids of classes by name; raises SettingError for a name that is none."""
    from engine.errors import SettingError

    unknown = [name for name in names if name not in classes.names]
    if unknown:
        raise SettingError(f"has no class {unknown[0]!r}", path=path, cure=f"it has {', '.join(classes.names)}")
    return [classes.names.index(name) for name in names]


def _say(console: Console, found: ExportSummary, name: str) -> None:
    total = sum(found.pixels.values())
    loss = found.loss
    if not loss.changed:
        console.say(f"{found.images} images: {name} holds every pixel")
    else:
        console.say(
            f"{found.images} images: {name} cannot hold {loss.changed} of {total} pixels ({loss.changed / total:.3%})"
        )
    if loss.holes:
        console.say(f"{loss.holes} holes are filled by it")
    if loss.one_pixel_parts:
        console.say(f"{loss.one_pixel_parts} parts of one pixel are written; some programs drop them")


def _as_json(summary: ExportSummary, classes: LabelClasses, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "format": args.format,
        "images": summary.images,
        "pixels": {
            classes.names[label] if label < len(classes.names) else "undecided": count
            for label, count in sorted(summary.pixels.items())
        },
        "changed_pixels": summary.loss.changed,
        "holes": summary.loss.holes,
        "one_pixel_parts": summary.loss.one_pixel_parts,
        "failed": [str(problem) for problem in summary.failed],
    }
