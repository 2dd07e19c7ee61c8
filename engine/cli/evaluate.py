"""rhoscope eval and rhoscope sweep: a cascade's scores on a labelled data set, at one ρ or over several."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

from engine.cli.console import DONE, SOME_FAILED, STDOUT, Console, quiet_stdout, write_json
from engine.cli.datasets import add_dataset_options, dataset_of

if TYPE_CHECKING:
    from engine.cascade.bundle import ModelInfo
    from engine.data.pairs import PairedData
    from engine.evaluation.confusion import Scores
    from engine.evaluation.evaluate import Evaluation, RhoRow


def add_eval_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("eval", help="score a model on a labelled data set")
    _add_common(parser)
    parser.add_argument("--rho", type=float, metavar="R", help="threshold 0..1; default: the model's own")
    parser.set_defaults(run=run_eval)


def add_sweep_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("sweep", help="score a model at several values of ρ")
    _add_common(parser)
    parser.add_argument("--rhos", type=float, nargs="+", required=True, metavar="R", help="thresholds 0..1")
    parser.set_defaults(run=run_sweep)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="default", metavar="M", help="a name, a checkpoint's path or default")
    add_dataset_options(parser)
    parser.add_argument("--device", default="auto", metavar="D")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads")
    parser.add_argument("--json", default=STDOUT, metavar="FILE", help='where the numbers go; "-" = standard output')


def run_eval(args: argparse.Namespace) -> int:
    """0 = every image scored, 1 = some could not be read (each is named)."""
    with quiet_stdout():
        info, data, result = _evaluate(args, rhos=None if args.rho is None else [args.rho], dense_stages=True)
    row = result.rows[0]
    report = {
        **_head(info, data, result),
        "rho": row.rho,
        **_scores(row.scores, info.class_names),
        "shares": list(row.shares),
        "milliseconds": {"median": _number(row.median_ms), "p95": _number(row.p95_ms)},
        "stages": [{"stage": n, **_scores(s, info.class_names)} for n, s in enumerate(result.stages, start=1)],
    }
    write_json(args.json, report)
    return SOME_FAILED if result.failed else DONE


def run_sweep(args: argparse.Namespace) -> int:
    """Exit codes as run_eval."""
    with quiet_stdout():
        info, data, result = _evaluate(args, rhos=args.rhos, dense_stages=False)
    write_json(args.json, {**_head(info, data, result), "rows": [_sweep_row(row) for row in result.rows]})
    return SOME_FAILED if result.failed else DONE


def _evaluate(
    args: argparse.Namespace, *, rhos: list[float] | None, dense_stages: bool
) -> tuple[ModelInfo, PairedData, Evaluation]:
    import torch

    from engine.cascade.thresholds import expand_rho
    from engine.errors import DataError
    from engine.evaluation.evaluate import Preparation, evaluate
    from engine.models.loading import load_model

    console = Console(args.command)
    data = dataset_of(args, console)
    model = load_model(args.model, device=args.device, precision=args.precision, threads=args.threads)
    if model.info.class_names != data.class_names:
        raise DataError(f"{model.info.label} has other classes than this data set", path=args.root)
    for rho in rhos or []:
        expand_rho(rho, stage_count=model.cascade.stage_count)
    result = evaluate(
        model.cascade,
        data,
        rhos=rhos or [model.info.default_rho],
        preparation=Preparation(
            model.info.mean,
            model.info.std,
            device=model.device,
            dtype=torch.bfloat16 if model.precision == "bf16" else torch.float32,
            max_side=model.info.working_side,
        ),
        dense_stages=dense_stages,
        on_image=lambda done, total: console.progress(f"{done}/{total} images"),
    )
    for row in result.rows:
        shares = " ".join(f"{100 * share:.0f}" for share in row.shares)
        console.say(f"ρ {row.rho:g}: mIoU {100 * row.scores.mean_iou:.2f} %, shares {shares} %")
    return model.info, data, result


def _head(info: ModelInfo, data: PairedData, result: Evaluation) -> dict[str, Any]:
    return {
        "model": info.label,
        "dataset": data.layout,
        "split": data.split,
        "images": result.images,
        "failed": list(result.failed),
    }


def _sweep_row(row: RhoRow) -> dict[str, Any]:
    return {
        "rho": row.rho,
        "shares": list(row.shares),
        "mIoU": _percent(row.scores.mean_iou),
        "milliseconds": _number(row.median_ms),
    }


def _scores(scores: Scores, class_names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "mIoU": _percent(scores.mean_iou),
        "pixel_accuracy": _percent(scores.pixel_accuracy),
        "mean_accuracy": _percent(scores.mean_accuracy),
        "per_class": {
            name: _percent(value) for name, value in zip(class_names, scores.per_class.tolist(), strict=True)
        },
    }


def _percent(fraction: float) -> float | None:
    return _number(100.0 * fraction)


def _number(value: float) -> float | None:
    """None where there is nothing to measure, which JSON has no number for."""
    return None if math.isnan(value) else round(value, 4)
