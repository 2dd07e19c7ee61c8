"""Opening files and folders: the list fills while they are still being searched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.closing import Service
from app.explore.images import ImageListModel
from app.explore.shared import Shared
from app.explore.views import Problem
from app.services.folder_scan import FindImages, FolderScan
from engine.errors import ImageError

# Of many files dropped at once, this many are remembered as recent.
_RECENT_OF_ONE_DROP: Final = 4


class Opening(QObject):
    """Replaces the list by what is found, and keeps the recent files.

    Args:
        images: the list that is filled.
        find_images: how images are found; engine.data.images.find_images where missing.
    """

    #: The list was replaced; its first row is there, further ones may follow.
    replaced = Signal()
    #: list[Path], latest first.
    recentChanged = Signal(object)

    def __init__(
        self,
        shared: Shared,
        *,
        images: ImageListModel,
        find_images: FindImages | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shared = shared
        self._images = images
        self._scan = FolderScan(
            post=shared.post,
            on_found=self._found,
            on_problem=self._not_opened,
            on_finished=self._scanned,
            find=find_images,
        )
        self._wanted: tuple[Path, ...] = ()
        self._not_found: set[Path] = set()
        self._remember = True
        self._replace_list = False

    @property
    def recent(self) -> list[Path]:
        """Latest first."""
        return self._shared.settings.recent

    def open_paths(self, paths: Sequence[Path], *, remember: bool) -> None:
        """Search them; the list is replaced when the first image is found, so that a bad drop costs nothing.

        Args:
            remember: put them among the recent files.
        """
        if self._shared.closing.begun or not paths:
            return
        self._wanted = tuple(path.absolute() for path in paths)
        self._not_found.clear()
        self._remember = remember
        self._replace_list = True
        self._scan.start(self._wanted)
        self._shared.board.set("scan", Activity(self.tr("looking for images")))

    def clear_recent(self) -> None:
        self._shared.settings.clear_recent()
        self.recentChanged.emit(self.recent)

    def cancel(self) -> None:
        """Search no further; what was found stays."""
        self._scan.cancel()

    @property
    def service(self) -> Service:
        """What closing has to stop."""
        return self._scan

    def _found(self, paths: tuple[Path, ...]) -> None:
        if self._shared.closing.begun:
            return
        first = self._replace_list
        if first:
            self._replace_list = False
            self._images.clear()
        self._images.append(paths)
        if first:
            self.replaced.emit()
        text = self.tr("looking for images, {count} found").format(count=self._images.rowCount())
        self._shared.board.set("scan", Activity(text))

    def _not_opened(self, error: ImageError) -> None:
        if error.path is not None:
            self._not_found.add(error.path)
        self._shared.problems.report_error(error)

    def _scanned(self, count: int, cancelled: bool) -> None:
        if self._shared.closing.begun:
            return
        settings = self._shared.settings
        fit = [path for path in self._wanted if path not in self._not_found]
        if count == 0 and not cancelled:
            for path in fit:
                self._shared.problems.report(Problem(path, self.tr("no images here")))
            for path in self._wanted:
                settings.remove_recent(path)
            self.recentChanged.emit(self.recent)
        elif count and self._remember:
            settings.add_recent(fit[:_RECENT_OF_ONE_DROP])
            self.recentChanged.emit(self.recent)
        self._shared.board.set("scan", None)
