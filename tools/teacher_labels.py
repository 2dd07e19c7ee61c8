"""Writes the label maps by which a TFLite segmentation network sees the images of a VOC list, for `data.teacher`.

    python tools/teacher_labels.py NETWORK.tflite VOC2012 VOC2012/ImageSets/SegmentationAug/train_aug.txt --out teacher

Each photo is seen four times: as a whole, mirrored, smaller, smaller and mirrored; each way gets a folder of its own
with <name>.png, 8-bit class ids at the photo's size. Its long side is brought to the network's input times the view's
factor, the rest is padded in grey. Needs `pip install ai-edge-litert` beside what the program needs.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

GREY = (128, 128, 128)


@dataclass(frozen=True)
class View:
    """factor: of the network's side that the photo's long side takes; mirrored: left to right."""

    folder: str
    factor: float
    mirrored: bool


VIEWS = (
    View("whole", 1.0, mirrored=False),
    View("mirrored", 1.0, mirrored=True),
    View("small", 0.7, mirrored=False),
    View("small-mirrored", 0.55, mirrored=True),
)


class Teacher:
    """A network from an 8-bit RGB square to a label map of the same square."""

    def __init__(self, path: Path, *, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._network: Any = Interpreter(str(path), num_threads=threads)
        self._network.allocate_tensors()
        self._source = self._network.get_input_details()[0]
        self._target = self._network.get_output_details()[0]
        self._side = int(self._source["shape"][1])

    def labels(self, photo: Image.Image, view: View) -> Image.Image:
        """The 8-bit label map of a photo, at its size."""
        seen = ImageOps.mirror(photo) if view.mirrored else photo
        scale = self._side * view.factor / max(photo.size)
        width, height = (max(1, round(side * scale)) for side in photo.size)
        canvas = Image.new("RGB", (self._side, self._side), GREY)
        canvas.paste(seen.resize((width, height), Image.Resampling.BILINEAR), (0, 0))
        self._network.set_tensor(self._source["index"], np.asarray(canvas)[None])
        self._network.invoke()
        found = self._network.get_tensor(self._target["index"])[0, :height, :width].astype(np.uint8)
        labels = Image.fromarray(found).resize(photo.size, Image.Resampling.NEAREST)
        return ImageOps.mirror(labels) if view.mirrored else labels


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("root", type=Path, help="folder that holds JPEGImages")
    parser.add_argument("list", type=Path, help="text file of image names")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    teacher = Teacher(args.network, threads=args.threads)
    # SBD's list names image and label file in one line.
    names = [Path(line.split()[0]).stem for line in args.list.read_text(encoding="utf-8").splitlines() if line.strip()]
    for view in VIEWS:
        (args.out / view.folder).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names, start=1):
        with Image.open(args.root / "JPEGImages" / f"{name}.jpg") as photo:
            rgb = photo.convert("RGB")
        for view in VIEWS:
            teacher.labels(rgb, view).save(args.out / view.folder / f"{name}.png")
        if number % 100 == 0 or number == len(names):
            sys.stderr.write(f"\r{number} of {len(names)}")
    sys.stderr.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
