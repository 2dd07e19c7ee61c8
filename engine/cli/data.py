"""rhoscope data: look through a labelled data set, or convert one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.console import DONE, SOME_FAILED, Console, write_json
from engine.cli.datasets import add_dataset_options, dataset_of

if TYPE_CHECKING:
    from engine.data.preflight import Preflight, SizeCount


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("data", help="look through a labelled data set, or convert one")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="sizes, classes, and every file that cannot be used")
    add_dataset_options(check)
    check.add_argument("--json", metavar="FILE", help='where the numbers go; "-" = standard output')
    check.add_argument("--limit", type=int, default=50, metavar="N", help="problems to list (default: 50)")
    check.set_defaults(run=run_check)
    convert = actions.add_parser("convert-sbd", help="the label maps of SBD (cls/*.mat) as index PNGs")
    convert.add_argument("source", type=Path, metavar="SRC", help="the folder with SBD's cls/")
    convert.add_argument("target", type=Path, metavar="DEST", help="folder for the PNGs, e.g. …/SegmentationClassAug")
    convert.add_argument("--voc", type=Path, metavar="DIR", help="take VOC's own mask where it has one")
    convert.add_argument(
        "--list", dest="list_file", type=Path, metavar="FILE",
        help="also write the list train_aug: VOC train and SBD without VOC val (needs --voc)",
    )  # fmt: skip
    convert.set_defaults(run=run_convert_sbd)


def run_check(args: argparse.Namespace) -> int:
    """0 = nothing is wrong, 1 = there are problems, each named up to the limit."""
    from engine.data.preflight import preflight

    console = Console("data check")
    data = dataset_of(args, console)
    report = preflight(
        data,
        limit=max(0, args.limit),
        on_problem=console.problem,
        on_progress=lambda done, total: console.progress(f"{done}/{total} images"),
    )
    for line in _table(report):
        console.say(line)
    if args.json:
        write_json(args.json, _as_json(report))
    return SOME_FAILED if report.problem_count else DONE


def run_convert_sbd(args: argparse.Namespace) -> int:
    """0 = every file converted, 1 = some were not, each named."""
    from engine.data.sbd import convert_sbd

    console = Console("data convert-sbd")
    result = convert_sbd(
        args.source,
        args.target,
        voc_root=args.voc,
        list_file=args.list_file,
        on_problem=console.problem,
        on_progress=lambda done, total: console.progress(f"{done}/{total} label maps"),
    )
    console.say(f"{result.converted} label maps of SBD converted into {args.target}")
    if args.voc is not None:
        console.say(f"{result.from_voc} taken from VOC, which has void borders")
    if args.list_file is not None:
        console.say(f"{result.listed} names in {args.list_file}; {result.in_val} left out: they are in VOC val")
    if result.failed:
        console.say(f"{result.failed} could not be converted")
    return SOME_FAILED if result.failed else DONE


def _table(report: Preflight) -> list[str]:
    total = max(1, report.pixels)
    lines = [
        f"{report.checked} pairs in {report.seconds:.1f} s, images of {_sizes(report)}",
        f"{'value':>7}  {'class':<20} {'pixels':>14} {'share':>8} {'images':>8}",
    ]
    for row in report.classes:
        lines.append(f"{row.id:>7}  {row.name:<20} {row.pixels:>14} {row.pixels / total:>8.2%} {row.images:>8}")
    for strange in report.foreign[:10]:
        lines.append(
            f"{strange.value:>7}  {'(not in the table)':<20} {strange.pixels:>14} {strange.pixels / total:>8.2%} "
            f"{strange.images:>8}"
        )
    lines.append(f"void {report.void_share:.2%} of all pixels; {report.void_images} label maps hold no class")
    lines.extend(f"{count} × {kind}" for kind, count in report.problem_counts)
    if report.problem_count > len(report.problems):
        lines.append(f"{report.problem_count - len(report.problems)} problems are not listed (--limit)")
    lines.append("no problems" if not report.problem_count else f"{report.unusable} pairs cannot be used")
    return lines


def _sizes(report: Preflight) -> str:
    if report.smallest is None or report.largest is None:
        return "no readable size"
    if report.distinct_sizes == 1:
        return _size(report.smallest)
    return f"{report.distinct_sizes} sizes from {_size(report.smallest)} to {_size(report.largest)}"


def _size(size: SizeCount) -> str:
    return f"{size.width}×{size.height}"


def _as_json(report: Preflight) -> dict[str, Any]:
    return {
        "dataset": report.layout,
        "root": str(report.root),
        "split": report.split,
        "pairs": report.pairs,
        "checked": report.checked,
        "unusable": report.unusable,
        "sizes": {
            "distinct": report.distinct_sizes,
            "smallest": None if report.smallest is None else vars(report.smallest),
            "largest": None if report.largest is None else vars(report.largest),
            "common": [vars(size) for size in report.sizes],
        },
        "classes": [vars(row) for row in report.classes],
        "foreign": [vars(row) for row in report.foreign],
        "pixels": report.pixels,
        "void_share": report.void_share,
        "void_images": report.void_images,
        "problem_counts": dict(report.problem_counts),
        "problems": [
            {"kind": problem.kind, "path": str(problem.path), "reason": problem.reason} for problem in report.problems
        ],
        "seconds": round(report.seconds, 3),
    }
