"""What is running, and what the status bar says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# In the order of importance: the status bar has room for one.
Kind = Literal["save", "model", "open", "run", "crf", "scan"]
_ORDER: tuple[Kind, ...] = ("save", "model", "open", "run", "crf", "scan")
_CANCELLABLE: frozenset[Kind] = frozenset({"run", "crf", "scan"})


@dataclass(frozen=True)
class Activity:
    """One kind of work under way.

    Attributes:
        text: for the status bar, e.g. "segmenting cat.jpg".
        progress: 0..1 where it is known.
        jobs: how many jobs of this kind are running or waiting.
    """

    text: str
    progress: float | None = None
    jobs: int = 1


class Activities:
    """The activities by kind; a kind that does not run is absent."""

    def __init__(self) -> None:
        self._running: dict[Kind, Activity] = {}

    def set(self, kind: Kind, activity: Activity | None) -> None:
        if activity is None:
            self._running.pop(kind, None)
        else:
            self._running[kind] = activity

    def get(self, kind: Kind) -> Activity | None:
        return self._running.get(kind)

    @property
    def foremost(self) -> Activity | None:
        """The one that the status bar names."""
        return next((self._running[kind] for kind in _ORDER if kind in self._running), None)

    @property
    def jobs(self) -> int:
        return sum(activity.jobs for activity in self._running.values())

    @property
    def cancellable(self) -> bool:
        return any(kind in _CANCELLABLE for kind in self._kinds())

    def _kinds(self) -> Iterable[Kind]:
        return self._running.keys()
