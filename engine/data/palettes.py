"""Class names, colours and id tables of the label conventions that are read and written."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.cascade.result import IGNORE

UInt8 = NDArray[np.uint8]

VOC_CLASSES: Final[tuple[str, ...]] = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)

# trainId order: (name, id in the labelIds files, colour), from cityscapesScripts' label table.
_CITYSCAPES: Final[tuple[tuple[str, int, tuple[int, int, int]], ...]] = (
    ("road", 7, (128, 64, 128)),
    ("sidewalk", 8, (244, 35, 232)),
    ("building", 11, (70, 70, 70)),
    ("wall", 12, (102, 102, 156)),
    ("fence", 13, (190, 153, 153)),
    ("pole", 17, (153, 153, 153)),
    ("traffic light", 19, (250, 170, 30)),
    ("traffic sign", 20, (220, 220, 0)),
    ("vegetation", 21, (107, 142, 35)),
    ("terrain", 22, (152, 251, 152)),
    ("sky", 23, (70, 130, 180)),
    ("person", 24, (220, 20, 60)),
    ("rider", 25, (255, 0, 0)),
    ("car", 26, (0, 0, 142)),
    ("truck", 27, (0, 0, 70)),
    ("bus", 28, (0, 60, 100)),
    ("train", 31, (0, 80, 100)),
    ("motorcycle", 32, (0, 0, 230)),
    ("bicycle", 33, (119, 11, 32)),
)

CITYSCAPES_CLASSES: Final[tuple[str, ...]] = tuple(name for name, _, _ in _CITYSCAPES)

CITYSCAPES_IDS: Final[tuple[int, ...]] = tuple(identifier for _, identifier, _ in _CITYSCAPES)
"""Index = trainId 0..18, value = id as stored in labelIds files (7..33)."""

CITYSCAPES_UNLABELED: Final = 0
"""The labelIds value that stands for 'no class' when a label map with ignored pixels is written."""

# In the order of the SegNet tutorial's label files; other code lists the same classes in other orders.
_CAMVID: Final[tuple[tuple[str, tuple[int, int, int]], ...]] = (
    ("Sky", (128, 128, 128)),
    ("Building", (128, 0, 0)),
    ("Pole", (192, 192, 128)),
    ("Road", (128, 64, 128)),
    ("Pavement", (60, 40, 222)),
    ("Tree", (128, 128, 0)),
    ("SignSymbol", (192, 128, 128)),
    ("Fence", (64, 64, 128)),
    ("Car", (64, 0, 128)),
    ("Pedestrian", (64, 64, 0)),
    ("Bicyclist", (0, 128, 192)),
)

CAMVID_CLASSES: Final[tuple[str, ...]] = tuple(name for name, _ in _CAMVID)


def voc_palette() -> UInt8:
    """The 256×3 uint8 RGB palette of PASCAL VOC.

    The bits of an index are taken in groups of three from the low end: bit 0 of a group goes to red, 1 to green, 2 to
    blue, and each channel is filled from bit 7 downward.
    """
    index = np.arange(256, dtype=np.uint16)
    palette = np.zeros((256, 3), dtype=np.uint8)
    for group in range(3):  # an 8-bit index has bits for three groups; the last holds only two
        for channel in range(3):
            bit = (index >> (3 * group + channel)) & 1
            palette[:, channel] |= (bit << (7 - group)).astype(np.uint8)
    return palette


def cityscapes_palette() -> UInt8:
    """The 19×3 uint8 RGB colours of the evaluated Cityscapes classes, in trainId order."""
    return np.array([colour for _, _, colour in _CITYSCAPES], dtype=np.uint8)


def camvid_palette() -> UInt8:
    """The 11×3 uint8 RGB colours of the CamVid classes."""
    return np.array([colour for _, colour in _CAMVID], dtype=np.uint8)


def cityscapes_ids_to_train_ids() -> UInt8:
    """A 256-entry table from labelIds values to trainIds 0..18; any other id, also the licence plate's -1, is 255."""
    table = np.full(256, IGNORE, dtype=np.uint8)
    table[list(CITYSCAPES_IDS)] = np.arange(len(CITYSCAPES_IDS), dtype=np.uint8)
    return table


def cityscapes_train_ids_to_ids() -> UInt8:
    """A 256-entry table from trainIds to labelIds values; everything that is no trainId becomes 0 (unlabeled)."""
    table = np.full(256, CITYSCAPES_UNLABELED, dtype=np.uint8)
    table[: len(CITYSCAPES_IDS)] = CITYSCAPES_IDS
    return table


def full_palette(palette: UInt8) -> UInt8:
    """A 256×3 palette whose first K entries are the given K×3 colours and whose rest is the VOC palette's.

    The last entry stays the VOC palette's colour of 'ignore' (224, 224, 192), unless 256 colours are given.
    """
    full = voc_palette()
    full[: len(palette)] = palette
    return full
