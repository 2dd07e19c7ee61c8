"""What parts of the Train workspace need of its model: work away from the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Host(Protocol):
    """Implemented by TrainingModel."""

    def run_in_background(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None: ...

    def run_long(self, key: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None: ...

    def post(self, call: Callable[[], None]) -> None: ...
