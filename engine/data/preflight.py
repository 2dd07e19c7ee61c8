"""A look at a whole data set before anything long starts: what it holds and which files cannot be used, by name."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.cancel import CancelToken
from engine.cascade.result import IGNORE
from engine.data.labelling import Foreign, ModeError, foreign_text
from engine.data.pairs import Pair, PairedData, mismatch_text
from engine.errors import DataError

ProblemKind = Literal[
    "unreadable image", "unreadable labels", "wrong mode", "ids outside the table", "sizes differ",
    "image without labels", "labels without image",
]  # fmt: skip
LISTED: Final = 50
"""Problems that a report lists; the rest is counted."""
TOLERATED: Final = 0.1
"""Share of unusable pairs above which training does not start: then the table or the layout is wrong, not a file."""

_COMMON_SIZES: Final = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one file."""

    kind: ProblemKind
    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True)
class ClassCount:
    """How often a class occurs: pixels, and images with at least one of them; id is the stored value."""

    id: int
    name: str
    pixels: int
    images: int


@dataclass(frozen=True)
class ForeignCount:
    """A stored value, or a colour such as "#0a0b0c", that is not in the class table."""

    value: str
    pixels: int
    images: int


@dataclass(frozen=True)
class SizeCount:
    """Images of one size, pixels."""

    width: int
    height: int
    images: int


@dataclass(frozen=True)
class Preflight:
    """What a data set holds.

    Attributes:
        pairs: images of the split; checked: those looked at; unusable: those of them with a problem.
        sizes: the most frequent ones; distinct_sizes: number of all. smallest, largest: by area.
        classes: one for each class of the table; foreign: values that are in no table.
        pixels: of all readable label maps; void_share: of them, 0..1; void_images: label maps without any class.
        problems: the first ones, in the order of the list; problem_counts: all, by kind.
        seconds: taken.
    """

    layout: str
    root: Path
    split: str
    pairs: int
    checked: int
    unusable: int
    sizes: tuple[SizeCount, ...]
    distinct_sizes: int
    smallest: SizeCount | None
    largest: SizeCount | None
    classes: tuple[ClassCount, ...]
    foreign: tuple[ForeignCount, ...]
    pixels: int
    void_share: float
    void_images: int
    problems: tuple[Problem, ...]
    problem_counts: tuple[tuple[ProblemKind, int], ...]
    seconds: float

    @property
    def problem_count(self) -> int:
        return sum(count for _, count in self.problem_counts)


@dataclass(frozen=True)
class _Look:
    """One pair: size (height, width) of its image, pixels by class id, values outside the table."""

    size: tuple[int, int] | None = None
    counts: NDArray[np.int64] | None = None
    foreign: Foreign = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class _Tally:
    """The running sums over the pairs looked at."""

    class_count: int
    checked: int = 0
    unusable: int = 0
    void_images: int = 0
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    foreign_pixels: Counter[str] = field(default_factory=Counter)
    foreign_images: Counter[str] = field(default_factory=Counter)
    kinds: Counter[ProblemKind] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.pixels = np.zeros(256, dtype=np.int64)
        self.images = np.zeros(256, dtype=np.int64)

    def add(self, look: _Look) -> None:
        self.checked += 1
        self.unusable += bool(look.problems)
        if look.size is not None:
            self.sizes[look.size] += 1
        if look.counts is not None:
            self.pixels += look.counts
            self.images += look.counts > 0
            self.void_images += not look.counts[: self.class_count].any()
        for value, count in look.foreign:
            self.foreign_pixels[value] += count
            self.foreign_images[value] += 1


