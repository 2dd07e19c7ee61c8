"""rhoscope convert: a public checkpoint into ours, with a report of every key."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import DONE, STDOUT, Console, quiet_stdout, write_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("convert", help="turn a public checkpoint into one of ours")
    parser.add_argument("source", type=Path, metavar="SRC", help="a .pth, .pt, .bin or .safetensors file")
    parser.add_argument("--model", required=True, metavar="NAME", help="the model it is for, e.g. pspnet:resnet50")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the .safetensors file to write")
    parser.add_argument("--num-classes", type=int, metavar="N", help="default: as many as the file tells apart, or 21")
    parser.add_argument(
        "--json", nargs="?", const=STDOUT, default=STDOUT, metavar="FILE",
        help='where the report of every key goes (default: "-", standard output)',
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Convert; a file that does not fit is refused, its report is still given."""
    console = Console("convert")
    with quiet_stdout():
        from engine.models.convert.conversion import ConversionError, convert
    try:
        with quiet_stdout():
            report = convert(args.source, model=args.model, target=args.out, num_classes=args.num_classes)
    except ConversionError as refused:
        write_json(args.json, {**refused.report.as_json(), "loaded": 0, "error": str(refused)})
        raise
    write_json(args.json, report.as_json())
    console.say(f"{args.out}: {report.label}, {len(report.loaded)} tensors of {report.layout}")
    if report.ignored:
        console.say(f"{len(report.ignored)} keys of the file have no place here: {_heads(report.ignored)}")
    if report.missing:
        console.say(
            f"{len(report.missing)} keys keep their initial values, so train before use: {_heads(report.missing)}"
        )
    return DONE


def _heads(names: tuple[str, ...]) -> str:
    return ", ".join(sorted({name.split(".")[0] for name in names}))
