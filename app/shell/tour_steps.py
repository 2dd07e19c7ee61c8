"""What the tour of the Explore workspace shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.explore.model import ExploreModel
from app.services.translation_mark import QT_TRANSLATE_NOOP
from app.shell.explore_workspace import ExploreWorkspace
from app.shell.tour import TourStep

_WELCOME = (
    QT_TRANSLATE_NOOP("Tour", "Welcome to Rhoscope"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "Most pixels of a photo are easy, and a shallow network already knows them. Only the hard ones go deeper. "
        "Half a minute shows how that looks, on the sample photos.",
    ),
)
_STAGES = (
    QT_TRANSLATE_NOOP("Tour", "The cascade at work"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "Each tile is one stage: in colour what it decided, veiled what it handed on to the next. Click a tile to see "
        "it on the canvas.",
    ),
)
_RHO = (
    QT_TRANSLATE_NOOP("Tour", "ρ sets how sure is sure enough"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "A stage keeps a pixel when it is surer than ρ. Move it and watch: a higher ρ sends more pixels deeper and "
        "takes more time.",
    ),
)
_CANVAS = (
    QT_TRANSLATE_NOOP("Tour", "The answer over your photo"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "The wheel zooms, dragging pans, hold H for the bare photo. The line below the photo says what every stage "
        "thought of the pixel under the cursor.",
    ),
)
_LIST = (
    QT_TRANSLATE_NOOP("Tour", "Which photos were hard"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "Every photo shows how much of it reached the last stage. Drop your own photos or a folder anywhere on the "
        "window.",
    ),
)
_RAIL = (
    QT_TRANSLATE_NOOP("Tour", "Everything by name"),
    QT_TRANSLATE_NOOP(
        "Tour",
        "Here are the workspaces. Ctrl+K finds every command by a few of its letters, F1 shows all keys. This tour "
        "waits in the Help menu.",
    ),
)


def explore_tour(
    explore: ExploreWorkspace, model: ExploreModel, *, samples: Sequence[Path], rail: QWidget
) -> list[TourStep]:
    """The steps; the first one that needs a photo opens the samples where nothing is open."""

    def open_samples() -> None:
        if samples and model.images.rowCount() == 0:
            model.open_paths(list(samples), remember=False)

    def step(words: tuple[str, str], place: QWidget | None = None) -> TourStep:
        title, text = (QCoreApplication.translate("Tour", word) for word in words)
        return TourStep(title, text, lambda: place, before=None if place is None else open_samples)

    return [
        step(_WELCOME),
        step(_STAGES, explore.strip),
        step(_RHO, explore.panel.rho),
        step(_CANVAS, explore.canvas),
        step(_LIST, explore.images),
        step(_RAIL, rail),
    ]
