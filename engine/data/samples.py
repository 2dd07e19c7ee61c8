"""What training and evaluation need of a data set, whatever its layout on disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from engine.cascade.result import UInt8


@dataclass(frozen=True)
class LabelledImage:
    """A photo with its truth.

    Attributes:
        name: what messages call it, the id of the list file.
        rgb: H×W×3 uint8, C-contiguous.
        labels: H×W uint8 class ids, 255 = void.
        taught: further H×W uint8 label maps, by which a teacher sees the photo; see engine.data.teacher.
    """

    name: str
    rgb: UInt8
    labels: UInt8
    taught: tuple[UInt8, ...] = ()


class SegmentationData(Protocol):
    """A list of labelled images, decoded on demand."""

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def palette(self) -> UInt8:
        """K×3 uint8 RGB."""
        ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str: ...

    def load(self, index: int) -> LabelledImage:
        """Decodes one sample.

        Raises:
            DataError: image or label map is unreadable or they do not fit together; names the file.
        """
        ...


class DataOver:
    """What a data set laid over another one passes on: all but the loading of samples.

    Args:
        data: the one beneath.
    """

    def __init__(self, data: SegmentationData) -> None:
        self._beneath = data

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._beneath.class_names

    @property
    def palette(self) -> UInt8:
        return self._beneath.palette

    def __len__(self) -> int:
        return len(self._beneath)

    def name(self, index: int) -> str:
        return self._beneath.name(index)


class MemoryCache(DataOver):
    """Keeps decoded samples in memory up to a byte budget, so that only the first epoch decodes.

    Nothing is evicted: an epoch visits every sample once, and then no choice of victim beats keeping what is there.
    """

    def __init__(self, data: SegmentationData, *, budget_bytes: int) -> None:
        super().__init__(data)
        self._budget = budget_bytes
        self._kept: dict[int, LabelledImage] = {}
        self._lock = threading.Lock()

    def load(self, index: int) -> LabelledImage:
        with self._lock:
            kept = self._kept.get(index)
        if kept is not None:
            return kept
        sample = self._beneath.load(index)
        size = sample.rgb.nbytes + sample.labels.nbytes + sum(labels.nbytes for labels in sample.taught)
        with self._lock:
            if index not in self._kept and size <= self._budget:
                self._kept[index] = sample
                self._budget -= size
        return sample
