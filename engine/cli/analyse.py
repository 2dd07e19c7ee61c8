"""rhoscope analyse: the layer-cascade paper's experiments on a model and a labelled data set, from one pass."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.cascade.thresholds import PAPER_RHOS
from engine.cli.console import Console, quiet_stdout, write_json
from engine.cli.datasets import add_dataset_options, dataset_of
from engine.cli.predict import add_model_arguments
from engine.cli.scoring import (
    add_images_argument,
    chosen_images,
    chosen_rho,
    eval_row_json,
    open_scored_model,
    progress_reporter,
    report_head,
    say_what_is_missing,
    stopped_by_ctrl_c,
    sweep_row_json,
)

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel
    from engine.data.pairs import PairedData
    from engine.evaluation.analysis import Analysis

JSON_FILE: Final = "analysis.json"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "analyse",
        help="the paper's experiments on a labelled data set: tables and figures",
        description="Easy, moderate and hard pixels, classes by stage, accuracy and time by ρ, IoU by class: "
        f"{JSON_FILE}, analysis.md and PNG figures, from one pass over the images. Exit codes as eval.",
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_images_argument(parser)
    parser.add_argument("--rho", type=float, metavar="R", help="for classes by stage; default: the model's own")
    parser.add_argument(
        "--rhos", type=float, nargs="+", default=list(PAPER_RHOS), metavar="R", help="default: the paper's eight"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for tables and figures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    console = Console(args.command)
    with quiet_stdout():
        from engine.cascade.thresholds import expand_rho
        from engine.data.atomic_file import make_folder
        from engine.evaluation.analysis import analyse
        from engine.evaluation.report import read_source, sections
        from engine.evaluation.report_files import write_report

        for rho in (*args.rhos, *([] if args.rho is None else [args.rho])):
            expand_rho(rho, stage_count=2)
        data = dataset_of(args, console)
        model = open_scored_model(args, data)
        make_folder(args.out)
        with stopped_by_ctrl_c(console) as cancel:
            result = analyse(
                model,
                data,
                rho=chosen_rho(args, model),
                rhos=args.rhos,
                max_side=args.max_side,
                indices=chosen_images(len(data), args.images),
                on_image=progress_reporter(console),
                cancel=cancel,
            )
        # The tables are made from the file, so that `rhoscope report` can make them again.
        write_json(str(args.out / JSON_FILE), _json(args, model, data, result))
        parts, _ = sections([read_source(args.out / JSON_FILE)], compare=False)
        title = f"{model.info.label} on {data.layout} {data.split}, {result.evaluation.images} images"
        written = write_report(parts, (), args.out, title=title, file="analysis.md")
    console.say(f"wrote {len(written.figures) + 2} files to {args.out}")
    return say_what_is_missing(console, result.evaluation)


def _json(args: argparse.Namespace, model: CascadeModel, data: PairedData, result: Analysis) -> dict[str, Any]:
    evaluation, names = result.evaluation, model.info.class_names
    chosen = next(row for row in evaluation.rows if row.rho == result.rho)
    return {
        **report_head(args, model, data, evaluation),
        **eval_row_json(chosen, evaluation.stages, names),
        "rows": [sweep_row_json(row, names) for row in evaluation.rows],
        "difficulty": asdict(result.difficulty),
        "stage_classes": asdict(result.stage_classes),
    }
