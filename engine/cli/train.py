"""rhoscope train: a training job from a recipe, or the continuation of one."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RhoscopeError, SettingError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

STOPPED = 130


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("train", help="train a model from a recipe, or go on with a run")
    add_arguments(parser)
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", nargs="?", type=Path, metavar="RECIPE", help="TOML file; not needed with --resume")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE",
        help="change a value of the recipe, e.g. phase.0.lr=0.01 (repeatable)",
    )  # fmt: skip
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with the run in this folder")
    parser.add_argument(
        "--run", dest="folder", type=Path, metavar="DIR", help="folder of the new run (default runs/<name>-<time>)"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads")
    parser.add_argument("--device", default="auto", metavar="D", help="cpu, cuda or auto")


def run(args: argparse.Namespace) -> int:
    """0 = trained to the end, 1 = failed, 130 = stopped on request with a checkpoint."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        return _run(args)
    except RhoscopeError as error:
        print(f"rhoscope train: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingError) else 1


def _run(args: argparse.Namespace) -> int:
    from engine.training.run import RunOptions, resume_run, start_run

    if (args.recipe is None) == (args.resume is None):
        raise SettingError("give either a recipe or --resume RUN")
    if args.threads is not None and args.threads < 1:
        raise SettingError("--threads is at least 1")
    options = RunOptions(threads=args.threads, device=args.device)
    if args.resume is not None:
        folder = args.resume
        outcome = resume_run(folder, overrides=args.overrides, options=options)
    else:
        folder = args.folder or Path("runs") / f"{args.recipe.stem}-{datetime.now():%Y%m%d-%H%M%S}"
        outcome = start_run(args.recipe, folder=folder, overrides=args.overrides, options=options)
    if outcome == "stopped":
        print(f"stopped; go on with: rhoscope train --resume {folder}", file=sys.stderr)
        return STOPPED
    print(f"trained; weights in {folder / 'checkpoints'}", file=sys.stderr)
    return 0
