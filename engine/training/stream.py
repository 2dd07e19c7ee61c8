"""The endless, seeded stream of training batches.

Sample number s of the stream lies in epoch s // n at place s % n of that epoch's order, and its augmentation is seeded
by (seed, epoch, index) and, where an epoch may hold an image more than once, its place. Nothing else is remembered: a
run resumes exactly by asking for the same numbers again.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import UInt8
from engine.data.augmentation import RandomView, paste_objects
from engine.data.balance import balanced_weights, classes_present
from engine.data.samples import LabelledImage, SegmentationData
from engine.errors import DataError

T = TypeVar("T")

_log = logging.getLogger(__name__)
_ORDER, _VIEW, _TEACHER = 1, 2, 5  # keep the generators of permutations, augmentations and teachers apart


@dataclass(frozen=True)
class Batch:
    """images: N×crop×crop×3 uint8; labels: N×crop×crop uint8; names: of the N samples, for messages."""

    images: UInt8
    labels: UInt8
    names: tuple[str, ...]


class SampleStream:
    """Draws numbered samples from a data set; may be asked from several threads at once.

    A sample that cannot be read is named once and its successor in the data set taken instead.

    Args:
        teacher_share: how often one of a sample's taught label maps stands in for its labels, 0..1.

    Raises (from batch):
        DataError: no sample of the data set can be read.
    """

    def __init__(self, data: SegmentationData, *, seed: int, teacher_share: float = 0.0) -> None:
        self._data = data
        self._seed = seed
        self._teacher_share = teacher_share
        self._present: NDArray[np.bool_] | None = None
        self._power = 0.0
        self._orders: dict[int, NDArray[np.int64]] = {}
        self._unreadable: set[int] = set()
        self._lock = threading.Lock()

    def balance(self, power: float) -> None:
        """Draws images with rare classes more often from now on, see data.balance; 0 = each image once an epoch.

        Not while batches are being made. The first batch that needs it looks at every label map.
        """
        self._power = power
        self._orders = {}

    def batch(self, start: int, size: int, view: RandomView) -> Batch:
        """Samples start..start+size-1 of the stream."""
        views = [self._sample(start + offset, view) for offset in range(size)]
        names, images, labels = zip(*views, strict=True)
        return Batch(np.stack(images), np.stack(labels), tuple(names))

    def _sample(self, number: int, view: RandomView) -> tuple[str, UInt8, UInt8]:
        epoch, place = divmod(number, len(self._data))
        order = self._order(epoch)
        index = int(order[place])
        sample = self._load(index)
        seed = (self._seed, _VIEW, epoch, index)
        rng = np.random.default_rng((*seed, place) if self._power else seed)
        rgb, labels = view(sample.rgb, self._labels(sample, epoch, place), rng=rng)
        paste = view.augmentation.paste
        if paste and rng.random() < paste:
            donor = self._load(int(order[rng.integers(len(order))]))
            rgb, labels = paste_objects(rgb, labels, *view(donor.rgb, donor.labels, rng=rng))
        return sample.name, rgb, labels

    def _labels(self, sample: LabelledImage, epoch: int, place: int) -> UInt8:
        """The truth or one of the teacher's maps. Objects that are pasted always keep their true outlines."""
        if not sample.taught or not self._teacher_share:
            return sample.labels
        rng = np.random.default_rng((self._seed, _TEACHER, epoch, place))
        if rng.random() >= self._teacher_share:
            return sample.labels
        return sample.taught[int(rng.integers(len(sample.taught)))]

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """The epoch's order; that of the epoch before is kept too, for batches made at the same time."""
        with self._lock:
            if epoch not in self._orders:
                order = self._drawn(np.random.default_rng((self._seed, _ORDER, epoch)))
                self._orders = {e: o for e, o in self._orders.items() if abs(e - epoch) == 1}
                self._orders[epoch] = order
            return self._orders[epoch]

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """A permutation, or n systematic draws by weight in random order: each sample's number of draws is its
        expectation rounded up or down.
        """
        count = len(self._data)
        if not self._power:
            return rng.permutation(count)
        if self._present is None:
            _log.info("counting the classes of %d images", count)
            self._present = classes_present(self._data)
        weights = balanced_weights(self._present, power=self._power)
        ends = np.cumsum(weights / weights.sum())
        draws = np.searchsorted(ends, (np.arange(count) + rng.random()) / count, side="right")
        return rng.permutation(np.minimum(draws, count - 1))

    def _load(self, index: int) -> LabelledImage:
        for offset in range(len(self._data)):
            candidate = (index + offset) % len(self._data)
            with self._lock:
                if candidate in self._unreadable:
                    continue
            try:
                return self._data.load(candidate)
            except DataError as error:
                with self._lock:
                    known = candidate in self._unreadable
                    self._unreadable.add(candidate)
                if not known:
                    _log.warning("left out of training: %s", error)
        raise DataError("not one sample of the data set can be read")


def prefetched(make: Callable[[int], T], *, count: int, workers: int = 1, depth: int = 4) -> Generator[T, None, None]:
    """make(0) .. make(count-1) in this order, produced by threads up to `depth` ahead, or one more than workers.

    Decoding and resizing release the interpreter lock, so threads do. What `make` raises is raised here at its place.
    Close the generator (or exhaust it) to end the threads.

    Args:
        make: called from several threads at once; its results must not depend on the order of calls.
        workers: threads; 0 = automatic_workers().
    """
    workers = workers or automatic_workers()
    numbers = iter(range(count))
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="prefetch") as pool:
        try:
            for number in itertools.islice(numbers, max(depth, workers + 1)):
                waiting.append(pool.submit(make, number))
            while waiting:
                item = waiting.popleft().result()
                for number in itertools.islice(numbers, 1):
                    waiting.append(pool.submit(make, number))
                yield item
        finally:
            for future in waiting:
                future.cancel()


def automatic_workers() -> int:
    """One thread for two processors, so that most of the machine is left to the training; 1 to 8."""
    return min(8, max(1, (os.cpu_count() or 1) // 2))
