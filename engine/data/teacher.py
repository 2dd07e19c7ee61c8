"""Label maps of a teacher beside the truth: distillation from a network of which only its answers are known.

A teacher that has seen a photo several times, mirrored, smaller, gives several maps. A training image is learnt now
from the truth, now from one of them drawn at random; over many draws that is the cross-entropy with their mean, a soft
label that is uncertain where the teacher is (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015, with
votes in place of probabilities).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.data.pairs import PairedData, mismatch_text
from engine.data.samples import DataOver, LabelledImage
from engine.errors import DataError


class TaughtData(DataOver):
    """A data set whose images carry a teacher's label maps too; a SegmentationData.

    Args:
        data: photos and truth.
        folders: one for each way in which the teacher saw them, with <stem of the photo>.png in the data's own label
            values. A photo that a folder lacks goes without that map.
        adds_only: where the truth has an object and a map class 0, the background, the truth stands: the teacher may
            add and rename objects but not take them away. For a teacher that misses much of some classes.

    Raises:
        DataError: a folder is missing, or holds no map of any photo.
    """

    def __init__(self, data: PairedData, folders: Sequence[Path], *, adds_only: bool = False) -> None:
        super().__init__(data)
        self._data = data
        self._adds_only = adds_only
        self._folders = tuple(folders)
        for folder in self._folders:
            if not folder.is_dir():
                raise DataError("there is no such folder of a teacher's label maps", path=folder)
            if not any((folder / f"{pair.image.stem}.png").is_file() for pair in data.pairs):
                raise DataError("no label map here belongs to a training image", path=folder)

    def load(self, index: int) -> LabelledImage:
        """Raises DataError: as of the data itself, or a map of the teacher is unreadable or of another size."""
        sample = self._data.load(index)
        stem = self._data.pairs[index].image.stem
        files = [folder / f"{stem}.png" for folder in self._folders]
        return replace(sample, taught=tuple(self._read(file, sample) for file in files if file.is_file()))

    def _read(self, file: Path, sample: LabelledImage) -> UInt8:
        labels = self._data.convention.load(file)
        if labels.shape != sample.labels.shape:
            raise DataError(mismatch_text(labels.shape, sample.labels.shape), path=file)
        if self._adds_only:
            labels = np.where((labels == 0) & (sample.labels != IGNORE), sample.labels, labels)
        return labels
