"""rhoscope eval and rhoscope sweep: a cascade's scores on a labelled data set, at one ρ or over several.

With several --scales, or with --flip, each of those views is a run of the cascade of its own; their merged
probabilities are averaged at the size of the labels before the label is chosen.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.console import STDOUT, Console, quiet_stdout, write_json
from engine.cli.crf_options import add_crf_arguments, chosen_refiner
from engine.cli.datasets import add_dataset_options, dataset_of
from engine.cli.predict import add_model_arguments
from engine.cli.protocols import add_protocol_argument, chosen_protocol, refuse_hard_crf
from engine.cli.scoring import (
    add_images_argument,
    add_rho_argument,
    chosen_images,
    eval_row_json,
    open_scored_model,
    progress_reporter,
    report_head,
    say_what_is_missing,
    stopped_by_ctrl_c,
    sweep_row_json,
)
from engine.data.label_files import LABEL_FORMATS

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel, ModelInfo
    from engine.cascade.result import UInt8
    from engine.data.pairs import PairedData
    from engine.evaluation.evaluate import Evaluation, Refine, ScoringOptions
    from engine.refine.refiner import Refiner


def add_eval_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "eval",
        help="score a model on a labelled data set",
        description="Score a model at the labels' own size. Exit code 0 = every image scored, 1 = some could not be "
        "read (each is named and left out), 130 = stopped; the numbers then speak of the images done, and say so.",
    )
    _add_common(parser)
    add_rho_argument(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the label maps here, <name>.png")
    parser.add_argument("--format", choices=LABEL_FORMATS, default="voc", help="of the label maps (default: voc)")
    parser.set_defaults(run=run_eval)


def add_sweep_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("sweep", help="score a model at several values of ρ")
    _add_common(parser)
    parser.add_argument("--rhos", type=float, nargs="+", required=True, metavar="R", help="thresholds 0..1")
    parser.set_defaults(run=run_sweep)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_images_argument(parser)
    parser.add_argument(
        "--scales", type=float, nargs="+", default=[1.0], metavar="S", help="sizes of the photo to average over: 0.5 1"
    )
    parser.add_argument("--flip", action="store_true", help="average with the mirrored photo")
    add_protocol_argument(parser)
    add_crf_arguments(parser, what="refine before scoring")
    parser.add_argument("--json", default=STDOUT, metavar="FILE", help='where the numbers go; "-" = standard output')


def run_eval(args: argparse.Namespace) -> int:
    console = Console(args.command)
    with quiet_stdout():
        model, data, result = _evaluate(args, console, rhos=None if args.rho is None else [args.rho], dense_stages=True)
    row = eval_row_json(result.rows[0], result.stages, model.info.class_names)
    write_json(args.json, {**report_head(args, model, data, result), **_extras(args), **row})
    return say_what_is_missing(console, result)


def run_sweep(args: argparse.Namespace) -> int:
    console = Console(args.command)
    with quiet_stdout():
        model, data, result = _evaluate(args, console, rhos=args.rhos, dense_stages=False)
    rows = [sweep_row_json(row, model.info.class_names) for row in result.rows]
    write_json(args.json, {**report_head(args, model, data, result), **_extras(args), "rows": rows})
    return say_what_is_missing(console, result)


def _extras(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "scales": list(args.scales),
        "flip": args.flip,
        "crf": args.crf,
        "crf_preset": args.crf_preset,
        "protocol": args.protocol,
    }


def _label_maps(refiner: Refiner) -> Refine:
    return lambda rgb, answer: refiner.refine(rgb, answer).label_map


def _evaluate(
    args: argparse.Namespace, console: Console, *, rhos: list[float] | None, dense_stages: bool
) -> tuple[CascadeModel, PairedData, Evaluation]:
    from engine.cascade.thresholds import expand_rho
    from engine.evaluation.evaluate import ScoringOptions, evaluate_model
    from engine.evaluation.views import Views

    for rho in rhos or []:  # before the model is loaded, which takes seconds
        expand_rho(rho, stage_count=2)
    protocol = chosen_protocol(args, views=args.flip or list(args.scales) != [1.0])
    views = Views(scales=tuple(args.scales), flip=args.flip, max_side=args.max_side)
    data = dataset_of(args, console)
    with ExitStack() as stack:
        refiner = stack.enter_context(chosen_refiner(args))
        refine = None if refiner is None else _label_maps(refiner)
        model = open_scored_model(args, data)
        refuse_hard_crf(args, stage_count=model.cascade.stage_count)
        options = ScoringOptions(
            views=views, boundary=True, dense_stages=dense_stages, refine=refine, protocol=protocol
        )
        options = _keeping(options, args, model.info, data)
        cancel = stack.enter_context(stopped_by_ctrl_c(console))
        result = evaluate_model(
            model,
            data,
            rhos=rhos or [model.info.default_rho],
            options=options,
            indices=chosen_images(len(data), args.images),
            on_image=progress_reporter(console),
            cancel=cancel,
        )
    for row in result.rows:
        shares = " ".join(f"{100 * share:.0f}" for share in row.shares)
        console.say(
            f"ρ {row.rho:g}: mIoU {100 * row.scores.mean_iou:.2f} %, boundary IoU {100 * row.boundary_iou:.2f} %, "
            f"shares {shares} %, {row.median_ms:.0f} ms an image"
        )
    return model, data, result


def _keeping(options: ScoringOptions, args: argparse.Namespace, info: ModelInfo, data: PairedData) -> ScoringOptions:
    """With the label maps written to --out, where it is given.

    Raises:
        OutputError: the folder is one of the data set's own, whose label maps have the same names.
        SettingError: Cityscapes ids are asked for and the model's classes are others.
    """
    folder: Path | None = getattr(args, "out", None)
    if folder is None:
        return options
    from engine.data.atomic_file import make_folder
    from engine.data.label_files import write_label_map
    from engine.data.palettes import CITYSCAPES_CLASSES
    from engine.errors import OutputError, SettingError

    if args.format == "cityscapes" and tuple(info.class_names) != CITYSCAPES_CLASSES:
        raise SettingError(f"--format cityscapes needs the 19 Cityscapes classes; {info.label} has others")
    if folder.resolve() in {path.parent.resolve() for pair in data.pairs for path in (pair.image, pair.labels)}:
        raise OutputError("holds the data set's own files", path=folder, cure="choose another --out")
    make_folder(folder)

    def keep(name: str, rho: float, labels: UInt8) -> None:
        path = folder / f"{name.replace('/', '_')}.png"
        write_label_map(path, labels, format=args.format, palette=info.palette)

    return replace(options, keep=keep)
