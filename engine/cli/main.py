"""The command line: one module a subcommand, loaded when it is asked for.

A module has `add_parser(subparsers)`, which sets the parser's default `run`, a function from arguments to an exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

from engine.cli.console import INTERRUPTED, SOME_FAILED
from engine.errors import RhoscopeError
from engine.version import VERSION

Subparsers = argparse._SubParsersAction  # argparse has no public name for it


def _predict(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import predict

    predict.add_parser(subparsers)


def _models(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import models

    models.add_parser(subparsers)


def _convert(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import convert

    convert.add_parser(subparsers)


def _train(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import train

    train.add_parser(subparsers)


def _eval(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import evaluate

    evaluate.add_eval_parser(subparsers)


def _sweep(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import evaluate

    evaluate.add_sweep_parser(subparsers)


def _analyse(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import analyse

    analyse.add_parser(subparsers)


def _report(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import report

    report.add_parser(subparsers)


def _data(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import data

    data.add_parser(subparsers)


def _bench(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import bench

    bench.add_parser(subparsers)


def _tune_crf(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import tune_crf

    tune_crf.add_parser(subparsers)


def _demo(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import demo

    demo.add_parser(subparsers)


def _export(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import export

    export.add_parser(subparsers)


def _import(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import import_labels

    import_labels.add_parser(subparsers)


def _self_check(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    from engine.cli import self_check

    self_check.add_parser(subparsers)


# Imported by functions, not by name, so that a packaged program contains them.
_COMMANDS: Final[dict[str, tuple[str, Callable[[Subparsers[argparse.ArgumentParser]], None]]]] = {
    "predict": ("segment images: label maps, overlays, statistics", _predict),
    "models": ("list the models, or describe one", _models),
    "convert": ("turn a public checkpoint into one of ours, with a report of every key", _convert),
    "train": ("train a model from a recipe, or go on with a run", _train),
    "eval": ("score a model on a labelled data set", _eval),
    "sweep": ("score a model at several values of ρ", _sweep),
    "analyse": ("the paper's experiments on a labelled data set: tables and figures", _analyse),
    "report": ("own results beside the paper's, as tables and figures", _report),
    "data": ("look through a labelled data set, or convert one", _data),
    "bench": ("measure region convolution, cascades and more on this machine", _bench),
    "tune-crf": ("search the CRF's kernels on validation images", _tune_crf),
    "export": ("a project's labels in other programs' formats", _export),
    "import": ("other programs' label files into a project", _import),
    "demo": ("segment the sample photos and make one contact sheet", _demo),
    "self-check": ("check that this installation works", _self_check),
}

COMMANDS: Final = frozenset(_COMMANDS)
"""Words that are subcommands; anything else on the command line is an image or a folder to open in the window."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns its exit code.

    0 = done, 1 = some inputs failed, 2 = wrong usage, 130 = interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(next((word for word in arguments if not word.startswith("-")), ""))
    try:
        args = parser.parse_args(arguments)
    except SystemExit as leaving:  # argparse has said what is wrong, or printed its help
        return leaving.code if isinstance(leaving.code, int) else SOME_FAILED
    try:
        code: int = args.run(args)
    except RhoscopeError as problem:
        print(f"rhoscope {args.command}: {problem}", file=sys.stderr)
        return SOME_FAILED
    except BrokenPipeError:  # the reader of our output, e.g. head, has gone: nobody is left to tell
        return SOME_FAILED
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    return code


def _parser(wanted: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rhoscope",
        description="Difficulty-aware semantic segmentation. Without a command, or with images or a folder in its "
        "place, the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"Rhoscope {VERSION}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, add) in _COMMANDS.items():
        if name == wanted:
            add(subparsers)
        else:
            subparsers.add_parser(name, help=text)
    return parser
