"""Writes a small data set in the VOC layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.palettes import voc_palette


def write_voc(
    root: Path, *, train: Sequence[str] = (), val: Sequence[str] = (), augmented: bool = True, side: int = 64
) -> Path:
    """Photos with one coloured square each: class 8 (red) or 12 (green), framed by void. Returns the root."""
    for folder in ("JPEGImages", "SegmentationClass", "SegmentationClassAug", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate((*train, *val)):
        rng = np.random.default_rng(number)
        rgb = rng.integers(90, 130, (side, side + 16, 3), dtype=np.uint8)
        labels = np.zeros((side, side + 16), dtype=np.uint8)
        labels[16:48, 16:48] = 255
        labels[18:46, 18:46] = 8 if number % 2 else 12
        rgb[16:48, 16:48] = (220, 30, 30) if number % 2 else (30, 220, 30)
        Image.fromarray(rgb).save(root / "JPEGImages" / f"{name}.jpg", quality=95)
        palette_image = Image.fromarray(labels, mode="P")
        palette_image.putpalette(voc_palette().tobytes())
        palette_image.save(root / "SegmentationClass" / f"{name}.png")
        Image.fromarray(labels).save(root / "SegmentationClassAug" / f"{name}.png")
    lists = {"train": train, "val": val}
    for split, names in lists.items():
        write_list(root / "ImageSets" / "Segmentation" / f"{split}.txt", names)
    if augmented:
        write_list(root / "ImageSets" / "SegmentationAug" / "train_aug.txt", train)
    return root


def write_list(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
