"""How many pixels of each class a model has proposed in a project's images: it tells rare classes from common ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.cascade.result import IGNORE, CascadeResult, Float32
from engine.labels.hard_pixels import rarity_weights

PROPOSED: Final = "proposed_classes"
"""Setting: {"images": how many, "pixels": by class id}."""
_ENOUGH: Final = 20  # images; fewer say little of a folder that has more


@dataclass(frozen=True)
class ProposedClasses:
    """Pixels by class id over some images."""

    images: int = 0
    pixels: tuple[int, ...] = ()

    @classmethod
    def of(cls, stored: object) -> ProposedClasses:
        match stored:
            case {"images": int(images), "pixels": list(pixels)}:
                return cls(images, tuple(int(count) for count in pixels))
            case _:
                return cls()

    def added(self, pixels: Sequence[int]) -> ProposedClasses:
        """With one more image."""
        length = max(len(self.pixels), len(pixels))
        both = zip(*((*one, *[0] * (length - len(one))) for one in (self.pixels, pixels)), strict=True)
        return ProposedClasses(self.images + 1, tuple(int(a) + int(b) for a, b in both))

    def moved(self, moves: Sequence[int], count: int) -> ProposedClasses:
        """In other classes, `count` of them; see ClassPlan.moves."""
        pixels = [0] * count
        for former, label in enumerate(moves):
            if label != IGNORE and former < len(self.pixels):
                pixels[label] += self.pixels[former]
        return ProposedClasses(self.images, tuple(pixels))

    def weights(self, *, classes: int, images: int) -> Float32 | None:
        """What a pixel of each class counts in the order of the tour; None where too little is known.

        Args:
            images: in the whole project.
        """
        if self.images < min(_ENOUGH, images) or not sum(self.pixels):
            return None
        pixels = np.zeros(classes, dtype=np.int64)
        known = self.pixels[:classes]
        pixels[: len(known)] = known
        return rarity_weights(pixels)


def proposed_pixels(result: CascadeResult) -> list[int]:
    """Pixels by class id of an answer; those for which nothing is proposed are left out."""
    counts = np.bincount(result.label_map.ravel(), minlength=IGNORE)
    return [int(count) for count in counts[: len(result.class_names)]]


def add_proposed(connection: sqlite3.Connection, image_id: int, pixels: Sequence[int]) -> None:
    """Count an image whose difficulty is not known yet. Within a transaction."""
    row = connection.execute("SELECT difficulty FROM images WHERE id = ?", (image_id,)).fetchone()
    if row is not None and row[0] is None:
        store_proposed(connection, stored_proposed(connection).added(pixels))


def stored_proposed(connection: sqlite3.Connection) -> ProposedClasses:
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (PROPOSED,)).fetchone()
    return ProposedClasses() if row is None else ProposedClasses.of(json.loads(row[0]))


def store_proposed(connection: sqlite3.Connection, proposed: ProposedClasses) -> None:
    """Within a transaction."""
    value = json.dumps({"images": proposed.images, "pixels": proposed.pixels})
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (PROPOSED, value))


def forget_proposed(connection: sqlite3.Connection) -> None:
    """Within a transaction."""
    connection.execute("DELETE FROM settings WHERE key = ?", (PROPOSED,))
