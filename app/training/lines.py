"""Which curves a plot shows, and their points at the resolution of the screen. Called away from the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.services.training_runs import Run
from app.training.words import stage_text, whole_text
from engine.jobs.run_reader import RunData
from engine.jobs.series import Curve, smoothed, thinned

Float64 = NDArray[np.float64]
_BUCKETS: Final = 350
"""Twice as many points can be drawn: more than a plot has columns of pixels."""

_ALL_PIXELS: Final = 5


@dataclass(frozen=True)
class PlotKind:
    """One plot.

    Attributes:
        key: stable name, also of exported files; its title is words.plot_title's.
        names: of RunData.curves; one that ends in "/" stands for all that begin so.
        factor: from the events' unit to the one shown.
        log: whether a logarithmic axis makes sense.
        digits: significant digits of values shown.
        noisy: whether smoothing says anything.
    """

    key: str
    names: tuple[str, ...]
    factor: float = 1.0
    log: bool = False
    digits: int = 3
    noisy: bool = True


PLOTS: Final[tuple[PlotKind, ...]] = (
    PlotKind("loss", ("loss", "loss/"), log=True),
    PlotKind("miou", ("mIoU", "mIoU/")),
    PlotKind("class-iou", ("IoU/",)),
    PlotKind("shares", ("share/",), factor=100.0),
    PlotKind("kept", ("kept/",), factor=100.0),
    PlotKind("rate", ("lr",), log=True, noisy=False),
    PlotKind("speed", ("images_per_second",), log=True),
    PlotKind("memory", ("memory_mb",), digits=4, noisy=False),
    PlotKind("gradient", ("gradient_norm",), log=True),
)


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a plot, thinned.

    Attributes:
        run: place in the selection; name: of the curve; label: for people.
        number: of the stage, from 1, or of the class, from 0; 0 for the whole.
        x, y: raw points; smooth: (x, y) of the smoothed line, None without smoothing.
        curve: all points, to read values from and to export.
    """

    run: int
    name: str
    label: str
    number: int
    x: Float64
    y: Float64
    smooth: tuple[Float64, Float64] | None
    curve: Curve


@dataclass(frozen=True)
class Look:
    """How lines are wanted.

    Attributes:
        hours: x in hours since the run began in place of steps.
        width: points of the moving mean; 1 = none.
        span: part of x that is shown; None = all.
    """

    hours: bool = False
    width: int = 1
    span: tuple[float, float] | None = None


def names_of(kind: PlotKind, data: RunData) -> list[str]:
    """The curves of a run that a plot shows."""
    found: list[str] = []
    for name in kind.names:
        if name.endswith("/"):
            parts = [curve for curve in data.curves if curve.startswith(name)]
            found += sorted(parts, key=lambda curve: (len(curve), curve))
        elif name in data.curves:
            found.append(name)
    # A single term is the whole once more.
    if kind.key == "loss" and len(found) == 2:
        found = found[:1]
    return found


def has_lines(kind: PlotKind, runs: Sequence[Run]) -> bool:
    """Whether there is anything to show; quick."""
    return any(names_of(kind, run.data) for run in runs)


def lines_of(kind: PlotKind, runs: Sequence[Run], look: Look, *, known: Sequence[Line] = ()) -> list[Line]:
    """All lines of a plot. With several runs, a plot that has a whole shows the wholes alone.

    Args:
        known: lines made before with this look; those whose curve has not changed are taken from here.
    """
    made = {(line.run, line.name): line for line in known}
    lines: list[Line] = []
    for place, run in enumerate(runs):
        names = names_of(kind, run.data)
        if len(runs) > 1 and names and names[0] in kind.names:
            names = names[:1]
        for name in names:
            curve = run.data.curves[name]
            before = made.get((place, name))
            if before is not None and before.curve is curve:
                lines.append(before)
                continue
            x = (curve.times - run.data.first_time) / 3600.0 if look.hours else curve.steps
            y = curve.values * kind.factor
            low, high = look.span or (-np.inf, np.inf)
            rough = thinned(x, y, low=low, high=high, buckets=_BUCKETS)
            smooth = None
            # A handful of validations is no noise to be smoothed away.
            if kind.noisy and look.width > 1 and len(y) >= 3 * look.width:
                smooth = thinned(x, smoothed(y, look.width), low=low, high=high, buckets=_BUCKETS)
            lines.append(Line(place, name, label_of(name, run.data), _number(name), *rough, smooth, curve))
    return lines


def extent_of(runs: Sequence[Run], look: Look) -> tuple[float, float] | None:
    """Least and greatest x of all curves of the runs; None where there is none."""
    ends: list[tuple[float, float]] = []
    for run in runs:
        for curve in run.data.curves.values():
            if len(curve):
                x, origin, unit = (curve.times, run.data.first_time, 3600.0) if look.hours else (curve.steps, 0.0, 1.0)
                ends.append(((float(x[0]) - origin) / unit, (float(x[-1]) - origin) / unit))
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def label_of(name: str, data: RunData) -> str:
    """A curve's name for people."""
    head, _, rest = name.partition("/")
    if head == "IoU" and rest.isdigit():
        return data.class_names[int(rest)] if int(rest) < len(data.class_names) else rest
    number = rest.removeprefix("stage")
    return stage_text(number) if number.isdigit() else whole_text(name)


def csv_text(kind: PlotKind, runs: Sequence[Run]) -> str:
    """All points of a plot, not thinned: run, curve, step, seconds since 1970, value."""
    rows = ["run,curve,step,time,value"]
    for run in runs:
        for name in names_of(kind, run.data):
            curve = run.data.curves[name]
            quoted = '"' + run.name.replace('"', '""') + '"'
            for step, time, value in zip(curve.steps, curve.times, curve.values * kind.factor, strict=True):
                number = f"{value:.8g}" if np.isfinite(value) else ""
                rows.append(f"{quoted},{name},{step:.0f},{time:.3f},{number}")
    return "\n".join(rows) + "\n"


def _number(name: str) -> int:
    part = name.rpartition("/")[2].removeprefix("stage")
    if part.isdigit():
        return int(part)
    # The last stage's further loss on all pixels has a colour of its own beside the total.
    return _ALL_PIXELS if name == "loss/all" else 0
