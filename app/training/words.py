"""How states, times and sizes are said."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from app.services.training_runs import Run
from engine.jobs.run_state import RunState


def state_text(run: Run) -> str:
    """One or two words."""
    words = {
        RunState.NEW: QCoreApplication.translate("TrainingWords", "not started"),
        RunState.WAITING: QCoreApplication.translate("TrainingWords", "waits, place {n}").format(n=run.place),
        RunState.STARTING: QCoreApplication.translate("TrainingWords", "starting"),
        RunState.RUNNING: QCoreApplication.translate("TrainingWords", "training"),
        RunState.PAUSING: QCoreApplication.translate("TrainingWords", "pausing"),
        RunState.PAUSED: QCoreApplication.translate("TrainingWords", "paused"),
        RunState.STOPPING: QCoreApplication.translate("TrainingWords", "stopping"),
        RunState.ELSEWHERE: QCoreApplication.translate("TrainingWords", "grows elsewhere"),
        RunState.STOPPED: QCoreApplication.translate("TrainingWords", "stopped"),
        RunState.FINISHED: QCoreApplication.translate("TrainingWords", "finished"),
        RunState.FAILED: QCoreApplication.translate("TrainingWords", "failed"),
        RunState.DIED: QCoreApplication.translate("TrainingWords", "interrupted"),
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
        return QCoreApplication.translate("TrainingWords", "{n} s").format(n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return QCoreApplication.translate("TrainingWords", "{n} min").format(n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return QCoreApplication.translate("TrainingWords", "{h} h {m} min").format(h=hours, m=f"{minutes:02}")
    return QCoreApplication.translate("TrainingWords", "{n} days").format(n=round(hours / 24))


def percent(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f} %" if math.isfinite(value) else "–"


def advice(run: Run) -> str:
    """What to do about a run that does not go on by itself; "" where nothing is."""
    match run.state:
        case RunState.DIED if any(line.startswith("rhoscope train:") for line in run.standing.output):
            return QCoreApplication.translate(
                "TrainingWords", "Put right what it names, then resume from the last checkpoint."
            )
        case RunState.DIED:
            return QCoreApplication.translate(
                "TrainingWords", "Its process ended without a word. Resume goes on from the last checkpoint."
            )
        case RunState.FAILED:
            if "CUDA" in run.data.reason or "memory" in run.data.reason:
                return QCoreApplication.translate(
                    "TrainingWords", "Duplicate it with a smaller batch or crop, or resume after making room."
                )
            return QCoreApplication.translate(
                "TrainingWords", "Put right what it names, then resume from the last checkpoint."
            )
        case RunState.ELSEWHERE:
            return QCoreApplication.translate(
                "TrainingWords", "It is trained on another computer or is being copied; it can be watched here."
            )
        case _:
            return ""


def plot_title(key: str) -> str:
    """The title of a plot of app.training.lines, with its unit."""
    titles = {
        "loss": QCoreApplication.translate("TrainingWords", "Loss"),
        "miou": QCoreApplication.translate("TrainingWords", "mIoU, %"),
        "class-iou": QCoreApplication.translate("TrainingWords", "IoU by class, %"),
        "shares": QCoreApplication.translate("TrainingWords", "Pixels decided by stage, %"),
        "kept": QCoreApplication.translate("TrainingWords", "Pixels that a stage learns, %"),
        "rate": QCoreApplication.translate("TrainingWords", "Learning rate"),
        "speed": QCoreApplication.translate("TrainingWords", "Images per second"),
        "memory": QCoreApplication.translate("TrainingWords", "Memory, MB"),
        "gradient": QCoreApplication.translate("TrainingWords", "Gradient norm"),
    }
    return titles[key]


def stage_text(number: str) -> str:
    return QCoreApplication.translate("TrainingWords", "stage {n}").format(n=number)


def whole_text(name: str) -> str:
    """The name of a curve that is no stage's and no class's."""
    words = {
        "loss": QCoreApplication.translate("TrainingWords", "total"),
        "mIoU": QCoreApplication.translate("TrainingWords", "merged"),
        "loss/all": QCoreApplication.translate("TrainingWords", "all pixels"),
    }
    return words.get(name, name.partition("/")[2])