def preflight(
    data: PairedData,
    *,
    whole_images: bool = True,
    enough: int | None = None,
    limit: int = LISTED,
    workers: int | None = None,
    cancel: CancelToken | None = None,
    on_problem: Callable[[Problem], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Preflight:
    """Reads every label map and every image of a split, several at a time.

    Args:
        whole_images: decode the images, which finds damaged ones; otherwise their headers alone are read, for sizes.
        enough: stop once so many pairs are unusable.
        limit: number of problems that are listed and told to on_problem; all are counted.
        workers: threads; None = the number of processors.
        on_problem: called for each problem as it is found, in the order of the list.
        on_progress: called with (pairs looked at, pairs).

    Raises:
        Cancelled: asked for by `cancel`.
    """
    began = time.monotonic()
    tally = _Tally(len(data.class_names))
    listed: list[Problem] = []

    def note(problem: Problem) -> None:
        tally.kinds[problem.kind] += 1
        if len(listed) < limit:
            listed.append(problem)
            if on_problem is not None:
                on_problem(problem)

    for problem in _without_partner(data):
        note(problem)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="preflight") as pool:
        for look in pool.map(lambda pair: _look(data, pair, whole_image=whole_images), data.pairs):
            if cancel is not None:
                cancel.check()
            tally.add(look)
            for problem in look.problems:
                note(problem)
            if on_progress is not None:
                on_progress(tally.checked, len(data))
            if enough is not None and tally.unusable >= enough:
                break
    return _report(data, tally, tuple(listed), time.monotonic() - began)


def check_before_training(data: PairedData, *, on_problem: Callable[[Problem], None] | None = None) -> Preflight:
    """The quick form, which decodes label maps and leaves the images to the training, which names damaged ones itself.

    Raises:
        DataError: more than a tenth of the pairs cannot be used; names the first ones.
    """
    enough = int(TOLERATED * len(data)) + 1
    report = preflight(data, whole_images=False, enough=enough, on_problem=on_problem)
    if report.unusable >= enough:
        first = "; ".join(str(problem) for problem in report.problems[:3])
        raise DataError(
            f"{report.unusable} of the first {report.checked} pairs of {data.split} cannot be used, e.g. {first}",
            path=data.root,
            cure=f"rhoscope data check --dataset {data.layout} lists them",
        )
    return report


def shared_images(train: PairedData, val: PairedData) -> tuple[str, ...]:
    """Names of the validation images that are training images too."""
    trained = {pair.image.resolve() for pair in train.pairs}
    return tuple(pair.name for pair in val.pairs if pair.image.resolve() in trained)


def _look(data: PairedData, pair: Pair, *, whole_image: bool) -> _Look:
    problems: list[Problem] = []
    size = None
    try:
        if whole_image:
            height, width, _ = data.read_rgb(pair).shape
            size = (height, width)
        else:
            size = data.image_size(pair)
    except DataError as error:
        problems.append(Problem("unreadable image", pair.image, error.reason))
    try:
        stored = data.read_labels(pair)
    except DataError as error:
        kind: ProblemKind = "wrong mode" if isinstance(error, ModeError) else "unreadable labels"
        problems.append(Problem(kind, pair.labels, error.reason))
        return _Look(size, problems=tuple(problems))
    if stored.foreign:
        problems.append(Problem("ids outside the table", pair.labels, foreign_text(stored.foreign)))
    if size is not None and stored.labels.shape != size:
        problems.append(Problem("sizes differ", pair.labels, mismatch_text(stored.labels.shape, size)))
    counts = np.bincount(stored.labels.ravel(), minlength=256)
    return _Look(size, counts, stored.foreign, tuple(problems))


def _without_partner(data: PairedData) -> Iterator[Problem]:
    for path in data.unlabelled:
        yield Problem("image without labels", path, "there is no label map for this image")
    for path in data.unpaired:
        yield Problem("labels without image", path, "there is no image for this label map")


def _report(data: PairedData, tally: _Tally, problems: tuple[Problem, ...], seconds: float) -> Preflight:
    sizes = [SizeCount(width, height, images) for (height, width), images in tally.sizes.most_common()]
    by_area = sorted(sizes, key=lambda size: size.width * size.height)
    convention = data.convention
    # Values outside the table read as void; they are counted apart.
    void = int(tally.pixels[IGNORE]) - tally.foreign_pixels.total()
    rows = zip(convention.ids, convention.class_names, tally.pixels.tolist(), tally.images.tolist(), strict=False)
    return Preflight(
        layout=data.layout,
        root=data.root,
        split=data.split,
        pairs=len(data),
        checked=tally.checked,
        unusable=tally.unusable,
        sizes=tuple(sizes[:_COMMON_SIZES]),
        distinct_sizes=len(sizes),
        smallest=by_area[0] if by_area else None,
        largest=by_area[-1] if by_area else None,
        classes=tuple(ClassCount(identifier, name, pixels, images) for identifier, name, pixels, images in rows),
        foreign=tuple(
            ForeignCount(value, pixels, tally.foreign_images[value])
            for value, pixels in tally.foreign_pixels.most_common()
        ),
        pixels=(pixels := int(tally.pixels.sum())),
        void_share=void / max(1, pixels),
        void_images=tally.void_images,
        problems=problems,
        problem_counts=tuple(tally.kinds.most_common()),
        seconds=seconds,
    )
