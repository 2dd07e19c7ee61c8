"""Which validation images a process scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.training.loop import Trainer
from engine.training.probes import probe_places


@dataclass(frozen=True)
class ImageShare:
    """One process's part of a validation.

    Attributes:
        indices: its images in the data set, ascending.
        probes: which of them, by place, are probes. They all belong to the process that leads, which writes them.
    """

    indices: tuple[int, ...]
    probes: tuple[int, ...]

    @staticmethod
    def of(trainer: Trainer, size: int, *, whole: bool = False) -> ImageShare:
        """The share of the trainer's process, of a data set of `size` images.

        Args:
            whole: on the recipe's final number of images.
        """
        schedule = trainer.recipe.schedule
        wanted = schedule.final_images if whole else schedule.val_images
        chosen: Sequence[int] = range(size)
        if 0 < wanted < size:
            chosen = [round(place) for place in np.linspace(0, size - 1, wanted)]
        probes = probe_places(len(chosen), schedule.probes)
        places = shares(len(chosen), probes, trainer.processes.count)[trainer.processes.rank]
        found = tuple(number for number, place in enumerate(places) if place in probes)
        return ImageShare(tuple(chosen[place] for place in places), found)


def shares(images: int, probes: Sequence[int], count: int) -> list[list[int]]:
    """The places 0..images-1 dealt out to `count` processes as evenly as the first one's probes allow."""
    others = [place for place in range(images) if place not in set(probes)]
    more = max(0, -(-images // count) - len(probes))
    first = sorted([*probes, *others[:more]])
    return [first, *(others[more + rank :: count - 1] for rank in range(count - 1))]
