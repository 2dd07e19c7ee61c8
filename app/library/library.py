"""The state of the Models workspace: what is listed and chosen, what is known of it, and an import under way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.services.model_library import CatalogueEntry, ImportOutcome, Inspection, LibraryBackend, ModelDescription
from engine.errors import RhoscopeError


class ImportStep(Enum):
    """Where an import stands."""

    READING = "reading"
    CHOOSING = "choosing"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True)
class ImportState:
    """An import that a person began.

    Attributes:
        source: the file.
        inspection: once the file is read.
        label: the model that it is meant for; "" before it is read.
        outcome: once it is written or refused by the model.
        problem: why it ended early, with the cure; "" while it goes on.
    """

    step: ImportStep
    source: Path
    inspection: Inspection | None = None
    label: str = ""
    outcome: ImportOutcome | None = None
    problem: str = ""


class Library(QObject):
    """Lives in the window's thread; nothing here waits.

    Signals:
        entriesChanged(): the list is another one.
        selectionChanged(object): CatalogueEntry or None.
        descriptionChanged(object): ModelDescription of the selected entry; None while it is being made; an exception.
        importChanged(object): ImportState, or None when it is put away.
    """

    entriesChanged = Signal()
    selectionChanged = Signal(object)
    descriptionChanged = Signal(object)
    importChanged = Signal(object)

    def __init__(self, backend: LibraryBackend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._selected: CatalogueEntry | None = None
        self._descriptions: dict[tuple[str, Path | None], ModelDescription] = {}
        self._description: ModelDescription | Exception | None = None
        self._import: ImportState | None = None

    @property
    def backend(self) -> LibraryBackend:
        return self._backend

    @property
    def entries(self) -> tuple[CatalogueEntry, ...]:
        return self._entries

    @property
    def selected(self) -> CatalogueEntry | None:
        return self._selected

    @property
    def description(self) -> ModelDescription | Exception | None:
        return self._description

    @property
    def import_state(self) -> ImportState | None:
        return self._import

    def refresh(self) -> None:
        """Reads again what there is; the selection stays where its model is still there."""
        entries = self._backend.entries()
        if entries != self._entries:
            self._entries = entries
            self.entriesChanged.emit()
        before = self._selected
        kept = None if before is None else next((e for e in entries if e.label == before.label), None)
        if kept != before or before is None:
            self.select(kept if kept is not None else entries[0] if entries else None)

    def select(self, entry: CatalogueEntry | None) -> None:
        if entry == self._selected and entry is not None:
            return
        self._selected = entry
        self.selectionChanged.emit(entry)
        self._set_description(None)
        if entry is None:
            return
        known = self._descriptions.get((entry.label, entry.path))
        if known is not None:
            self._set_description(known)
            return
        self._backend.describe(entry, lambda answer: self._take_description(entry, answer))

    def select_label(self, label: str) -> None:
        """Selects a model by its label; nothing happens where there is none."""
        entry = next((e for e in self._entries if e.label == label), None)
        if entry is not None:
            self.select(entry)

    def begin_import(self, source: Path) -> None:
        """Reads a file and finds which models it is for."""
        self._set_import(ImportState(ImportStep.READING, source))
        self._backend.inspect(source, lambda answer: self._take_inspection(source, answer))

    def choose_target(self, label: str) -> None:
        """Which of the models that take the file it is meant for."""
        state = self._import
        if state is not None and state.step is ImportStep.CHOOSING:
            self._set_import(ImportState(state.step, state.source, state.inspection, label))

    def confirm_import(self) -> None:
        """Writes the file as the chosen model's weights."""
        state = self._import
        if state is None or state.step is not ImportStep.CHOOSING or state.inspection is None:
            return
        self._set_import(ImportState(ImportStep.WRITING, state.source, state.inspection, state.label))
        self._backend.import_weights(
            state.inspection, state.label, lambda answer: self._take_outcome(state.source, answer)
        )

    def dismiss_import(self) -> None:
        """Puts the report away, or stops an import that is under way."""
        self._backend.cancel()
        self._set_import(None)

    def close(self) -> None:
        self._backend.close()

    def _take_description(self, entry: CatalogueEntry, answer: ModelDescription | Exception) -> None:
        if isinstance(answer, ModelDescription):
            self._descriptions[entry.label, entry.path] = answer
        if entry == self._selected:
            self._set_description(answer)

    def _take_inspection(self, source: Path, answer: Inspection | Exception) -> None:
        state = self._import
        if state is None or state.source != source or state.step is not ImportStep.READING:
            return
        if isinstance(answer, Exception):
            self._set_import(ImportState(ImportStep.REFUSED, source, problem=shown_error(answer)))
            return
        selected = self._selected.label if self._selected is not None else ""
        label = selected if selected in answer.labels else answer.labels[0]
        self._set_import(ImportState(ImportStep.CHOOSING, source, answer, label))

    def _take_outcome(self, source: Path, answer: ImportOutcome | Exception) -> None:
        state = self._import
        if state is None or state.source != source or state.step is not ImportStep.WRITING:
            return
        if isinstance(answer, Exception):
            step, outcome, problem = ImportStep.REFUSED, None, shown_error(answer)
        elif answer.path is None:
            step, outcome, problem = ImportStep.REFUSED, answer, _sentence(answer.problem, answer.cure)
        else:
            step, outcome, problem = ImportStep.DONE, answer, ""
        self._set_import(ImportState(step, source, state.inspection, state.label, outcome, problem))
        if outcome is not None and outcome.path is not None:
            # Files of this name may have been another model's before.
            self._descriptions = {key: d for key, d in self._descriptions.items() if key[1] != outcome.path}
            self.refresh()
            found = next((e for e in self._entries if e.path == outcome.path), None)
            if found is not None:
                self.select(found)

    def _set_description(self, description: ModelDescription | Exception | None) -> None:
        self._description = description
        self.descriptionChanged.emit(description)

    def _set_import(self, state: ImportState | None) -> None:
        self._import = state
        self.importChanged.emit(state)


def shown_error(error: Exception) -> str:
    """An error in sentences, with its cure."""
    if isinstance(error, RhoscopeError):
        return _sentence(error.reason, error.cure)
    return f"{type(error).__name__}: {error}"


def _sentence(problem: str, cure: str) -> str:
    text = problem[:1].upper() + problem[1:]
    return f"{text}. {cure[:1].upper()}{cure[1:]}." if cure else f"{text}."
