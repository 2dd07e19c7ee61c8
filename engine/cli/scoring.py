"""What eval, sweep and analyse share: a model on a labelled data set, progress, stopping, numbers for JSON."""

from __future__ import annotations

import argparse
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from engine.cancel import CancelToken
from engine.cli.console import Console

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel, ModelInfo
    from engine.data.samples import SegmentationData
    from engine.evaluation.confusion import Scores

_BAR: Final = 24


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", choices=("voc",), default="voc")
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="for voc the VOC2012 folder")
    parser.add_argument("--split", default="val", metavar="LIST", help="name of the image list (default: val)")


def add_images_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images", type=positive, metavar="N", help="only N images, evenly spread over the list (default: all)"
    )


def open_data(args: argparse.Namespace) -> SegmentationData:
    from engine.data.voc import VocData

    return VocData(args.root, split=args.split)


def open_scored_model(args: argparse.Namespace, data: SegmentationData) -> CascadeModel:
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
            path=args.root,
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


def circumstances(args: argparse.Namespace, model: CascadeModel) -> dict[str, Any]:
    """What must be known to compare times and to find the model again."""
    info: ModelInfo = model.info
    return {
        "device": model.device,
        "precision": model.precision,
        "threads": model.threads,
        "max_side": info.working_side if args.max_side is None else args.max_side,
        "recipe": info.metadata.get("recipe"),
    }


def scores_json(scores: Scores, class_names: Sequence[str]) -> dict[str, Any]:
    """Percent; None for what is not a number."""
    return {
        "mIoU": percent(scores.mean_iou),
        "pixel_accuracy": percent(scores.pixel_accuracy),
        "mean_accuracy": percent(scores.mean_accuracy),
        "frequency_weighted_IoU": percent(scores.frequency_weighted_iou),
        "per_class": by_class(scores.per_class.tolist(), class_names),
    }


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
