"""rhoscope bench: measured ratios, each against a dense reference in the same process."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from engine.cli.bench_effort import add_effort
from engine.cli.bench_pruning import add_pruning
from engine.cli.console import DONE, Console, quiet_stdout, write_json
from engine.errors import SettingError
from engine.refine.parameters import DEFAULT_PRESET, PRESETS

Rows = list[dict[str, Any]]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("bench", help="measure region convolution, cascades and more on this machine")
    kinds = parser.add_subparsers(dest="kind", metavar="WHAT", required=True)
    region = kinds.add_parser("region", help="region convolution against the fastest dense form of each block")
    _add_options(region, run_region)
    cascade = kinds.add_parser("cascade", help="whole images through each layer cascade against its own ρ = 1")
    _add_options(cascade, run_cascade)
    cascade.add_argument("--model", action="append", metavar="NAME", help="only this model; may be given several times")
    cascade.add_argument("--size", type=int, metavar="N", help="side of the image in pixels (default: 512)")
    crf = kinds.add_parser("crf", help="the CRF's backends, whole photos and hard pixels, against pydensecrf")
    _add_options(crf, run_crf)
    crf.add_argument("--preset", choices=tuple(PRESETS), default=DEFAULT_PRESET, help="the kernels")
    add_effort(kinds)
    add_pruning(kinds)
    # Measured by the program with the window; named here so that --help lists it.
    ui = kinds.add_parser("ui", help="frame times of the window's canvas and lists, without a screen", add_help=False)
    ui.set_defaults(run=_ui_elsewhere)


def run_region(args: argparse.Namespace) -> int:
    console = Console("bench region")
    with quiet_stdout():
        from engine.benchmarks.region import measure_regions

        _set_threads(args.threads)
        rows = measure_regions(size=32 if args.quick else 64, rounds=5 if args.quick else 15, progress=console.progress)
    columns = ("model", "block", "precision", "density", "dense_ms", "region_ms", "efficiency", "max_abs_diff")
    return _report(args, rows, columns)


def run_cascade(args: argparse.Namespace) -> int:
    """Raises SettingError for an unknown model or an odd size."""
    console = Console("bench cascade")
    size = args.size or (256 if args.quick else 512)
    if size <= 0 or size % 32:
        raise SettingError(f"the size must be a multiple of 32, got {size}")
    with quiet_stdout():
        from engine.benchmarks.cascade import MODELS, measure_cascades

        _set_threads(args.threads)
        rows = measure_cascades(
            models=args.model or MODELS,
            size=size,
            rounds=2 if args.quick else 7,
            memory=not args.quick,
            progress=console.progress,
        )
    columns = ("model", "precision", "size", "rho", "shares", "dense_ms", "cascade_ms", "speedup", "stages_ms")
    return _report(args, rows, columns)


def _ui_elsewhere(_args: argparse.Namespace) -> int:
    raise SettingError("the window is not part of this command line", cure="run it as: rhoscope bench ui")


def run_crf(args: argparse.Namespace) -> int:
    console = Console("bench crf")
    with quiet_stdout():
        from engine.benchmarks.crf import DENSITIES, measure_crf

        _set_threads(args.threads)
        rows = measure_crf(
            size=(96, 128) if args.quick else (375, 500),
            densities=(1.0, 0.15) if args.quick else DENSITIES,
            preset=args.preset,
            rounds=1 if args.quick else 3,
            progress=console.progress,
        )
    columns = ("backend", "mode", "density", "classes", "milliseconds", "reference_ms", "speedup", "agreement")
    return _report(args, rows, columns)


def _add_options(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help='as JSON; "-" or nothing for standard output'
    )
    parser.add_argument("--quick", action="store_true", help="a run of seconds: smaller and with fewer repetitions")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.set_defaults(run=run)


def _set_threads(threads: int | None) -> None:
    if threads is None:
        return
    if threads < 1:
        raise SettingError(f"at least one thread is needed, got {threads}")
    import torch

    torch.set_num_threads(threads)


def _report(args: argparse.Namespace, rows: Rows, columns: Sequence[str]) -> int:
    if args.json is not None:
        write_json(args.json, {"rows": rows})
        return DONE
    table = [list(columns)] + [[_shown(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    for line in table:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return DONE


def _shown(value: object) -> str:
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
        case list():
            return "/".join(_shown(item) for item in value)
        case dict():
            return " ".join(_shown(item) for item in value.values())
        case _:
            return str(value)
