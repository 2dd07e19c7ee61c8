"""rhoscope demo: the main job without a display, on the sample photos, with one contact sheet to look at."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from engine.cli import predict
from engine.cli.console import DONE, Console
from engine.resources import resource_path

CONTACT_SHEET: Final = "contact_sheet.png"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="segment the sample photos and make one contact sheet",
        description=f"Writes label maps, overlays, stage maps and {CONTACT_SHEET} for the photos that come along.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR", help="folder for the results (default: out)"
    )
    predict.add_model_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    # Read as a command line, so that options that predict gets later have their defaults here.
    reader = argparse.ArgumentParser()
    predict.add_parser(reader.add_subparsers())
    wanted = reader.parse_args(
        [
            *("predict", str(resource_path("samples")), "--out", str(args.out), "--stages", "--overlay"),
            *("--contact-sheet", str(args.out / CONTACT_SHEET), "--json", str(args.out / "statistics.json")),
        ]
    )
    code = predict.run(argparse.Namespace(**vars(wanted) | vars(args)))
    if code == DONE:
        Console("demo").say(f"look at {args.out / CONTACT_SHEET}")
    return code
