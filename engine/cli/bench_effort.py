"""rhoscope bench effort: how far a simulated annotator's visits to hard pixels carry on a labelled data set."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from engine.cli.console import DONE, INTERRUPTED, SOME_FAILED, Console, quiet_stdout, write_json
from engine.cli.datasets import add_dataset_options, dataset_of
from engine.cli.predict import add_model_arguments
from engine.cli.scoring import (
    add_images_argument,
    add_rho_argument,
    chosen_images,
    chosen_rho,
    open_scored_model,
    progress_reporter,
    stopped_by_ctrl_c,
)

if TYPE_CHECKING:
    from engine.benchmarks.effort import Effort

_QUICK_IMAGES: Final = 12


def add_effort(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "effort",
        help="visits that a simulated annotator needs, by order",
        description="A simulated annotator gives each group of hard pixels its true majority class, in tour order, the "
        "least confident first and at random, and labels from scratch beside it: mIoU against visits and pixels.",
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_images_argument(parser)
    add_rho_argument(parser)
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help='as JSON; "-" or nothing for standard output'
    )
    parser.add_argument("--quick", action="store_true", help=f"a run of seconds: {_QUICK_IMAGES} images")
    parser.set_defaults(run=run_effort)


def run_effort(args: argparse.Namespace) -> int:
    """Raises RhoscopeError where the data set or the model cannot be read."""
    console = Console("bench effort")
    with quiet_stdout():
        from engine.benchmarks.effort import measure_effort
        from engine.cascade.thresholds import expand_rho

        if args.rho is not None:
            expand_rho(args.rho, stage_count=2)
        data = dataset_of(args, console)
        model = open_scored_model(args, data)
        rho = chosen_rho(args, model)
        with stopped_by_ctrl_c(console) as cancel:
            effort = measure_effort(
                model,
                data,
                indices=chosen_images(len(data), args.images or (_QUICK_IMAGES if args.quick else None)),
                rho=rho,
                max_side=args.max_side,
                on_image=progress_reporter(console),
                cancel=cancel,
            )
    head = {"model": model.info.label, "dataset": data.layout, "split": data.split, "images": effort.images, "rho": rho}
    _report(args, head, effort)
    if effort.failed:
        console.problem(f"could not be read and left out: {', '.join(effort.failed)}")
    if not effort.complete:
        console.problem(f"stopped; the numbers are partial: they speak of {effort.images} images alone")
        return INTERRUPTED
    return SOME_FAILED if effort.failed else DONE


def _report(args: argparse.Namespace, head: dict[str, Any], effort: Effort) -> None:
    from engine.benchmarks.effort import effort_rows, effort_summary

    summary = effort_summary(effort)
    if args.json is not None:
        partial = {"failed": list(effort.failed), "partial": not effort.complete}
        write_json(args.json, {**head, **partial, "rows": effort_rows(effort), "summary": summary})
        return
    proposed, after = summary["mIoU_proposed"], summary["mIoU_all_visited"]
    print(f"{effort.images} images, {summary['groups']} groups of hard pixels")
    print(f"mIoU as proposed {proposed:.2f} %, with every group visited {after:.2f} %")
    print(f"95 % of that gain, mIoU {summary['mIoU_at_95_percent']:.2f} %, takes")
    for order, visits in summary["visits_for_95_percent"].items():
        touched = summary["touched_for_95_percent"][order]
        needed = "never" if visits is None else f"{visits} visits, {touched / 1e6:.2f} million pixels"
        print(f"  {order:<11} {needed}")
