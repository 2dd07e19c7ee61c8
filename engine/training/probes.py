"""The same few validation images at every validation, so that one can watch them being learnt.

    probes/0/name.txt, photo.jpg, truth.png
    probes/000400/0-final.png, 0-stage1.png …, 0-deciding.png

Maps are small palette PNGs of class ids (of stages 1..n for `deciding`), which any picture viewer shows in the classes'
colours.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.cascade.result import UInt8
from engine.data.atomic_file import make_folder
from engine.data.label_files import write_jpeg, write_label_map, write_png
from engine.data.samples import LabelledImage
from engine.errors import OutputError
from engine.evaluation.views import ImageAnswers
from engine.jobs.run_folder import PROBES

SIDE: Final = 384
"""Longest side of a probe's pictures, pixels."""

_log = logging.getLogger(__name__)


def probe_places(images: int, count: int) -> tuple[int, ...]:
    """Which of the images validated are probes: `count` of them, spread evenly, the same every time."""
    return tuple(sorted({round(place) for place in np.linspace(0, images - 1, min(count, images))}))


class ProbeWriter:
    """Takes the images of one validation in their order and writes those that are probes.

    The folder of a validation gets its name once it is complete. What cannot be written is named once and given up: a
    picture is no reason to end a run.

    Args:
        run: the run's folder.
        places: numbers of the probes among the images validated, see probe_places.
        palette: K×3 uint8 RGB.
    """

    def __init__(self, run: Path, *, step: int, places: Sequence[int], palette: UInt8) -> None:
        self._folder = run / PROBES
        self._step = step
        self._places = {place: number for number, place in enumerate(places)}
        self._palette = palette
        self._seen = 0
        self._failed = False

    def take(self, sample: LabelledImage, answers: ImageAnswers) -> None:
        number = self._places.get(self._seen)
        self._seen += 1
        if number is None or self._failed:
            return
        try:
            self._write(number, sample, answers)
        except OutputError as error:
            self._give_up(error)

    def finish(self) -> None:
        """All images have been taken."""
        done = self._folder / f"{self._step:06}"
        if self._failed or not self._unfinished.is_dir():
            return
        try:
            # A resumed run comes by the same step again, and the later answer counts.
            shutil.rmtree(done, ignore_errors=True)
            self._unfinished.replace(done)
        except OSError as error:
            self._give_up(error)

    @property
    def _unfinished(self) -> Path:
        return self._folder / f".{self._step:06}"

    def _write(self, number: int, sample: LabelledImage, answers: ImageAnswers) -> None:
        make_folder(self._unfinished)
        own = self._folder / str(number)
        if not (own / "name.txt").is_file():
            make_folder(own)
            write_jpeg(own / "photo.jpg", _small(sample.rgb, cv2.INTER_AREA), quality=88)
            write_label_map(own / "truth.png", _small(sample.labels), palette=self._palette)
            try:
                # Last, for it says that the others are there.
                (own / "name.txt").write_text(sample.name, encoding="utf-8")
            except OSError as error:
                raise OutputError(f"cannot be written: {error}", path=own) from error
        (final,) = answers.at_rho
        maps = {"final": final.label_map} | {f"stage{s}": a.label_map for s, a in enumerate(answers.stages, start=1)}
        for name, labels in maps.items():
            write_label_map(self._unfinished / f"{number}-{name}.png", _small(labels), palette=self._palette)
        write_png(self._unfinished / f"{number}-deciding.png", final.deciding_stage)

    def _give_up(self, error: Exception) -> None:
        self._failed = True
        _log.warning("the probe images are left out: %s", error)


def _small(picture: UInt8, interpolation: int = cv2.INTER_NEAREST) -> UInt8:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), dtype=np.uint8)
