"""rhoscope report: own results beside the values that the layer-cascade paper published."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.console import DONE, SOME_FAILED, Console, quiet_stdout, write_json
from engine.errors import DataError, RhoscopeError

if TYPE_CHECKING:
    from engine.evaluation.report import Source


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "report",
        help="own results beside the paper's, as tables and figures",
        description="Tables and figures from own results, with published values beside them, marked as such. What was "
        "not measured is left out and listed. Exit code 1 where an input could not be read; the others are used.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="RUN_OR_JSON",
        help="run folders, and JSON files of eval, sweep and analyse; NAME=PATH gives a result its name in the tables, "
        "where irnet, dsn, dsn-dropout, mc and lc are the methods of Table 2",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for report.md and the figures")
    parser.add_argument("--title", default="Results", help="heading of the report")
    parser.add_argument("--own-only", action="store_true", help="leave the published values out")
    parser.add_argument(
        "--formats", nargs="+", choices=("svg", "csv"), default=[], metavar="F",
        help="beside Markdown and PNG: svg (figures), csv (tables)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help='an index of the report; "-" = standard output')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 = all inputs are in the report, 1 = some could not be read (each is named)."""
    console = Console(args.command)
    with quiet_stdout():
        from engine.evaluation.report import sections
        from engine.evaluation.report_files import write_report

        sources: list[Source] = []
        failed = 0
        for text in args.inputs:
            try:
                sources.append(_source(text))
            except RhoscopeError as error:
                console.problem(error)
                failed += 1
        if not sources:
            raise DataError("no input could be read, there is nothing to report")
        parts, missing = sections(sources, compare=not args.own_only)
        written = write_report(parts, missing, args.out, title=args.title, formats=args.formats)
    if args.json:
        write_json(args.json, written.index)
    for item in missing:
        console.say(f"not in the report: {item.what} ({item.cure})")
    console.say(f"wrote {written.report}, {len(written.figures)} figures and {len(written.others)} further files")
    return SOME_FAILED if failed else DONE


def _source(text: str) -> Source:
    """A path, or NAME=PATH; a path that exists is one even where it holds an equals sign."""
    from engine.evaluation.report import read_source

    named = re.fullmatch(r"([^=/\\]+)=(.+)", text)
    if named is None or Path(text).exists():
        return read_source(Path(text))
    return read_source(Path(named[2]), name=named[1])
