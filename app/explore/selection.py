"""Which image is selected, and the photo that is shown until that one is decoded."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.explore.activity import Activity
from app.explore.closing import Service
from app.explore.images import ImageListModel
from app.explore.shared import Shared
from app.explore.views import OpenImage
from app.services.opening import ImageOpener, Opened, ReadImage
from engine.errors import ImageError


class Selection(QObject):
    """The selected path changes at once; the image follows when it is decoded, or becomes None where it cannot be.

    Args:
        images: the list in which rows are selected. When it is cleared, nothing is selected.
        read_image: how a photo is read; engine.data.images.read_image where missing.
    """

    #: Another image was selected: what runs belongs to one that is on its way out.
    leaving = Signal()
    #: The selected row.
    currentChanged = Signal(int)
    #: OpenImage, or None where it cannot be read.
    imageChanged = Signal(object)
    #: The selected image is shown and nothing of it is under way.
    opened = Signal()

    def __init__(
        self,
        shared: Shared,
        *,
        images: ImageListModel,
        read_image: ReadImage | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shared = shared
        self._images = images
        self._opener = ImageOpener(
            post=shared.post, on_opened=self._opened, on_failed=self._open_failed, read=read_image
        )
        self._path: Path | None = None
        self._image: OpenImage | None = None
        # Number, revision and stamp of every file opened so far: a file keeps its number, a changed one gets a new
        # revision, which is what tells the engine that its stage 1 still holds.
        self._documents: dict[Path, tuple[int, int, tuple[int, int]]] = {}
        images.modelReset.connect(self._forget)

    @property
    def row(self) -> int:
        """The selected row, -1 for none."""
        return self._images.row_of(self._path)

    @property
    def path(self) -> Path | None:
        """The selected image; while it is being decoded, `image` is still the one shown before."""
        return self._path

    @property
    def image(self) -> OpenImage | None:
        return self._image

    @property
    def settled(self) -> bool:
        """The image is that of the selected path."""
        return self._image is not None and self._image.path == self._path

    def select(self, row: int) -> None:
        path = self._images.path_at(row)
        if self._shared.closing.begun or path is None or path == self._path:
            return
        self._path = path
        self.leaving.emit()
        self._opener.want(path)
        self.currentChanged.emit(row)
        self._shared.board.set("open", Activity(self.tr("opening {name}").format(name=path.name)))

    def step(self, delta: int) -> None:
        """Select the image `delta` rows on, stopping at the ends."""
        last = self._images.rowCount() - 1
        if last >= 0:
            self.select(min(max(self.row + delta, 0), last))

    @property
    def service(self) -> Service:
        """What closing has to stop."""
        return self._opener

    def _forget(self) -> None:
        self._path = None

    def _opened(self, path: Path, opened: Opened) -> None:
        if self._shared.closing.begun:
            return
        document, revision = self._document_of(path, opened.stamp)
        self._images.set_error(path, None)
        self._show(OpenImage(document, revision, opened.decoded, opened.levels))
        self._shared.board.set("open", None)
        self.opened.emit()

    def _open_failed(self, path: Path, error: ImageError) -> None:
        if self._shared.closing.begun:
            return
        self._images.set_error(path, error.reason)
        self._show(None)
        self._shared.problems.report_error(error)
        self._shared.board.set("open", None)

    def _show(self, image: OpenImage | None) -> None:
        self._image = image
        self.imageChanged.emit(image)

    def _document_of(self, path: Path, stamp: tuple[int, int]) -> tuple[int, int]:
        document, revision, known_stamp = self._documents.get(path, (len(self._documents) + 1, 1, stamp))
        if stamp != known_stamp:
            revision += 1
        self._documents[path] = (document, revision, stamp)
        return document, revision
