"""rhoscope train: a training job from a recipe, or the continuation of one."""

from __future__ import annotations

import argparse
import json
import logging
import os
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
        "--run",
        "--folder",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="folder of the new run (default runs/<name>-<time>); --folder under torchrun, which has a --run-path",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads")
    parser.add_argument(
        "--nice", type=int, default=0, metavar="N", help="give way to other programs: 0 (not at all) to 19"
    )
    parser.add_argument(
        "--queue",
        type=Path,
        metavar="DIR",
        help="at the end start the next job of the queue kept in this folder",
    )
    parser.add_argument(
        "--estimate",
        action="store_true",
        help="print as JSON what the recipe would take, from a few steps on noise",
    )
    parser.add_argument("--classes", type=int, default=21, metavar="K", help="of --estimate (default 21)")
    parser.add_argument("--device", default="auto", metavar="D", help="cpu, cuda or auto")


def run(args: argparse.Namespace) -> int:
    """0 = trained to the end, 1 = failed, 130 = stopped on request with a checkpoint (under torchrun 0)."""
    # Several processes would say everything several times.
    level = logging.INFO if _leads() else logging.ERROR
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    try:
        return _run(args)
    except RhoscopeError as error:
        print(f"rhoscope train: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingError) else 1
    finally:
        if args.queue is not None and _leads():
            _start_next(args.queue)


def _start_next(queue: Path) -> None:
    from engine.jobs.job import forget_children
    from engine.jobs.job_queue import JobQueue

    try:
        for error in JobQueue(queue).advance():
            print(f"rhoscope train: the next job of the queue: {error}", file=sys.stderr)
    except RhoscopeError as error:
        print(f"rhoscope train: {error}", file=sys.stderr)
    forget_children()


def _run(args: argparse.Namespace) -> int:
    from engine.jobs.priority import lower_priority
    from engine.training.run import RunOptions, resume_run, start_run

    if args.recipe is None and args.resume is None:
        raise SettingError("give a recipe or --resume RUN")
    if args.resume is not None and args.folder is not None:
        raise SettingError("--run names the folder of a new run, --resume that of an old one: give one of them")
    if _by_torchrun() and args.resume is None and args.folder is None:
        raise SettingError("under torchrun give --folder DIR", cure="every process and restart needs the same one")
    if args.threads is not None and args.threads < 1:
        raise SettingError("--threads is at least 1")
    lower_priority(args.nice)
    if args.estimate:
        return _estimate(args)
    options = RunOptions(threads=args.threads, device=args.device)
    if args.resume is not None:
        folder = args.resume
        outcome = resume_run(folder, overrides=args.overrides, options=options, recipe_path=args.recipe)
    else:
        folder = args.folder or Path("runs") / f"{args.recipe.stem}-{datetime.now():%Y%m%d-%H%M%S}"
        outcome = start_run(args.recipe, folder=folder, overrides=args.overrides, options=options)
    if outcome == "stopped":
        _say(f"stopped; go on with: rhoscope train --resume {folder}")
        # torchrun would take any other code for a failure, and restart what was meant to stop.
        return 0 if _by_torchrun() else STOPPED
    _say(f"trained; weights in {folder / 'checkpoints'}")
    return 0


def _estimate(args: argparse.Namespace) -> int:
    import torch

    from engine.training.estimate import estimate
    from engine.training.recipe import load_recipe

    if args.recipe is None:
        raise SettingError("--estimate needs a recipe")
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    recipe = load_recipe(args.recipe, overrides=args.overrides)
    print(json.dumps(estimate(recipe, classes=args.classes, device=args.device)))
    return 0


def _by_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


def _leads() -> bool:
    return os.environ.get("RANK", "0") == "0"


def _say(text: str) -> None:
    if _leads():
        print(text, file=sys.stderr)
