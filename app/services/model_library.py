"""The model library for the window: what there is at once, what takes seconds from a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from app.services.ui_queue import Post
from engine.cancel import Cancelled
from engine.errors import CheckpointError
from engine.jobs.worker_process import Task, WorkerProcess
from engine.models.catalogue import CatalogueEntry, WeightsState, catalogue
from engine.models.comparison import CompareJob, Comparison, Side
from engine.models.library_job import (
    DescribeJob,
    ImportJob,
    ImportOutcome,
    Inspection,
    InspectJob,
    KeyReport,
    ModelDescription,
    run_job,
)
from engine.models.user_models import user_model_folder

__all__ = [
    "CatalogueEntry",
    "Comparison",
    "ImportOutcome",
    "Inspection",
    "KeyReport",
    "LibraryBackend",
    "ModelDescription",
    "ModelLibrary",
    "Side",
    "WeightsState",
]

Told = Callable[[Any], None]
"""Given the answer or the exception, in the window's thread."""


class LibraryBackend(Protocol):
    """What the model page needs."""

    def entries(self) -> tuple[CatalogueEntry, ...]:
        """Everything there is; reads a folder's names."""
        ...

    def describe(self, entry: CatalogueEntry, done: Callable[[ModelDescription | Exception], None]) -> None:
        """Replaces an earlier description that is not there yet."""
        ...

    def inspect(self, source: Path, done: Callable[[Inspection | Exception], None]) -> None: ...

    def import_weights(
        self, inspection: Inspection, label: str, done: Callable[[ImportOutcome | Exception], None]
    ) -> None: ...

    def cancel(self) -> None:
        """Stops inspecting and importing."""
        ...

    def compare(self, photo: Path, first: str, second: str, done: Callable[[Comparison | Exception], None]) -> None:
        """Two models (specs) on one photo; gives up a comparison that runs."""
        ...

    def cancel_compare(self) -> None: ...

    def close(self) -> None:
        """Ends the process, which may take a moment; nothing is told afterwards."""
        ...


class ModelLibrary:
    """See LibraryBackend; its methods belong to the window's thread and return at once, but close()."""

    def __init__(self, *, post: Post) -> None:
        self._post = post
        self._process: WorkerProcess[Any, Any] = WorkerProcess(run_job, name="model library", failure=CheckpointError)
        self._describing: Task[Any] | None = None
        self._importing: Task[Any] | None = None
        self._closed = False
        # Models are run in a process of their own, so that descriptions need not wait for them.
        self._runner: WorkerProcess[Any, Any] = WorkerProcess(run_job, name="model comparison", failure=CheckpointError)
        self._comparing: Task[Any] | None = None

    def entries(self) -> tuple[CatalogueEntry, ...]:
        return catalogue()

    def describe(self, entry: CatalogueEntry, done: Callable[[ModelDescription | Exception], None]) -> None:
        if self._describing is not None:
            self._describing.cancel()
        label = "" if entry.state == "own" else entry.label
        self._describing = self._ask(DescribeJob(label, entry.path), done)

    def inspect(self, source: Path, done: Callable[[Inspection | Exception], None]) -> None:
        self.cancel()
        self._importing = self._ask(InspectJob(source), done)

    def import_weights(
        self, inspection: Inspection, label: str, done: Callable[[ImportOutcome | Exception], None]
    ) -> None:
        self.cancel()
        job = ImportJob(inspection.source, label, inspection.ours, user_model_folder())
        self._importing = self._ask(job, done)

    def cancel(self) -> None:
        if self._importing is not None:
            self._importing.cancel()

    def compare(self, photo: Path, first: str, second: str, done: Callable[[Comparison | Exception], None]) -> None:
        self.cancel_compare()
        self._comparing = self._ask(CompareJob(photo, first, second), done, process=self._runner)

    def cancel_compare(self) -> None:
        if self._comparing is not None:
            self._comparing.cancel()

    def close(self) -> None:
        self._closed = True
        # An import may take two seconds to end in good order; a comparison leaves nothing behind and need not.
        other = threading.Thread(target=lambda: self._runner.close(timeout=0), name="model comparison end")
        other.start()
        self._process.close()
        other.join()

    def _ask(
        self,
        job: DescribeJob | InspectJob | ImportJob | CompareJob,
        done: Told,
        *,
        process: WorkerProcess[Any, Any] | None = None,
    ) -> Task[Any]:
        def tell(answer: Any) -> None:
            if not isinstance(answer, Cancelled) and not self._closed:
                self._post(lambda: done(answer))

        return (process or self._process).submit(lambda: job, finish=lambda answer: answer, on_done=tell)
