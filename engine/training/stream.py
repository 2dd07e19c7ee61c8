"""The endless, seeded stream of training batches.

Sample number s of the stream lies in epoch s // n at place s % n of that epoch's permutation, and its augmentation is
seeded by (seed, epoch, index). Nothing else is remembered: a run resumes exactly by asking for the same numbers again.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engine.cascade.result import UInt8
from engine.data.augmentation import Augmentation, paste_objects
from engine.data.samples import LabelledImage, SegmentationData
from engine.errors import DataError

T = TypeVar("T")

_log = logging.getLogger(__name__)
_ORDER, _VIEW = 1, 2  # keep the generators of permutations and of augmentations apart


@dataclass(frozen=True)
class Batch:
    """images: N×crop×crop×3 uint8; labels: N×crop×crop uint8; names: of the N samples, for messages."""

    images: UInt8
    labels: UInt8
    names: tuple[str, ...]


class SampleStream:
    """Draws numbered samples from a data set.

    A sample that cannot be read is named once and its successor in the data set taken instead.

    Raises (from batch):
        DataError: no sample of the data set can be read.
    """

    def __init__(self, data: SegmentationData, *, seed: int) -> None:
        self._data = data
        self._seed = seed
        self._epoch = -1
        self._order: np.ndarray = np.empty(0, dtype=np.int64)
        self._unreadable: set[int] = set()

    def batch(self, start: int, size: int, augmentation: Augmentation) -> Batch:
        """Samples start..start+size-1 of the stream."""
        views = [self._sample(start + offset, augmentation) for offset in range(size)]
        names, images, labels = zip(*views, strict=True)
        return Batch(np.stack(images), np.stack(labels), tuple(names))

    def _sample(self, number: int, augmentation: Augmentation) -> tuple[str, UInt8, UInt8]:
        epoch, place = divmod(number, len(self._data))
        if epoch != self._epoch:
            self._order = np.random.default_rng((self._seed, _ORDER, epoch)).permutation(len(self._data))
            self._epoch = epoch
        index = int(self._order[place])
        sample = self._load(index)
        rng = np.random.default_rng((self._seed, _VIEW, epoch, index))
        rgb, labels = augmentation(sample.rgb, sample.labels, rng=rng)
        if augmentation.paste and rng.random() < augmentation.paste:
            donor = self._load(int(rng.integers(len(self._data))))
            rgb, labels = paste_objects(rgb, labels, *augmentation(donor.rgb, donor.labels, rng=rng))
        return sample.name, rgb, labels

    def _load(self, index: int) -> LabelledImage:
        for offset in range(len(self._data)):
            candidate = (index + offset) % len(self._data)
            if candidate in self._unreadable:
                continue
            try:
                return self._data.load(candidate)
            except DataError as error:
                self._unreadable.add(candidate)
                _log.warning("left out of training: %s", error)
        raise DataError("not one sample of the data set can be read")


def prefetched(make: Callable[[int], T], *, count: int, depth: int = 4) -> Generator[T, None, None]:
    """make(0) .. make(count-1), produced up to `depth` ahead by one thread; its exceptions are raised here.

    Decoding and resizing release the interpreter lock, so one thread keeps up with a trainer on the same cores. Close
    the generator (or exhaust it) to end the thread.
    """
    results: queue.Queue[T | BaseException] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(item: T | BaseException) -> bool:
        while not stop.is_set():
            try:
                results.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        for number in range(count):
            try:
                item: T | BaseException = make(number)
            except BaseException as error:  # noqa: BLE001  handed to the consumer, which raises it
                item = error
            if not put(item) or isinstance(item, BaseException):
                return

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        for _ in range(count):
            item = results.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
