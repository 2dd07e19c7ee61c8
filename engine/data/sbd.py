"""SBD (Hariharan et al., ICCV 2011): its label maps as index PNGs, and the list of common use, train_aug.

SBD's files are MATLAB 5 files whose field GTcls.Segmentation holds H×W uint8 class ids 0..20 of VOC, without void.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.cascade.result import UInt8
from engine.data.atomic_file import make_folder, write_bytes
from engine.data.label_files import write_label_map
from engine.data.layout import check_folder, contents
from engine.data.lists import read_lines
from engine.data.palettes import VOC_CLASSES
from engine.data.voc import VOC, VOC_LABELS
from engine.errors import DataError, SettingError

_PLACES: Final = ("", "cls", "dataset/cls", "benchmark_RELEASE/dataset/cls")


@dataclass(frozen=True)
class Conversion:
    """What was done.

    Attributes:
        converted: label maps written from SBD; from_voc: from VOC; failed: neither, each told to on_problem.
        listed: names in the list written; in_val: SBD's names left out of it because they are in VOC val.
    """

    converted: int
    from_voc: int
    failed: int
    listed: int
    in_val: int


def convert_sbd(
    source: Path,
    target: Path,
    *,
    voc_root: Path | None = None,
    list_file: Path | None = None,
    on_problem: Callable[[DataError], None],
    on_progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Writes target/<id>.png for every cls/<id>.mat and, with VOC at hand, for every mask of VOC's own.

    All of SBD is converted, also what lies in VOC val (SBD's own split overlaps it): what may be trained on is the
    list's matter.

    Args:
        source: SBD's folder cls or one above it.
        voc_root: VOC masks take precedence over SBD's, for they mark borders as void.
        list_file: where to write VOC train and SBD without VOC val, sorted.
        on_problem: gets a DataError for each file that is left out.

    Raises:
        DataError: no .mat files here, or VOC or its lists are missing.
        SettingError: a list is asked for without VOC, or scipy is missing.
        OutputError: a file cannot be written.
    """
    if list_file is not None and voc_root is None:
        raise SettingError("the list train_aug needs VOC's own lists", cure="name VOC by --voc")
    files = _mat_files(source)
    voc = None if voc_root is None else VOC.root(voc_root)
    masks = {} if voc is None else {path.stem: path for path in sorted((voc / "SegmentationClass").glob("*.png"))}
    val, trainable = _lists(voc, {*files}) if list_file is not None and voc is not None else (set(), set())
    make_folder(target)
    names = sorted({*files, *masks})
    written: dict[bool, set[str]] = {True: set(), False: set()}
    for done, name in enumerate(names, start=1):
        from_voc = name in masks
        try:
            labels = VOC_LABELS.load(masks[name]) if from_voc else read_sbd(files[name])
        except DataError as error:
            on_problem(error)
        else:
            write_label_map(target / f"{name}.png", labels, format="index")
            written[from_voc].add(name)
        if on_progress is not None:
            on_progress(done, len(names))
    trainable &= written[False] | written[True]
    listed = sorted(trainable - val)
    if list_file is not None:
        make_folder(list_file.parent)
        write_bytes(list_file, "".join(f"{name}\n" for name in listed).encode("utf-8"))
    return Conversion(
        converted=len(written[False]),
        from_voc=len(written[True]),
        failed=len(names) - len(written[False]) - len(written[True]),
        listed=len(listed),
        in_val=len(trainable & val),
    )


def read_sbd(path: Path) -> UInt8:
    """H×W uint8 class ids of one cls/<id>.mat.

    Raises:
        DataError: damaged, of another kind, or an id outside VOC's table.
        SettingError: scipy is missing.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise SettingError("reading .mat files needs scipy", cure="pip install 'rhoscope[sbd]'") from error
    try:
        # A MATLAB struct arrives as a 1×1 array of records.
        labels = np.asarray(loadmat(path)["GTcls"]["Segmentation"][0, 0])
    except Exception as error:  # a parser given damaged bytes may raise anything
        raise DataError(f"no label map GTcls.Segmentation can be read: {error}", path=path) from error
    if labels.ndim != 2 or labels.dtype.kind not in "ui" or not labels.size:
        raise DataError(f"GTcls.Segmentation is {labels.dtype} of shape {labels.shape}, not H×W ids", path=path)
    if labels.min() < 0 or labels.max() >= len(VOC_CLASSES):
        raise DataError(f"ids {labels.min()}..{labels.max()}, VOC has 0..{len(VOC_CLASSES) - 1}", path=path)
    return np.ascontiguousarray(labels, dtype=np.uint8)


def _lists(voc: Path, sbd: set[str]) -> tuple[set[str], set[str]]:
    """Names of VOC val, and of VOC train and SBD together."""
    lists = voc / "ImageSets" / "Segmentation"
    return set(read_lines(lists / "val.txt")), {*read_lines(lists / "train.txt"), *sbd}


def _mat_files(source: Path) -> dict[str, Path]:
    check_folder(source)
    for place in _PLACES:
        if files := {path.stem: path for path in sorted((source / place).glob("*.mat"))}:
            return files
    raise DataError(
        f"no .mat files: looked here and in {', '.join(_PLACES[1:])}; {contents(source)}",
        path=source,
        cure="name SBD's folder cls",
    )
