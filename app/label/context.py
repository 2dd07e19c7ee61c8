"""What all parts of the Label model work with."""

from __future__ import annotations

from dataclasses import dataclass

from app.explore.closing import Closing
from app.explore.problems import Problems
from app.services.engine_thread import EngineThread
from app.services.project_thread import ProjectThread
from app.services.settings import Settings
from app.services.ui_queue import Post


@dataclass(frozen=True)
class Context:
    """Given to every part, so that none needs to know the model that owns it.

    Attributes:
        settings: where choices are remembered.
        post: brings answers of other threads into the window's thread.
        problems: told what failed.
        closing: its `begun` says that nothing new may start and that late answers are to be dropped.
        project: the thread of the project file and of label documents.
        engine: the program's one thread of model work.
    """

    settings: Settings
    post: Post
    problems: Problems
    closing: Closing
    project: ProjectThread
    engine: EngineThread
