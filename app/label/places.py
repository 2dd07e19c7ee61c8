"""Places to look at: contradicted labels, flips, and proposals that are accepted or rejected part by part."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.label.context import Context
from app.label.editing import Editing
from app.label.proposal import Proposal
from app.label.views import LabelPhoto, Place, PlaceKind, UInt8
from app.services.background import Background
from app.services.crf import CrfBackend, CrfInput, CrfOutcome, CrfService
from app.services.engine_thread import Desk, EngineTask, Lane
from engine.cancel import CancelToken
from engine.cascade.result import IGNORE, CascadeResult
from engine.errors import RhoscopeError
from engine.labels.area import Area
from engine.labels.audit import audit_labels
from engine.labels.clamping import Clamped, clamped
from engine.labels.class_mapping import mapped_result
from engine.labels.differences import differences
from engine.labels.document import LabelDocument
from engine.labels.flips import flip_map
from engine.labels.local import LocalAnswer, local_answer, with_context
from engine.labels.locks import Locks
from engine.labels.provenance import CRF, HUMAN
from engine.labels.selection import Edit, Selection, painted
from engine.rendering.geometry import resize_labels

# Smaller parts are borders drawn a little differently; they are taken along with "all", not listed.
_SMALLEST = 24
_LISTED = 400


class Places(QObject):
    """One list at a time.

    Signals:
        changed(): the list is another one.
        busyChanged(str): what is being computed, "" for nothing.
        visited(object): Place that has just been gone to.
    """

    changed = Signal()
    busyChanged = Signal(str)
    visited = Signal(object)

    def __init__(
        self,
        context: Context,
        *,
        crf: CrfBackend,
        editing: Editing,
        proposal: Proposal,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._editing = editing
        self._proposal = proposal
        self._background = background
        self._kind: PlaceKind | None = None
        self._places: tuple[Place, ...] = ()
        self._at = -1
        self._proposed: tuple[UInt8, UInt8] | None = None
        self._photo: LabelPhoto | None = None
        self._busy = ""
        self._crf = CrfService(
            crf,
            post=context.post,
            on_progress=lambda _fraction: None,
            on_done=self._take_crf,
            on_failed=self._crf_failed,
        )

    @property
    def kind(self) -> PlaceKind | None:
        return self._kind

    @property
    def places(self) -> tuple[Place, ...]:
        return self._places

    @property
    def current(self) -> Place | None:
        return self._places[self._at] if 0 <= self._at < len(self._places) else None

    @property
    def row(self) -> int:
        return self._at

    @property
    def busy(self) -> str:
        return self._busy

    @property
    def crf_missing(self) -> str | None:
        return self._crf.missing

    @property
    def service(self) -> CrfService:
        """What closing has to stop."""
        return self._crf

    def take_photo(self, photo: LabelPhoto | None) -> None:
        self._photo = photo
        self._crf.cancel()
        self._context.engine.cancel_task(Lane.LOCAL)
        self._set_busy("")
        self.clear()

    def clear(self) -> None:
        self._background.forget("places")
        self._kind, self._places, self._at, self._proposed = None, (), -1, None
        self.changed.emit()

    # --- lists from the answer that is there

    def audit(self) -> None:
        """Labels that the first stage, sure of itself, contradicts."""
        document, result = self._editing.document, self._proposal.complete
        if document is None or result is None:
            return

        def find() -> tuple[Place, ...]:
            return tuple(
                Place(PlaceKind.AUDIT, one.selection, one.saved, one.suggested, one.pixels, one.confidence)
                for one in audit_labels(document.labels, result)[:_LISTED]
            )

        self._find(PlaceKind.AUDIT, self.tr("comparing labels with stage 1"), find)

    def flips(self) -> None:
        """Where a later stage overturned an earlier one that had been confident."""
        result = self._proposal.complete
        if result is not None:
            self._find(PlaceKind.FLIPS, self.tr("looking for flips"), lambda: _flipped(result))

    def _find(self, kind: PlaceKind, text: str, find: object) -> None:
        self._set_busy(text)

        def take(places: tuple[Place, ...]) -> None:
            self._set_busy("")
            self._show(kind, places)

        self._background.run("places", find, take)  # type: ignore[arg-type]

    # --- proposals

    def propose_crf(self, mode: str) -> None:
        """The CRF over the answer ("hard" or "full"), with a person's pixels as certain; its differences are listed."""
        document, result, photo = self._editing.document, self._proposal.complete, self._photo
        if document is None or result is None or photo is None or self._context.closing.begun:
            return
        if self._crf.missing is not None:
            self._context.problems.report_error(RhoscopeError(self._crf.missing))
            return
        self._set_busy(self.tr("refining with the CRF"))

        def start(sure: Clamped) -> None:
            self._crf.start(CrfInput(photo.rgb, sure, "hard" if mode == "hard" else "full"))

        self._background.run("places", lambda: clamped(result, document.labels, document.provenance), start)

    def look_again(self, box: Area) -> None:
        """The cascade on a box alone, larger than it was within the whole photo."""
        document, photo, summary = self._editing.document, self._photo, self._proposal.summary
        if document is None or photo is None or summary is None or self._proposal.misfit:
            return
        box = box.clipped(Area.of_image(document.shape))
        if min(box.shape) < 8:
            return
        window = with_context(box, document.shape)
        rho, rgb, mapping = self._proposal.rho, photo.rgb[window.slices].copy(), self._proposal.mapping
        found: list[CascadeResult] = []

        def step(desk: Desk, cancel: CancelToken) -> bool:
            if desk.model is not None and desk.model.summary.label == summary.label:
                session = desk.model.open_session(rgb)
                answer = session.run(rho, cancel=cancel, on_stage=None)
                found.append(answer if mapping is None else mapped_result(answer, mapping))
            return False

        def done() -> None:
            self._set_busy("")
            if found and self._editing.document is document:
                self._take_local(local_answer(found[-1], box=box, window=window, provenance=document.provenance))

        def failed(error: RhoscopeError) -> None:
            self._set_busy("")
            self._context.problems.report_error(error, path=photo.path)

        self._set_busy(self.tr("looking at the box again"))
        self._context.engine.submit(EngineTask(step, done, failed, lambda: self._set_busy("")), Lane.LOCAL)

    def _take_local(self, answer: LocalAnswer) -> None:
        document = self._editing.document
        if document is None:
            return
        labels = np.full(document.shape, IGNORE, dtype=np.uint8)
        stages = np.zeros(document.shape, dtype=np.uint8)
        labels[answer.box.slices], stages[answer.box.slices] = answer.labels, answer.stages
        self._propose(document, labels, stages, answer.box)

    def _take_crf(self, _request: CrfInput, outcome: CrfOutcome) -> None:
        document = self._editing.document
        self._set_busy("")
        if document is not None and outcome.label_map.shape == document.shape:
            who = np.full(document.shape, CRF, dtype=np.uint8)
            labels, result, mapping = outcome.label_map, self._proposal.complete, self._proposal.mapping
            if result is not None and mapping is not None and mapping.lost:
                # The CRF knows the project's classes alone; where the model saw another, nothing is to be proposed.
                labels = np.where(result.label_map == IGNORE, np.uint8(IGNORE), labels)
            self._propose(document, labels, who, Area.of_image(document.shape))

    def _crf_failed(self, _request: CrfInput, error: RhoscopeError) -> None:
        self._set_busy("")
        self._context.problems.report_error(error)

    def _propose(self, document: LabelDocument, labels: UInt8, who: UInt8, within: Area) -> None:
        self._proposed = labels, who

        def find() -> tuple[Place, ...]:
            parts = differences(document.labels, document.provenance, labels, within=within, at_least=_SMALLEST)
            return tuple(
                Place(PlaceKind.PROPOSAL, one.selection, one.before, one.after, one.pixels) for one in parts[:_LISTED]
            )

        def take(places: tuple[Place, ...]) -> None:
            self._show(PlaceKind.PROPOSAL, places)

        self._background.run("places", find, take)

    # --- going through a list

    def go(self, row: int) -> None:
        if 0 <= row < len(self._places):
            self._at = row
            self.changed.emit()
            self.visited.emit(self._places[row])

    def accept(self) -> None:
        """Take the other class for the place that is looked at: a person's word, or the proposal's own."""
        place = self.current
        if place is None or place.after == IGNORE:
            return
        if place.kind is PlaceKind.PROPOSAL and self._proposed is not None:
            labels, who = self._proposed
            self._editing.apply(lambda _document: _part(place, labels, who), locks=Locks(human=True))
        else:
            self._editing.apply(lambda _document: painted(place.selection, place.after))
        self._drop(self._at)

    def reject(self) -> None:
        """Keep what is there, as a person's word where it is a label: the place will not be listed again."""
        place = self.current
        if place is None:
            return
        if place.kind is PlaceKind.AUDIT:
            self._editing.apply(lambda _document: painted(place.selection, place.before))
        self._drop(self._at)

    def accept_all(self) -> None:
        """Everything that a proposal would change, small parts included, in one step; human pixels stay."""
        if self._proposed is None:
            return
        labels, who = self._proposed

        def make(document: LabelDocument) -> Edit:
            taken = (labels != IGNORE) & (labels != document.labels) & (document.provenance != HUMAN)
            return Edit(Area.of_image(document.shape), taken, labels, who)

        self._editing.apply(make, locks=Locks(human=True))
        self.clear()

    def _drop(self, row: int) -> None:
        self._places = self._places[:row] + self._places[row + 1 :]
        self._at = min(row, len(self._places) - 1)
        self.changed.emit()
        if self._places:
            self.visited.emit(self._places[self._at])

    def _show(self, kind: PlaceKind, places: tuple[Place, ...]) -> None:
        self._kind, self._places, self._at = kind, places, -1
        self.changed.emit()

    def _set_busy(self, text: str) -> None:
        if text != self._busy:
            self._busy = text
            self.busyChanged.emit(text)


def _part(place: Place, labels: UInt8, who: UInt8) -> Edit:
    area = place.selection.area
    return Edit(area, place.selection.mask, labels[area.slices], who[area.slices])


def _flipped(result: CascadeResult) -> tuple[Place, ...]:
    import cv2

    flips = flip_map(result)
    pairs = np.where(flips.mask, flips.before.astype(np.int32) * 256 + flips.after, -1)
    found: list[Place] = []
    for pair in np.unique(pairs[flips.mask]):
        count, parts, _, _ = cv2.connectedComponentsWithStats((pairs == pair).astype(np.uint8), connectivity=8)
        spread = resize_labels(np.asarray(parts), result.image_size)
        for part in range(1, count):
            rows, columns = np.nonzero(spread == part)
            area = Area(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
            mask = np.asarray(spread[area.slices] == part)
            confidence = float(flips.confidence[np.asarray(parts) == part].mean())
            one = Place(
                PlaceKind.FLIPS, Selection(area, mask), int(pair) // 256, int(pair) % 256, len(rows), confidence
            )
            found.append(one)
    return tuple(sorted(found, key=lambda place: -place.pixels)[:_LISTED])
