"""The project's images as a list: virtual, sorted by name or by difficulty, which may change while it is shown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.explore.images import ImageListModel
from app.services.thumbnails import ReadThumbnail, ThumbnailService
from app.services.ui_queue import Post
from engine.errors import ImageError
from engine.project.records import ImageRow, Order, Review

_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()
# Places in an order: harder first, unknown last; then by name.
_Key = tuple[float, int]


@dataclass(frozen=True, eq=False)
class Listing:
    """Rows made ready for the list; made away from the window's thread, which it would hold up where there are many.

    Attributes:
        folders: that the images lie below, by number.
        rows: by id. ranks: places in the order of names.
        order: what they are sorted by; keys, ids: in that order.
    """

    folders: dict[int, Path]
    rows: dict[int, ImageRow]
    ranks: dict[int, int]
    order: Order
    keys: list[_Key]
    ids: list[int]

    @classmethod
    def of(cls, rows: Iterable[ImageRow], folders: dict[int, Path], *, order: Order) -> Listing:
        """From rows in the order of their names."""
        by_id = {row.id: row for row in rows}
        ranks = {image_id: rank for rank, image_id in enumerate(by_id)}
        return cls(folders, by_id, ranks, order, *_sorted(by_id.values(), ranks, order))


class LabelImages(QAbstractListModel):
    """One row an image; the roles are those of ImageListModel, with ReviewRole (Review) besides.

    Belongs to the window's thread. A hundred thousand rows are taken within a frame, since they come as a Listing.
    """

    ReviewRole: Final = Qt.ItemDataRole.UserRole + 16

    countChanged = Signal(int)
    orderChanged = Signal(str)

    def __init__(
        self, *, post: Post, read_thumbnail: ReadThumbnail | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folders: dict[int, Path] = {}
        self._rows: dict[int, ImageRow] = {}
        self._ranks: dict[int, int] = {}
        self._keys: list[_Key] = []
        self._ids: list[int] = []
        self._errors: dict[int, str] = {}
        self._by_path: dict[Path, int] = {}
        self._order: Order = "name"
        self._changes = 0
        self._thumbnails = ThumbnailService(
            post=post, on_ready=self._thumbnail_ready, on_failed=self._thumbnail_failed, read=read_thumbnail
        )

    # --- what views ask

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._ids):
            return None
        row = self._rows[self._ids[index.row()]]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.below.rpartition("/")[2]
            case Qt.ItemDataRole.ToolTipRole:
                error = self._errors.get(row.id)
                return str(self.path_of(row.id)) if error is None else f"{self.path_of(row.id)}\n{error}"
            case ImageListModel.PathRole:
                return self.path_of(row.id)
            case ImageListModel.ThumbnailRole:
                return None if row.id in self._errors else self._thumbnail(row.id)
            case ImageListModel.HardShareRole:
                return row.difficulty
            case ImageListModel.ErrorRole:
                return self._errors.get(row.id)
            case self.ReviewRole:
                return row.review
            case _:
                return None

    @property
    def order(self) -> Order:
        return self._order

    @property
    def ids(self) -> tuple[int, ...]:
        """In the order that is shown."""
        return tuple(self._ids)

    def id_at(self, row: int) -> int | None:
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, image_id: int | None) -> int:
        """The row of an image, -1 where it is not in the list."""
        row = self._rows.get(image_id) if image_id is not None else None
        return -1 if row is None else bisect_left(self._keys, self._key(row))

    def image(self, image_id: int) -> ImageRow:
        return self._rows[image_id]

    def path_of(self, image_id: int) -> Path:
        row = self._rows[image_id]
        return self._folders[row.root] / row.below

    def id_of(self, path: Path) -> int | None:
        """The image in a file, None where it is not in the list. Walks the list: for what a person opens."""
        return next((image_id for image_id in self._ids if self.path_of(image_id) == path), None)

    def count(self, review: Review) -> int:
        return sum(row.review is review for row in self._rows.values())

    # --- what the label model does

    def take(self, listing: Listing) -> None:
        """Other rows. The listing is taken over."""
        self.beginResetModel()
        self._folders, self._rows, self._ranks = listing.folders, listing.rows, listing.ranks
        self._order, self._keys, self._ids = listing.order, listing.keys, listing.ids
        self._changes += 1
        self._errors.clear()
        self._by_path.clear()
        self._thumbnails.forget_all()
        self.endResetModel()
        self.countChanged.emit(len(self._ids))
        self.orderChanged.emit(self._order)

    def sorter(self, order: Order) -> Callable[[], tuple[list[_Key], list[int]]]:
        """What sorts the rows as they are now, to be called in any thread; see take_order."""
        rows, ranks = tuple(self._rows.values()), self._ranks
        return lambda: _sorted(rows, ranks, order)

    @property
    def changes(self) -> int:
        """Rises whenever a row is another one: an order that was computed before is out of date."""
        return self._changes

    def take_order(self, order: Order, keys: list[_Key], ids: list[int]) -> None:
        """The rows in another order, as a sorter made it since the last change."""
        self.beginResetModel()
        self._order, self._keys, self._ids = order, keys, ids
        self.endResetModel()
        self.orderChanged.emit(order)

    def set_difficulty(self, image_id: int, difficulty: float | None) -> None:
        """How hard the image was; in the order of difficulty its row moves."""
        if image_id in self._rows:
            row = self._rows[image_id]
            self._exchange(ImageRow(row.id, row.root, row.below, difficulty, row.review))

    def set_review(self, image_id: int, review: Review) -> None:
        if image_id in self._rows:
            row = self._rows[image_id]
            self._exchange(ImageRow(row.id, row.root, row.below, row.difficulty, review))

    def clear_difficulties(self) -> None:
        self.beginResetModel()
        self._rows = {row.id: ImageRow(row.id, row.root, row.below, None, row.review) for row in self._rows.values()}
        self._changes += 1
        self._keys, self._ids = _sorted(self._rows.values(), self._ranks, self._order)
        self.endResetModel()

    def set_error(self, image_id: int, error: str | None) -> None:
        if self._errors.get(image_id) != error:
            if error is None:
                self._errors.pop(image_id, None)
            else:
                self._errors[image_id] = error
            self._tell(image_id)

    def stop(self) -> None:
        """Make no more thumbnails; see `alive` for the thread's end."""
        self._thumbnails.stop()

    @property
    def alive(self) -> bool:
        return self._thumbnails.alive

    def _key(self, row: ImageRow) -> _Key:
        return _key(row, self._ranks[row.id], self._order)

    def _exchange(self, row: ImageRow) -> None:
        at = self.row_of(row.id)
        self._rows[row.id] = row
        self._changes += 1
        key = self._key(row)
        if key != self._keys[at]:
            to = bisect_left(self._keys, key)
            if to not in (at, at + 1):
                self.beginMoveRows(QModelIndex(), at, at, QModelIndex(), to)
                del self._keys[at], self._ids[at]
                place = to - 1 if to > at else to
                self._keys.insert(place, key)
                self._ids.insert(place, row.id)
                self.endMoveRows()
            else:
                self._keys[at] = key
        self._tell(row.id)

    def _tell(self, image_id: int) -> None:
        row = self.row_of(image_id)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def _thumbnail(self, image_id: int) -> Any:
        path = self.path_of(image_id)
        self._by_path[path] = image_id
        return self._thumbnails.get(path)

    def _thumbnail_ready(self, path: Path) -> None:
        image_id = self._by_path.get(path)
        if image_id is not None:
            self._tell(image_id)

    def _thumbnail_failed(self, path: Path, error: ImageError) -> None:
        image_id = self._by_path.get(path)
        if image_id is not None:
            self.set_error(image_id, error.reason)


def _key(row: ImageRow, rank: int, order: Order) -> _Key:
    if order == "name":
        return 0.0, rank
    return (1.0 if row.difficulty is None else -row.difficulty), rank


def _sorted(rows: Iterable[ImageRow], ranks: dict[int, int], order: Order) -> tuple[list[_Key], list[int]]:
    pairs = sorted((_key(row, ranks[row.id], order), row.id) for row in rows)
    return [key for key, _ in pairs], [image_id for _, image_id in pairs]
