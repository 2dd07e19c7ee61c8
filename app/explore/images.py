"""The list of opened images, as views show it. It grows in batches while folders are still being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.services.thumbnails import ReadThumbnail, ThumbnailService
from app.services.ui_queue import Post
from engine.errors import ImageError

_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()


@dataclass
class _Entry:
    path: Path
    hard_share: float | None = None
    error: str | None = None


class ImageListModel(QAbstractListModel):
    """One row an image.

    Roles: DisplayRole the file's name (str), ToolTipRole its path and error (str), PathRole (Path), ThumbnailRole
    (QImage or None; asking for it starts its making, dataChanged follows), HardShareRole (share of cells that reached
    the last stage, 0..1 or None before the image was segmented), ErrorRole (why it cannot be read, str or None).
    """

    PathRole: Final = Qt.ItemDataRole.UserRole + 1
    ThumbnailRole: Final = Qt.ItemDataRole.UserRole + 2
    HardShareRole: Final = Qt.ItemDataRole.UserRole + 3
    ErrorRole: Final = Qt.ItemDataRole.UserRole + 4

    countChanged = Signal(int)
    #: ImageError of a file whose thumbnail cannot be made.
    thumbnailFailed = Signal(object)

    def __init__(
        self, *, post: Post, read_thumbnail: ReadThumbnail | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._entries: list[_Entry] = []
        self._rows: dict[Path, int] = {}
        self._thumbnails = ThumbnailService(
            post=post, on_ready=self._thumbnail_ready, on_failed=self._thumbnail_failed, read=read_thumbnail
        )

    # --- what views ask

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.path.name
            case Qt.ItemDataRole.ToolTipRole:
                return str(entry.path) if entry.error is None else f"{entry.path}\n{entry.error}"
            case self.PathRole:
                return entry.path
            case self.ThumbnailRole:
                return None if entry.error is not None else self._thumbnails.get(entry.path)
            case self.HardShareRole:
                return entry.hard_share
            case self.ErrorRole:
                return entry.error
            case _:
                return None

    def path_at(self, row: int) -> Path | None:
        return self._entries[row].path if 0 <= row < len(self._entries) else None

    def row_of(self, path: Path | None) -> int:
        """The row of the image, -1 where it is not in the list."""
        return -1 if path is None else self._rows.get(path, -1)

    # --- what the explore model does

    def clear(self) -> None:
        if not self._entries:
            return
        self.beginResetModel()
        self._entries.clear()
        self._rows.clear()
        self._thumbnails.forget_all()
        self.endResetModel()
        self.countChanged.emit(0)

    def append(self, paths: Sequence[Path]) -> None:
        """Add rows at the end; paths that are in the list already are left out."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._rows]
        if not fresh:
            return
        first = len(self._entries)
        self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
        self._entries.extend(_Entry(path) for path in fresh)
        self._rows.update((path, first + offset) for offset, path in enumerate(fresh))
        self.endInsertRows()
        self.countChanged.emit(len(self._entries))

    def set_hard_share(self, path: Path, share: float | None) -> None:
        row = self.row_of(path)
        if row >= 0 and self._entries[row].hard_share != share:
            self._entries[row].hard_share = share
            self._changed(row, self.HardShareRole)

    def set_error(self, path: Path, error: str | None) -> None:
        row = self.row_of(path)
        if row >= 0 and self._entries[row].error != error:
            self._entries[row].error = error
            self._changed(row, self.ErrorRole)

    def stop(self) -> None:
        """Make no more thumbnails; see `alive` for the thread's end."""
        self._thumbnails.stop()

    @property
    def alive(self) -> bool:
        return self._thumbnails.alive

    def _thumbnail_ready(self, path: Path) -> None:
        row = self.row_of(path)
        if row >= 0:
            self._changed(row, self.ThumbnailRole)

    def _thumbnail_failed(self, path: Path, error: ImageError) -> None:
        self.set_error(path, error.reason)
        if self.row_of(path) >= 0:
            self.thumbnailFailed.emit(error)

    def _changed(self, row: int, role: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index, [role])
