"""The thing in a box, cut from its surroundings.

C. Rother, V. Kolmogorov, A. Blake: GrabCut, SIGGRAPH 2004, as OpenCV implements it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.cascade.result import Bool, UInt8
from engine.labels.area import Area
from engine.labels.selection import Selection, cropped, nothing

_SURROUNDINGS: Final = 0.5  # of the box's longer side: what the background is learnt from
_SEED: Final = 0  # of the clustering of colours; the same box gives the same answer


def grab_cut(
    rgb: UInt8, box: Area, *, inside: Bool | None = None, outside: Bool | None = None, iterations: int = 5
) -> Selection:
    """The foreground in a box; nothing where the box leaves no surroundings to tell it from.

    Args:
        rgb: H×W×3 uint8; only the box and its surroundings are looked at.
        box: everything outside it is background.
        inside, outside: H×W bool, pixels that a person has marked as belonging to it or not.
    """
    import cv2

    image = Area.of_image(rgb.shape)
    box = box.clipped(image)
    margin = max(8, round(max(box.shape) * _SURROUNDINGS))
    area = box.grown(margin).clipped(image)
    if box.empty or box == area:
        return nothing()
    marks = np.full(area.shape, cv2.GC_BGD, dtype=np.uint8)
    marks[box.within(area)] = cv2.GC_PR_FGD
    if inside is not None:
        marks[inside[area.slices] & (marks != cv2.GC_BGD)] = cv2.GC_FGD
    if outside is not None:
        marks[outside[area.slices]] = cv2.GC_BGD
    if not (marks != cv2.GC_BGD).any():
        return nothing()
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(_SEED)
    bgr = np.ascontiguousarray(rgb[area.slices][:, :, ::-1])
    cv2.grabCut(bgr, marks, (0, 0, 0, 0), background, foreground, iterations, cv2.GC_INIT_WITH_MASK)
    return cropped((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD), area)
