"""Exporting: say what the format cannot hold, write, read everything back, compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from engine.cancel import CancelToken
from engine.data.atomic_file import make_folder
from engine.data.label_files import write_label_map
from engine.errors import DataError, RhoscopeError
from engine.labels.formats.item import ExportItem, FolderFormat, FormatLoss, LabelClasses
from engine.labels.formats.json_files import write_json_object
from engine.labels.formats.registry import FORMATS
from engine.labels.provenance import provenance_name

PROVENANCE: Final = "provenance"
"""Folder beside the labels with <name>.png, a grey value a pixel, and legend.json, what the values mean."""


class ExportSource(Protocol):
    """Images to be exported; each is loaded more than once, so that one is in memory at a time."""

    def __len__(self) -> int: ...

    def load(self, index: int) -> ExportItem:
        """Raises RhoscopeError where its labels cannot be read."""


@dataclass
class ExportSummary:
    """What an export holds, or will hold.

    Attributes:
        images: written.
        pixels: by class id; 255 = undecided.
        loss: what the format cannot hold of them.
        failed: problems of images that were left out, each naming its file.
    """

    images: int = 0
    pixels: dict[int, int] = field(default_factory=dict)
    loss: FormatLoss = FormatLoss()  # noqa: RUF009 - frozen
    failed: list[RhoscopeError] = field(default_factory=list)


def look_through(
    source: ExportSource, target: FolderFormat, *, cancel: CancelToken | None = None
) -> tuple[ExportSummary, list[int]]:
    """What an export would hold and lose, and the indices of the images that can be exported; writes nothing."""
    summary, usable = ExportSummary(), []
    for index in range(len(source)):
        if cancel is not None:
            cancel.check()
        try:
            item = source.load(index)
            _, loss = target.held(item.labels)
        except RhoscopeError as problem:
            summary.failed.append(problem)
            continue
        usable.append(index)
        summary.images += 1
        counts = np.bincount(item.labels.ravel(), minlength=256)
        for label in np.flatnonzero(counts):
            summary.pixels[int(label)] = summary.pixels.get(int(label), 0) + int(counts[label])
        summary.loss = FormatLoss(
            summary.loss.changed + loss.changed,
            summary.loss.holes + loss.holes,
            summary.loss.one_pixel_parts + loss.one_pixel_parts,
        )
    return summary, usable


def export_labels(
    source: ExportSource,
    *,
    format: str,
    folder: Path,
    classes: LabelClasses,
    before_writing: Callable[[ExportSummary], object] = lambda summary: None,
    on_progress: Callable[[int, int], object] = lambda done, total: None,
    cancel: CancelToken | None = None,
) -> ExportSummary:
    """Export all images that can be, with the provenance of every pixel beside them.

    Args:
        format: a name from FORMATS.
        before_writing: gets what will be written and lost; may raise to stop.
        on_progress: images written so far, and their number.
        cancel: asked between images; raises Cancelled. Files written so far are whole.

    Raises:
        DataError: the format has no place for these classes, or what was read back differs from what was written.
        OutputError: a file cannot be written.
    """
    target = FORMATS[format](folder, classes)
    summary, usable = look_through(source, target, cancel=cancel)
    before_writing(summary)
    seen: set[int] = set()
    for done, index in enumerate(usable, start=1):
        if cancel is not None:
            cancel.check()
        item = source.load(index)
        target.write(item)
        make_folder(folder / PROVENANCE)
        write_label_map(folder / PROVENANCE / f"{item.name}.png", item.provenance, format="index")
        seen.update(int(value) for value in np.unique(item.provenance))
        on_progress(done, len(usable))
    target.finish()
    legend = {str(value): provenance_name(value) for value in sorted(seen)}
    write_json_object(folder / PROVENANCE / "legend.json", legend)
    _compare(source, usable, FORMATS[format](folder, classes), folder)
    return summary


def _compare(source: ExportSource, usable: list[int], written: FolderFormat, folder: Path) -> None:
    for index in usable:
        item = source.load(index)
        height, width = item.labels.shape
        found = written.read(item.name, shape=(height, width))
        expected, _ = written.held(item.labels)
        different = int(np.count_nonzero(found != expected))
        if different:
            raise DataError(
                f"{item.name} was read back with {different} other pixels", path=folder, cure="export again elsewhere"
            )
