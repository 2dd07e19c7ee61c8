"""How states, times and sizes are said."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from app.services.training_runs import Run
from engine.jobs.run_state import RunState


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainingWords", text)


def state_text(run: Run) -> str:
    """One or two words."""
    words = {
        RunState.NEW: _tr("not started"),
        RunState.WAITING: _tr("waits, place {n}").format(n=run.place),
        RunState.STARTING: _tr("starting"),
        RunState.RUNNING: _tr("training"),
        RunState.PAUSING: _tr("pausing"),
        RunState.PAUSED: _tr("paused"),
        RunState.STOPPING: _tr("stopping"),
        RunState.ELSEWHERE: _tr("grows elsewhere"),
        RunState.STOPPED: _tr("stopped"),
        RunState.FINISHED: _tr("finished"),
        RunState.FAILED: _tr("failed"),
        RunState.DIED: _tr("interrupted"),
    }
    return words[run.state]


def state_glyph(state: RunState) -> str:
    return {
        RunState.NEW: "circle-outline",
        RunState.WAITING: "clock-outline",
        RunState.STARTING: "progress-clock",
        RunState.RUNNING: "play-circle",
        RunState.PAUSING: "pause-circle-outline",
        RunState.PAUSED: "pause-circle",
        RunState.STOPPING: "stop-circle-outline",
        RunState.ELSEWHERE: "cloud-sync-outline",
        RunState.STOPPED: "stop-circle",
        RunState.FINISHED: "check-circle",
        RunState.FAILED: "alert-circle",
        RunState.DIED: "alert-circle-outline",
    }[state]


def duration(seconds: float) -> str:
    """ "3 min", "2 h 05 min"; a dash where it is not known."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 90:
        return _tr("{n} s").format(n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return _tr("{n} min").format(n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _tr("{h} h {m} min").format(h=hours, m=f"{minutes:02}")
    return _tr("{n} days").format(n=round(hours / 24))


def percent(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f} %" if math.isfinite(value) else "–"


def advice(run: Run) -> str:
    """What to do about a run that does not go on by itself; "" where nothing is."""
    match run.state:
        case RunState.DIED:
            return _tr("Its process ended without a word. Resume goes on from the last checkpoint.")
        case RunState.FAILED:
            if "CUDA" in run.data.reason or "memory" in run.data.reason:
                return _tr("Duplicate it with a smaller batch or crop, or resume after making room.")
            return _tr("Put right what it names, then resume from the last checkpoint.")
        case RunState.ELSEWHERE:
            return _tr("It is trained on another computer or is being copied; it can be watched here.")
        case _:
            return ""
