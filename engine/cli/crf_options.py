"""--crf and its further options, which predict, eval and sweep share."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext

from engine.refine.backends import BACKENDS
from engine.refine.parameters import DEFAULT_PRESET, PRESETS
from engine.refine.refiner import Refiner


def add_crf_arguments(parser: argparse.ArgumentParser, *, what: str) -> None:
    parser.add_argument("--crf", choices=("off", "full", "hard"), default="off", help=what)
    parser.add_argument(
        "--crf-preset", choices=tuple(PRESETS), default=DEFAULT_PRESET, help=f"its kernels (default: {DEFAULT_PRESET})"
    )
    parser.add_argument(
        "--crf-backend",
        choices=BACKENDS,
        default="auto",
        help="pydensecrf, or the lattice in torch; auto takes the lattice where few pixels are hard (default: auto)",
    )


def chosen_refiner(args: argparse.Namespace) -> AbstractContextManager[Refiner | None]:
    """What --crf asks for; raises RefinementError where it is not installed."""
    if args.crf == "off":
        return nullcontext()
    return Refiner(args.crf, preset=args.crf_preset, backend=args.crf_backend)
