"""Projects that were labelled lately, also those whose file is not to be found any more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.services.background import Background
from app.services.settings import Settings

_SETTING: Final = "label/recent"
_KEPT: Final = 12


@dataclass(frozen=True)
class RecentProject:
    """A project's file, and whether it is where it was."""

    path: Path
    there: bool


class RecentProjects(QObject):
    """The latest first. Whether files are there is looked up in the background: a network drive may take its time.

    Signals: changed(object) - tuple of RecentProject.
    """

    changed = Signal(object)

    def __init__(self, settings: Settings, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._background = background
        self._all: tuple[RecentProject, ...] = ()

    @property
    def all(self) -> tuple[RecentProject, ...]:
        """As of the last look."""
        return self._all

    def look(self) -> None:
        """Look up which are there; `changed` follows."""
        paths = self._paths()
        self._background.run(
            "label.recent", lambda: tuple(RecentProject(path, path.is_file()) for path in paths), self._take
        )

    def add(self, path: Path) -> None:
        """It has been opened."""
        self._store([path, *(known for known in self._paths() if known != path)])

    def remove(self, path: Path) -> None:
        """Off the list; the file stays as it is."""
        self._store([known for known in self._paths() if known != path])

    def relocate(self, old: Path, new: Path) -> None:
        """A file that was not to be found is somewhere else."""
        self._store(list(dict.fromkeys(new if known == old else known for known in self._paths())))

    def _paths(self) -> list[Path]:
        stored = self._settings.get(_SETTING)
        return [Path(str(text)) for text in stored] if isinstance(stored, tuple) else []

    def _store(self, paths: list[Path]) -> None:
        self._settings.set(_SETTING, tuple(str(path) for path in paths[:_KEPT]))
        self.look()

    def _take(self, projects: tuple[RecentProject, ...]) -> None:
        self._all = projects
        self.changed.emit(projects)
