"""What eval, sweep and analyse share: a model on a labelled data set, progress, stopping, numbers for JSON."""

from __future__ import annotations

import argparse
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from engine.cancel import CancelToken
from engine.cli.console import DONE, INTERRUPTED, SOME_FAILED, Console

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel
    from engine.data.pairs import PairedData
    from engine.evaluation.confusion import Scores
    from engine.evaluation.tally import Evaluation, RhoRow

_BAR: Final = 24


def add_images_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images", type=positive, metavar="N", help="only N images, evenly spread over the list (default: all)"
    )


def add_rho_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rho", type=float, metavar="R", help="threshold 0..1; default: the model's own")


def chosen_rho(args: argparse.Namespace, model: CascadeModel) -> float:
    """The threshold asked for, or the model's own."""
    rho: float | None = args.rho
    return model.info.default_rho if rho is None else rho


def open_scored_model(args: argparse.Namespace, data: PairedData) -> CascadeModel:
    """The model asked for.

    Raises:
        DataError: its classes are not those of the data.
        RhoscopeError: it cannot be loaded.
    """
    from engine.errors import DataError
    from engine.models.loading import load_model

    model = load_model(args.model, device=args.device, precision=args.precision, threads=args.threads)
    if tuple(model.info.class_names) != tuple(data.class_names):
        raise DataError(
            f"{model.info.label} has other classes than this data set: {len(model.info.class_names)} "
            f"({', '.join(model.info.class_names[:3])} …) against {len(data.class_names)} "
            f"({', '.join(data.class_names[:3])} …)",
            path=data.root,
            cure="choose a model that was trained on these classes",
        )
    return model


def chosen_images(total: int, wanted: int | None) -> list[int]:
    """Indices of `wanted` images evenly spread over a list of `total`; all of them where that is no fewer, or None."""
    if wanted is None or wanted >= total:
        return list(range(total))
    return [round(i * (total - 1) / max(1, wanted - 1)) for i in range(wanted)]


@contextmanager
def stopped_by_ctrl_c(console: Console) -> Iterator[CancelToken]:
    """A token that the first Ctrl+C sets, so that what is counted stays whole; a second one interrupts at once."""
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def stop(number: int, frame: FrameType | None) -> None:
        console.problem("stopping; press Ctrl+C again to stop at once")
        token.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)


def progress_reporter(console: Console) -> Callable[[int, int], None]:
    """Given (done, total) it keeps a bar with speed and time left up to date on a terminal."""
    began = time.monotonic()

    def report(done: int, total: int) -> None:
        console.progress(progress_bar(done, total, seconds=time.monotonic() - began))

    return report


def progress_bar(done: int, total: int, *, seconds: float) -> str:
    """One line, e.g. "[######------------------] 80/318 images  2.1/s  1:53 left"."""
    filled = _BAR * done // max(1, total)
    rate = done / seconds if seconds > 0 else 0.0
    line = f"[{'#' * filled}{'-' * (_BAR - filled)}] {done}/{total} images  {rate:.1f}/s"
    if rate > 0:
        minutes, rest = divmod(round((total - done) / rate), 60)
        line += f"  {minutes}:{rest:02} left"
    return line


def scores_json(scores: Scores, class_names: Sequence[str]) -> dict[str, Any]:
    """Percent; None for what is not a number."""
    return {
        "mIoU": percent(scores.mean_iou),
        "pixel_accuracy": percent(scores.pixel_accuracy),
        "mean_accuracy": percent(scores.mean_accuracy),
        "frequency_weighted_IoU": percent(scores.frequency_weighted_iou),
        "per_class": by_class(scores.per_class.tolist(), class_names),
    }


def sweep_row_json(row: RhoRow, class_names: Sequence[str]) -> dict[str, Any]:
    """One ρ of a sweep."""
    return {
        "rho": row.rho,
        "shares": list(row.shares),
        **scores_json(row.scores, class_names),
        "boundary_IoU": percent(row.boundary_iou),
        "milliseconds": number(row.median_ms),
        "stages_ms": [number(value) for value in row.stage_ms],
    }


def eval_row_json(row: RhoRow, stages: Sequence[Scores], class_names: Sequence[str]) -> dict[str, Any]:
    """One ρ in full, with each stage alone."""
    by_stage = {f"stage{n}": number(value) for n, value in enumerate(row.stage_ms, start=1)}
    return {
        "rho": row.rho,
        **scores_json(row.scores, class_names),
        "boundary_IoU": percent(row.boundary_iou),
        "boundary_per_class": by_class(row.boundary_per_class, class_names),
        "shares": list(row.shares),
        "milliseconds": {"median": number(row.median_ms), "p95": number(row.p95_ms), **by_stage},
        "stages": [{"stage": n, **scores_json(s, class_names)} for n, s in enumerate(stages, start=1)],
    }


def report_head(args: argparse.Namespace, model: CascadeModel, data: PairedData, result: Evaluation) -> dict[str, Any]:
    """What was scored, on what, and all that must be known to compare times and to find the model again."""
    info = model.info
    return {
        "kind": args.command,
        "model": info.label,
        "recipe": info.metadata.get("recipe"),
        "dataset": data.layout,
        "split": data.split,
        "images": result.images,
        "failed": list(result.failed),
        "partial": not result.complete,
        "device": model.device,
        "precision": model.precision,
        "threads": model.threads,
        "max_side": info.working_side if args.max_side is None else args.max_side,
    }


def say_what_is_missing(console: Console, result: Evaluation) -> int:
    """Names the images that are not in the numbers; returns the exit code that follows."""
    if result.failed:
        console.problem(f"could not be read and left out: {', '.join(result.failed)}")
    if not result.complete:
        console.problem(f"stopped; the numbers are partial: they speak of {result.images} images alone")
        return INTERRUPTED
    return SOME_FAILED if result.failed else DONE


def by_class(fractions: Sequence[float], class_names: Sequence[str]) -> dict[str, float | None]:
    return {name: percent(value) for name, value in zip(class_names, fractions, strict=True)}


def percent(fraction: float) -> float | None:
    return number(100.0 * fraction)


def number(value: float) -> float | None:
    """None where there is nothing to measure, which JSON has no number for."""
    return None if math.isnan(value) else round(value, 4)


def positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return value
