"""What all parts of the Explore model work with."""

from __future__ import annotations

from dataclasses import dataclass

from app.explore.closing import Closing
from app.explore.problems import Problems
from app.explore.status import StatusBoard
from app.services.settings import Settings
from app.services.ui_queue import Post


@dataclass(frozen=True)
class Shared:
    """Given to every part, so that none needs to know the model that owns it.

    Attributes:
        settings: where choices are remembered.
        post: brings answers of other threads into the window's thread.
        board: told what each part is at.
        problems: told what failed.
        closing: its `begun` says that nothing new may start and that late answers are to be dropped.
    """

    settings: Settings
    post: Post
    board: StatusBoard
    problems: Problems
    closing: Closing
