"""rhoscope bench ui: frame times of canvas and lists with their 95th percentiles, without a screen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.cli.console import DONE, Console, write_json
from engine.errors import RhoscopeError


def main(arguments: Sequence[str]) -> int:
    """0 = measured, 1 = something failed, 2 = wrong usage. Times above their limit are reported, not failed."""
    parser = argparse.ArgumentParser(
        prog="rhoscope bench ui",
        description="Frame times while brushing on 4096×4096 pixels, panning 100 megapixels, scrolling 100 000 rows: "
        "what an event costs until what it changed is painted. Needs no screen.",
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help='as JSON; "-" or nothing for standard output'
    )
    parser.add_argument("--quick", action="store_true", help="a run of seconds: smaller and with fewer frames")
    try:
        args = parser.parse_args(list(arguments))
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    try:
        report = measured(quick=args.quick, progress=Console("bench ui").say)
        if args.json is not None:
            write_json(args.json, report)
        else:
            _print(report["rows"])
    except RhoscopeError as problem:
        Console("bench ui").problem(problem)
        return 1
    return DONE


def measured(*, quick: bool = False, progress: Callable[[str], None]) -> dict[str, Any]:
    """All rows, largest pictures last; in this process, on Qt's offscreen platform where no application runs yet."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from app.benchmarks.brushing import measure_brushing
    from app.benchmarks.frames import resident_mib
    from app.benchmarks.panning import measure_panning
    from app.benchmarks.scrolling import measure_scrolling
    from app.shell.application import make_application
    from app.shell.theme import ThemeController, ThemeMode

    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else make_application(sys.argv[:1])
    theme = ThemeController(application, mode=ThemeMode.LIGHT)
    start = resident_mib()
    view, frames = (1280, 800), 60 if quick else 300
    with tempfile.TemporaryDirectory(prefix="rhoscope-bench-") as name:
        folder = Path(name)
        progress("scrolling")
        rows = measure_scrolling(rows=5_000 if quick else 100_000, frames=frames, folder=folder)
        progress("brushing")
        rows += measure_brushing(side=1024 if quick else 4096, frames=frames, view=view, folder=folder)
        progress("panning")
        rows += measure_panning(side=2000 if quick else 10_000, frames=frames, view=view)
    theme.deleteLater()
    return {
        "view": {"width": view[0], "height": view[1]},
        "rows": [asdict(row) for row in rows],
        "memory_mib": {"start": round(start, 1), "end": round(resident_mib(), 1)},
    }


def _print(rows: list[dict[str, Any]]) -> None:
    columns = ("what", "frames", "p50_ms", "p95_ms", "worst_ms", "cpu_p95_ms", "limit_ms", "unpainted", "memory_mib")
    table = [list(columns)] + [[str(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    for line in table:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")
