"""The thread that the project file and its label documents belong to: one job after another, in order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from app.services.ui_queue import Post
from app.services.workers import WorkerPool
from engine.cancel import Cancelled
from engine.errors import ProjectError, RhoscopeError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class ProjectThread:
    """Its methods return at once; what they are given runs in order, and its outcome is told in the window's thread.

    Args:
        name: of the thread.
    """

    def __init__(self, *, post: Post, name: str = "project") -> None:
        self._post = post
        self._pool = WorkerPool(name)

    def do(
        self,
        work: Callable[[], _T],
        done: Callable[[_T], None] | None = None,
        failed: Callable[[RhoscopeError], None] | None = None,
    ) -> bool:
        """Queue `work`; False once the thread is closed, and nothing is told then.

        Args:
            done: given its value.
            failed: given why there is none; what nobody listens for is logged.
        """
        return self._pool.submit(lambda: self._run(work, done, failed))

    def stop(self) -> None:
        """Take nothing more. What was asked for is still done: it holds what a person has drawn."""
        self._pool.finish()

    @property
    def alive(self) -> bool:
        return self._pool.alive

    def _run(
        self,
        work: Callable[[], _T],
        done: Callable[[_T], None] | None,
        failed: Callable[[RhoscopeError], None] | None,
    ) -> None:
        try:
            value = work()
        except RhoscopeError as error:
            failure = error
        except Cancelled:
            failure = RhoscopeError("cancelled")
        except MemoryError:
            failure = ProjectError("not enough memory", cure="close other programs")
        except Exception as error:  # noqa: BLE001 - a defect becomes a message, and the jobs that follow are still done
            _log.exception("work on the project failed")
            failure = ProjectError(f"the work failed: {type(error).__name__}: {error}")
        else:
            if done is not None:
                tell = done
                self._post(lambda: tell(value))
            return
        if failed is None:
            _log.warning("%s", failure)
            return
        told = failed
        self._post(lambda: told(failure))
