"""rhoscope tune-crf: the CRF's kernels by search on validation images, on answers that are computed once and kept."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.console import DONE, STDOUT, Console, quiet_stdout, write_json
from engine.cli.datasets import add_dataset_options, dataset_of
from engine.cli.predict import add_model_arguments
from engine.cli.scoring import add_rho_argument, chosen_rho, open_scored_model, positive, stopped_by_ctrl_c
from engine.data.atomic_file import make_folder
from engine.errors import DataError, SettingError
from engine.refine.backends import BACKENDS, chosen_backend

if TYPE_CHECKING:
    from engine.cancel import CancelToken
    from engine.cascade.bundle import CascadeModel
    from engine.data.pairs import PairedData
    from engine.evaluation.crf_search import SearchSpace, Trial


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "tune-crf",
        help="search the CRF's kernels on validation images",
        description="Search the CRF's kernels by mean IoU, coarse to fine as DeepLab did, on a seeded sample of the "
        "images. The model runs once an image; with --cache its answers are kept for the next search.",
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    parser.add_argument("--images", type=positive, default=100, metavar="N", help="size of the sample (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default: 0)")
    add_rho_argument(parser)
    parser.add_argument("--crf", choices=("full", "hard"), default="full", help="what the CRF may change")
    parser.add_argument("--crf-backend", choices=BACKENDS, default="auto")
    for name, default, text in (
        ("--weights", (3, 4, 5, 6), "weights of the kernel over position and colour"),
        ("--xy", (30, 40, 50, 60, 70, 80, 90, 100), "its deviations in pixels"),
        ("--rgb", (3, 4, 5, 6), "its deviations in colour values"),
    ):
        shown = " ".join(map(str, default))
        parser.add_argument(
            name, type=float, nargs="+", default=default, metavar="V", help=f"{text} (default: {shown})"
        )
    parser.add_argument(
        "--position", type=float, nargs=2, default=(3, 3), metavar=("W", "XY"), help="the other kernel (default: 3 3)"
    )
    parser.add_argument("--rounds", type=positive, default=2, metavar="N", help="1 = the grid alone (default: 2)")
    parser.add_argument("--processes", type=positive, default=1, metavar="N", help="images at a time (default: 1)")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the model's answers here")
    parser.add_argument("--json", default=STDOUT, metavar="FILE", help='where the numbers go; "-" = standard output')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Raises RhoscopeError, and Cancelled as an interruption."""
    from engine.cancel import Cancelled
    from engine.evaluation.crf_search import as_json, search

    console = Console("tune-crf")
    space = _space(args)
    backend = chosen_backend(args.crf_backend, free_share=1.0)
    with ExitStack() as stack, quiet_stdout():
        data = dataset_of(args, console)
        model = open_scored_model(args, data)
        folder = args.cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rhoscope-crf-")))
        make_folder(folder)
        cancel = stack.enter_context(stopped_by_ctrl_c(console))

        def tell(done: int, total: int, trial: Trial) -> None:
            weight, xy, rgb = trial.key
            console.progress(f"{done}/{total}  weight {weight:g}, xy {xy:g}, rgb {rgb:g}: {trial.mean_iou:.2f} %")

        try:
            answers = _answers(args, model, data, folder, console, cancel)
            result = search(
                answers,
                classes=len(data.class_names),
                space=space,
                mode=args.crf,
                backend=backend,
                rounds=args.rounds,
                processes=args.processes,
                on_trial=tell,
                cancel=cancel,
            )
        except Cancelled:
            raise KeyboardInterrupt from None
    head = {"model": model.info.label, "dataset": data.layout, "split": data.split, "images": len(answers)}
    write_json(args.json, {**head, "crf": args.crf, "backend": backend, **as_json(result, space)})
    best = space.parameters(result.best.key)
    console.say(
        f"best of {len(result.trials)}: weight {best.bilateral_weight:g}, xy {best.bilateral_xy:g}, "
        f"rgb {best.bilateral_rgb:g}: mIoU {result.best.mean_iou:.2f} %, {result.without:.2f} % without"
    )
    return DONE


def _space(args: argparse.Namespace) -> SearchSpace:
    from engine.evaluation.crf_search import SearchSpace

    if min(*args.weights, *args.xy, *args.rgb, args.position[1]) <= 0 or args.position[0] < 0:
        raise SettingError("the values that are searched lie above 0")
    space = SearchSpace(
        weights=tuple(args.weights),
        xy=tuple(args.xy),
        rgb=tuple(args.rgb),
        position_weight=args.position[0],
        position_xy=args.position[1],
    )
    return space


def _answers(
    args: argparse.Namespace,
    model: CascadeModel,
    data: PairedData,
    folder: Path,
    console: Console,
    cancel: CancelToken,
) -> list[Path]:
    """Files with the model's answers on the sample; those that are there already are not computed again."""
    import numpy as np

    from engine.cascade.session import CascadeSession, SessionOptions
    from engine.evaluation.crf_search import CachedAnswer, save_answer

    count = min(args.images, len(data))
    chosen: Sequence[int] = sorted(np.random.default_rng(args.seed).choice(len(data), count, replace=False).tolist())
    rho = chosen_rho(args, model)
    paths = []
    for done, index in enumerate(chosen, start=1):
        cancel.check()
        path = folder / f"{_key(args, model, rho, data.name(index))}.npz"
        if not path.is_file():
            try:
                sample = data.load(index)
            except DataError as error:
                console.problem(f"left out: {error}")
                continue
            result = CascadeSession(model, sample.rgb, options=SessionOptions(max_side=args.max_side)).run(rho)
            probabilities = result.probabilities.astype(np.float16)
            save_answer(path, CachedAnswer(sample.rgb, sample.labels, probabilities, result.label_map, result.hard))
        paths.append(path)
        console.progress(f"{done}/{count} images through the model")
    if not paths:
        raise DataError("no image could be read", path=data.root)
    return paths


def _key(args: argparse.Namespace, model: CascadeModel, rho: float, name: str) -> str:
    """One name for all that an answer depends on."""
    facts = (args.model, model.info.label, dict(model.info.metadata), model.precision, rho, args.max_side, name)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]
