"""rhoscope bench pruning: what leaving improbable classes out of the CRF changes on a labelled data set."""

from __future__ import annotations

import argparse
from dataclasses import asdict

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
from engine.refine.backends import BACKENDS, chosen_backend
from engine.refine.parameters import DEFAULT_PRESET, PRESETS


def add_pruning(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "pruning",
        help="the CRF with and without improbable classes, on labelled images",
        description="Refines whole photos with the classes left out that are improbable everywhere, as the program "
        "does, and with all of them: pixels that change, mIoU, time.",
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_images_argument(parser)
    add_rho_argument(parser)
    parser.add_argument("--preset", choices=tuple(PRESETS), default=DEFAULT_PRESET, help="the kernels")
    parser.add_argument("--crf-backend", choices=BACKENDS, default="auto")
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help='as JSON; "-" or nothing for standard output'
    )
    parser.set_defaults(run=run_pruning)


def run_pruning(args: argparse.Namespace) -> int:
    """Raises RhoscopeError where the data set or the model cannot be read, or there is no CRF."""
    console = Console("bench pruning")
    with quiet_stdout():
        from engine.benchmarks.crf_pruning import measure_pruning
        from engine.cascade.thresholds import expand_rho

        if args.rho is not None:
            expand_rho(args.rho, stage_count=2)
        backend = chosen_backend(args.crf_backend, free_share=1.0)
        data = dataset_of(args, console)
        model = open_scored_model(args, data)
        rho = chosen_rho(args, model)
        with stopped_by_ctrl_c(console) as cancel:
            found = measure_pruning(
                model,
                data,
                indices=chosen_images(len(data), args.images),
                rho=rho,
                parameters=PRESETS[args.preset],
                backend=backend,
                max_side=args.max_side,
                on_image=progress_reporter(console),
                cancel=cancel,
            )
    if args.json is not None:
        head = {"model": model.info.label, "dataset": data.layout, "split": data.split, "rho": rho}
        write_json(args.json, {**head, "preset": args.preset, "backend": backend, **asdict(found)})
    else:
        print(f"{found.images} images, {found.kept:.1f} of {found.classes} classes computed, {backend}, {args.preset}")
        print(f"{found.changed} of {found.pixels} pixels change ({100 * found.changed / found.pixels:.4f} %)")
        print(f"mIoU {found.mean_iou_pruned:.2f} %, {found.mean_iou_all:.2f} % with all classes, "
              f"{found.mean_iou_without:.2f} % without a CRF")  # fmt: skip
        print(f"{found.pruned_ms:.0f} ms an image, {found.all_ms:.0f} ms with all classes")
    if found.failed:
        console.problem(f"could not be read and left out: {', '.join(found.failed)}")
    if not found.complete:
        console.problem(f"stopped; the numbers are partial: they speak of {found.images} images alone")
        return INTERRUPTED
    return SOME_FAILED if found.failed else DONE
