"""Writes a small data set in CamVid's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_camvid(root: Path, *, train: int = 6, val: int = 3, width: int = 96, height: int = 64) -> Path:
    """Street-like pictures: sky above road, a car on it, void below. Returns the root."""
    for split, count in (("train", train), ("val", val)):
        (root / split).mkdir(parents=True)
        (root / f"{split}annot").mkdir()
        names = [f"{split}{number}.png" for number in range(count)]
        for number, name in enumerate(names):
            rng = np.random.default_rng(number)
            labels = np.full((height, width), 3, dtype=np.uint8)
            labels[: height // 2] = 0
            left = int(rng.integers(4, width - 30))
            labels[height // 2 - 8 : height // 2 + 10, left : left + 24] = 8
            labels[-4:] = 11
            colours = np.zeros((12, 3), dtype=np.uint8)
            colours[[0, 3, 8, 11]] = [[150, 190, 240], [90, 90, 90], [200, 30, 30], [0, 0, 0]]
            noise = rng.integers(0, 16, (height, width, 3), dtype=np.uint8)
            Image.fromarray(colours[labels] + noise).save(root / split / name)
            Image.fromarray(labels).save(root / f"{split}annot" / name)
        lines = [f"/SegNet/CamVid/{split}/{name} /SegNet/CamVid/{split}annot/{name}\n" for name in names]
        (root / f"{split}.txt").write_text("".join(lines), encoding="utf-8")
    return root
