"""What a workspace is to the window: a page behind a button of the rail, with drops and an end of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.canvas.canvas import Canvas


@dataclass(frozen=True)
class WorkspaceFace:
    """How the rail shows a workspace.

    Attributes:
        name: stable key, e.g. "label"; also the prefix of its settings.
        text: under the glyph, short.
        glyph: Material glyph, see app.shell.icons.
        help: tool tip, a sentence.
    """

    name: str
    text: str
    glyph: str
    help: str


class Workspace(QMainWindow):
    """A window within the window, so that its docks are its own; subclasses override what they need.

    Signals:
        shutdownFinished(): nothing of this workspace runs any more.
        noteChanged(): `note` is another one.
        titleChanged(): `title` is another one.
    """

    shutdownFinished = Signal()
    noteChanged = Signal()
    titleChanged = Signal()

    def __init__(self, face: WorkspaceFace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName(face.name)
        # Drops are the whole window's business.
        self.setAcceptDrops(False)
        self.face = face
        self._ended = False

    @property
    def title(self) -> str:
        """What the window's title names while this workspace is shown; "" for the program's name alone."""
        return ""

    @property
    def note(self) -> str:
        """A few words for the right end of the status bar, such as "undo 14 · saved"."""
        return ""

    @property
    def canvas(self) -> Canvas | None:
        """What held keys act on (H, Space); None where there is no photo to look at."""
        return None

    def menus(self) -> Sequence[QMenu]:
        """Menus of its own, shown in the menu bar while this workspace is."""
        return ()

    def take_paths(self, paths: Sequence[Path]) -> bool:
        """Files and folders dropped while this workspace is shown; False hands them to Explore."""
        return False

    def activate(self) -> None:
        """It has come to the front; what is expensive begins here, not at the program's start."""

    def save_state(self) -> None:
        """Remembers docks and choices; the window is about to close."""

    def shutdown(self) -> None:
        """Refuses new work, cancels what runs and returns at once; finish_shutdown() follows, now or later."""
        self.finish_shutdown()

    def finish_shutdown(self) -> None:
        """To be called once when everything has stopped."""
        if not self._ended:
            self._ended = True
            self.shutdownFinished.emit()

    @property
    def is_shut_down(self) -> bool:
        return self._ended
