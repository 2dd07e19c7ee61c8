"""rhoscope import: label files of other programs into a project, one step an image that can be undone."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import DONE, SOME_FAILED, Console, write_json
from engine.cli.export import FORMAT_NAMES

_NAMED = 5


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("import", help="other programs' label files into a project")
    parser.add_argument("project", type=Path, metavar="PROJECT", help="the project file")
    parser.add_argument("--format", required=True, choices=FORMAT_NAMES)
    parser.add_argument("--from", required=True, type=Path, metavar="DIR", dest="folder", help="where the files are")
    parser.add_argument(
        "--over-human", action="store_true", help="replace pixels that a person has decided; they stay without it"
    )
    parser.add_argument("--json", metavar="FILE", help='where the numbers go; "-" = standard output')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 = all label files taken, 1 = some were not: unreadable, or without a photo in the project; each named."""
    from engine.project.label_import import import_all, look_into
    from engine.project.project import Project

    console = Console("import")
    with Project.open(args.project) as project:
        if not project.writable:
            raise project.reading_only()
        match = look_into(project, format=args.format, folder=args.folder)
        console.say(f"{match.found} label maps, photos of {len(match.matched)} of them are in the project")
        summary = import_all(
            project,
            match,
            over_human=args.over_human,
            on_progress=lambda done, total: console.progress(f"{done}/{total} images"),
        )
        changed = [str(project.image(image_id).path) for image_id in summary.changed]
    for problem in summary.failed:
        console.problem(problem)
    if match.unmatched:
        names = ", ".join(match.unmatched[:_NAMED]) + (", …" if len(match.unmatched) > _NAMED else "")
        console.problem(f"no photo in the project for {len(match.unmatched)} of them: {names}")
    console.say(f"{len(changed)} images have other labels than before")
    if args.json:
        write_json(
            args.json,
            {
                "format": args.format,
                "found": match.found,
                "matched": len(match.matched),
                "unmatched": list(match.unmatched),
                "changed": changed,
                "failed": [str(problem) for problem in summary.failed],
            },
        )
    return SOME_FAILED if summary.failed or match.unmatched else DONE
