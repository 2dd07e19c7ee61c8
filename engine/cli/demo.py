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
    code = predict.run(
        argparse.Namespace(
            **vars(args)
            | {
                "paths": [str(resource_path("samples"))],
                "rho": None,
                "crf": "off",
                "format": "voc",
                "stages": True,
                "overlay": True,
                "contact_sheet": args.out / CONTACT_SHEET,
                "json": str(args.out / "statistics.json"),
                "quiet": False,
            }
        )
    )
    if code == DONE:
        Console("demo").say(f"look at {args.out / CONTACT_SHEET}")
    return code
