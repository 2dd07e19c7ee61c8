"""Values that papers published, for comparison. None of them was measured by this program.

Source: Li, Liu, Luo, Loy, Tang, "Not All Pixels Are Equal: Difficulty-Aware Semantic Segmentation via Deep Layer
Cascade", CVPR 2017, arXiv 1704.01344, by table and figure. Values marked "chart" were read off the bars and lines of
the authors' poster, with an error of about one in the last digit. Percent for mIoU, IoU and shares, milliseconds for
times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOURCE: Final = "Li et al., CVPR 2017"
LEGEND: Final = "published (LC paper)"
"""In figures, where there is little room."""


@dataclass(frozen=True)
class SweepRow:
    """Attributes:
    shares: percent of all pixels decided by stages 1, 2 and 3; None where it was not published.
    milliseconds: chart of Fig. 7a; None where it was not published.
    """

    rho: float
    shares: tuple[float, float, float] | None
    mean_iou: float
    milliseconds: float | None


@dataclass(frozen=True)
class SpeedRow:
    name: str
    mean_iou: float
    milliseconds: float
    frames_per_second: float


# Table 1, PASCAL VOC 2012 val. The share of stage 3 is what the other two leave.
TABLE_1: Final = (
    SweepRow(1.0, (0, 0, 100), 72.70, None),
    SweepRow(0.995, (15, 14, 71), 73.56, None),
    SweepRow(0.985, (23, 29, 48), 73.91, 65.0),
    SweepRow(0.980, None, 73.86, 62.9),
    SweepRow(0.970, (30, 31, 39), 73.63, 58.6),
    SweepRow(0.950, (35, 30, 35), 73.03, 55.5),
    SweepRow(0.930, (35, 41, 24), 72.53, 51.9),
    SweepRow(0.900, (44, 31, 25), 71.20, 49.6),
    SweepRow(0.800, (56, 29, 15), 66.95, 42.5),
)

# Table 2, PASCAL VOC 2012 val: mIoU.
TABLE_2: Final = {"IRNet": 72.22, "DSN": 72.70, "DSN+Dropout": 72.63, "MC": 44.20, "LC": 73.91}

# Table 3, PASCAL VOC 2012 val, without pre- and post-processing.
TABLE_3: Final = (
    SpeedRow("DeepLab-v2", 70.42, 140.0, 7.1),
    SpeedRow("SegNet", 59.90, 69.0, 14.6),
    SpeedRow("LC", 73.91, 65.1, 14.7),
    SpeedRow("LC fast (ρ 0.8)", 66.95, 42.5, 23.6),
)

_VOC_OBJECTS: Final = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


def _by_object(*values: float) -> dict[str, float]:
    return dict(zip(_VOC_OBJECTS, values, strict=True))


# Table 4, PASCAL VOC 2012 test: IoU by class; the background is not in the table.
TABLE_4: Final = {
    "LC": _by_object(
        94.1, 63.0, 91.2, 67.9, 79.5, 93.4, 90.0, 93.8, 37.4, 83.7, 65.9, 90.7, 86.1, 88.8, 87.5, 68.5, 86.9, 64.3,
        85.6, 72.2,
    ),
    "LC, with COCO": _by_object(
        85.5, 66.7, 94.5, 67.2, 84.0, 96.1, 89.8, 93.5, 47.2, 90.4, 71.5, 88.9, 91.7, 89.2, 89.1, 70.4, 89.4, 70.7,
        84.2, 79.6,
    ),
}  # fmt: skip

# Table 5, Cityscapes test. The row of classes averages 72.3, which contradicts the 71.1 published as its mean.
TABLE_5: Final = dict(
    zip(
        (
            "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
            "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
        ),
        (
            97.9, 83.1, 91.6, 53.7, 57.4, 58.4, 62.0, 73.3, 91.9, 61.3, 93.8, 78.8, 53.1, 93.4, 62.2, 76.9, 53.5, 57.0,
            74.7,
        ),
        strict=True,
    )
)  # fmt: skip
TABLE_5_MEAN: Final = 71.1
TABLE_5_NOTE: Final = (
    "The published row of classes averages 72.3, its published mean is 71.1; the mean is to be trusted."
)

# Table 6, PASCAL VOC 2012 test, without COCO: system → (frames per second, mIoU).
TABLE_6: Final = {
    "LC": (14.3, 78.2),
    "LC + multi-scale": (7.7, 79.5),
    "LC + multi-scale + CRF": (1.0, 80.3),
}

# Fig. 1a (chart): percent of the class that is easy, moderate and hard. The background's bar is cut off in the chart.
FIGURE_1A: Final = {
    "background": (42.0, 58.0, 0.7), "aeroplane": (53.0, 45.0, 2.4), "bicycle": (38.0, 59.0, 2.7),
    "bird": (54.0, 43.0, 3.1), "boat": (39.0, 52.0, 9.2), "bottle": (51.0, 43.0, 6.1), "bus": (60.0, 37.0, 3.1),
    "car": (62.0, 33.0, 5.2), "cat": (55.0, 41.0, 3.7), "chair": (13.0, 74.0, 14.0), "cow": (22.0, 68.0, 10.0),
    "diningtable": (7.0, 66.0, 27.0), "dog": (52.0, 46.0, 2.9), "horse": (31.0, 65.0, 4.4),
    "motorbike": (37.0, 62.0, 0.9), "person": (46.0, 51.0, 3.0), "pottedplant": (21.0, 62.0, 17.0),
    "sheep": (31.0, 64.0, 5.3), "sofa": (22.0, 56.0, 22.0), "train": (49.0, 38.0, 13.0),
    "tvmonitor": (44.0, 51.0, 4.6),
}  # fmt: skip

# Fig. 1b: percent of the pixels of each set that lie on a boundary; the width of the band is not published.
FIGURE_1B: Final = {"easy": 6.7, "moderate": 19.0, "hard": 68.0}

# Fig. 5a (chart): a class's share of the pixels that reach stages 2 and 3, over its share of all pixels.
FIGURE_5A: Final = {
    "aeroplane": (1.23, 1.46), "bicycle": (1.33, 1.79), "bird": (1.28, 1.19), "boat": (1.27, 1.43),
    "bottle": (1.38, 1.44), "bus": (1.39, 1.34), "car": (1.34, 1.09), "cat": (1.37, 1.31), "chair": (1.39, 1.91),
    "cow": (1.19, 1.58), "diningtable": (1.42, 2.02), "dog": (1.33, 1.34), "horse": (1.27, 1.66),
    "motorbike": (1.28, 1.83), "person": (1.31, 1.71), "pottedplant": (1.37, 1.73), "sheep": (1.18, 1.39),
    "sofa": (1.39, 1.75), "train": (1.29, 1.03), "tvmonitor": (1.34, 1.46),
}  # fmt: skip

# Fig. 5b: percent of the class decided in stages 1, 2 and 3.
FIGURE_5B: Final = {
    "cat": (8.2, 39.2, 52.6), "car": (10.3, 45.9, 43.7), "chair": (6.6, 16.6, 76.8), "diningtable": (4.9, 14.3, 80.8),
}  # fmt: skip

# Fig. 7b (chart): milliseconds of stages 1, 2 and 3.
FIGURE_7B: Final = {0.985: (15.6, 31.2, 18.2), 0.8: (15.7, 21.7, 4.7)}
