"""The references' own ways of testing, by name: sliding windows, sets of scales, padding (see each entry's text).

They serve every model here. A cascade runs whole in each view, with its own regions, at the ρ asked for. Scores are
resized corner on corner, as the references do; the program's own way (engine.cascade.session) has half-pixel centres.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cascade.layer_cascade import LayerCascade, merged_probabilities
from engine.cascade.preparation import network_input
from engine.cascade.result import UInt8
from engine.cascade.thresholds import expand_rho
from engine.errors import SettingError
from engine.evaluation.sliding_window import Scores, SlidingWindow, image_probabilities
from engine.evaluation.views import Answer

_PSPNET_SCALES: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
_MULTIPLE: Final = 32
_T = TypeVar("_T")


@dataclass(frozen=True)
class PaddedWhole:
    """The whole image at each of a set of scales, padded at the bottom and the right with the mean.

    Attributes:
        side: least side after padding; larger images keep their size.
        remainder: sides after padding are 32n + remainder: 1 for the references' 32k-31, 0 for networks of stride 32.
        scales: shrunk corner on corner, 513 → 385 at 0.75.
        fusion: of the scales' scores: their maximum, or the mean of their probabilities.
        mirror: each scale also mirrored.
    """

    side: int = 0
    remainder: Literal[0, 1] = 1
    scales: tuple[float, ...] = (1.0,)
    fusion: Literal["max", "mean"] = "max"
    mirror: bool = False


@dataclass(frozen=True)
class Protocol:
    """A way of testing.

    Attributes:
        title: in one line.
        how: its geometry.
    """

    title: str
    how: SlidingWindow | PaddedWhole


PROTOCOLS: Final[Mapping[str, Protocol]] = MappingProxyType(
    {
        "pspnet-voc": Protocol("windows of 473 pixels, long side 512, mirrored", SlidingWindow(473, 512)),
        "pspnet-voc-ms": Protocol(
            "the same at scales 0.5 to 1.75, mean", SlidingWindow(473, 512, scales=_PSPNET_SCALES)
        ),
        "pspnet-cityscapes": Protocol("windows of 713 pixels, long side 2048, mirrored", SlidingWindow(713, 2048)),
        "pspnet-cityscapes-ms": Protocol(
            "the same at scales 0.5 to 1.75, mean", SlidingWindow(713, 2048, scales=_PSPNET_SCALES)
        ),
        "deeplab": Protocol("the whole image, padded to 513 pixels with the mean", PaddedWhole(513)),
        "deeplab-msc": Protocol(
            "the same at scales 1, 0.75 and 0.5, maximum of the scores", PaddedWhole(513, scales=(1.0, 0.75, 0.5))
        ),
        "exfuse": Protocol("the whole image, padded to multiples of 32 with the mean", PaddedWhole(remainder=0)),
        "layer-cascade-ms": Protocol(
            "the whole image mirrored too, at scales 0.5, 0.75 and 1, maximum of the scores",
            PaddedWhole(remainder=0, scales=(1.0, 0.75, 0.5), mirror=True),
        ),
    }
)


def find_protocol(name: str) -> Protocol:
    """Raises SettingError, which lists the names, where there is none."""
    found = PROTOCOLS.get(name)
    if found is None:
        raise SettingError(f"there is no protocol {name!r}", cure=f"known: {', '.join(PROTOCOLS)}")
    return found


def protocol_answer(
    model: CascadeModel,
    rgb: UInt8,
    protocol: Protocol,
    rho: float | Sequence[float],
    *,
    cancel: CancelToken | None = None,
) -> Answer:
    """What a model says of a photo under a protocol, at the photo's own size.

    Args:
        rgb: H×W×3 uint8.

    Returns:
        Probabilities K×H×W; no map of stages, as every view has its own: `hard` and `deciding_stage` name the last
        stage everywhere, `decided` counts the cells of all views.
    """
    began = time.perf_counter()
    dtype = torch.bfloat16 if model.precision == "bf16" else torch.float32
    info = model.info
    with torch.inference_mode():
        image = network_input(rgb, mean=info.mean, std=info.std, device=model.device, dtype=torch.float32)[0]
        views = _Views(model.cascade, expand_rho(rho, stage_count=model.cascade.stage_count), dtype)
        if isinstance(protocol.how, SlidingWindow):
            probabilities = image_probabilities(views.pixel_scores, image, protocol.how, cancel=cancel)
        else:
            probabilities = padded_probabilities(views.grid_scores, image, protocol.how, cancel=cancel)
        labels = probabilities.argmax(dim=0).to(torch.uint8)
    size = (rgb.shape[0], rgb.shape[1])
    count = model.cascade.stage_count
    return Answer(
        label_map=labels.cpu().numpy(),
        probabilities=probabilities.float().cpu().numpy(),
        hard=np.ones(size, dtype=np.bool_),
        deciding_stage=np.full(size, count, dtype=np.uint8),
        decided=views.decided,
        stage_ms=tuple(views.milliseconds),
        total_ms=1000.0 * (time.perf_counter() - began),
    )


def padded_probabilities(
    scores_of: Scores, image: Tensor, how: PaddedWhole, *, cancel: CancelToken | None = None
) -> Tensor:
    """K×H×W probabilities of a normalised image 3×H×W at its own size; zero in it is the mean of the training images.

    Args:
        scores_of: scores on the network's grid; they are fused on the grid of the first scale.
    """
    corners = how.remainder == 1
    height, width = image.shape[1:]
    padded = F.pad(image, (0, _padded(width, how) - width, 0, _padded(height, how) - height))
    size = (padded.shape[1], padded.shape[2])
    views = [(scale, mirrored) for scale in how.scales for mirrored in ((False, True) if how.mirror else (False,))]
    total: Tensor | None = None
    for scale, mirrored in views:
        if cancel is not None:
            cancel.check()
        shown = padded[None].flip(3) if mirrored else padded[None]
        if scale != 1.0:
            sides = tuple(_scaled(side, scale, how.remainder) for side in size)
            shown = F.interpolate(shown, sides, mode="bilinear", align_corners=corners)
        scores = scores_of(shown).float()
        found = scores.flip(3) if mirrored else scores
        if total is not None and found.shape != total.shape:
            found = F.interpolate(found, total.shape[2:], mode="bilinear", align_corners=corners)
        if how.fusion == "mean":
            found = torch.softmax(found, dim=1)
        if total is None:
            total = found
        else:
            total = torch.maximum(total, found) if how.fusion == "max" else total + found
    assert total is not None, "at least one scale"
    fused = F.interpolate(total, size, mode="bilinear", align_corners=corners)[0, :, :height, :width]
    return torch.softmax(fused, dim=0) if how.fusion == "max" else fused / len(views)


def _padded(side: int, how: PaddedWhole) -> int:
    steps = math.ceil((max(side, how.side) - how.remainder) / _MULTIPLE)
    return max(1, steps) * _MULTIPLE + how.remainder


def _scaled(side: int, scale: float, remainder: int) -> int:
    if remainder:
        return round((side - 1) * scale) + 1
    return max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE)


@dataclass
class _Views:
    """Scores of views for every pixel; counts what the cascade does in them.

    Attributes:
        decided: cells that each stage decided, of all views.
        milliseconds: of each stage, of all views.
    """

    cascade: LayerCascade
    rho: tuple[float, ...]
    dtype: torch.dtype
    decided: NDArray[np.int64] = field(init=False)
    milliseconds: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.decided = np.zeros(self.cascade.stage_count, dtype=np.int64)
        self.milliseconds = [0.0] * self.cascade.stage_count

    def pixel_scores(self, images: Tensor) -> Tensor:
        """N×K×H×W; a softmax of them is the merged answer's probabilities."""
        height, width = images.shape[2:]
        stride = self.cascade.network.stride
        aligned = (height - 1) % stride == 0 and (width - 1) % stride == 0
        return F.interpolate(self.grid_scores(images), (height, width), mode="bilinear", align_corners=aligned)

    def grid_scores(self, images: Tensor) -> Tensor:
        """N×K×h×w on the network's grid."""
        height, width = images.shape[2:]
        every_pixel = self.cascade.network.stride == 1
        # Networks that answer for every pixel go down to 1/32 and back.
        extra = [(-side) % _MULTIPLE if every_pixel else 0 for side in (height, width)]
        given = F.pad(images, (0, extra[1], 0, extra[0])).to(self.dtype)
        grid = self._grid(given.contiguous(memory_format=torch.channels_last))
        return grid[:, :, :height, :width] if every_pixel else grid

    def _grid(self, images: Tensor) -> Tensor:
        if self.cascade.stage_count == 1:
            return self._timed(0, lambda: self._one_stage(images))
        states = [self._timed(0, lambda: self.cascade.start(images))]
        for number, rho in enumerate(self.rho, start=1):
            states.append(self._timed(number, partial(self.cascade.advance, states[-1], rho)))
        reached = [len(state.index) for state in states] + [0]
        self.decided += np.array([a - b for a, b in pairwise(reached)])
        tiny = torch.finfo(torch.float32).tiny
        return merged_probabilities(states).clamp(min=tiny).log().permute(0, 3, 1, 2)

    def _one_stage(self, images: Tensor) -> Tensor:
        scores = self.cascade.network.all_scores(images)[-1].float()
        self.decided[0] += scores.shape[0] * scores.shape[2] * scores.shape[3]
        return scores

    def _timed(self, stage: int, work: Callable[[], _T]) -> _T:
        before = time.perf_counter()
        found = work()
        self.milliseconds[stage] += 1000.0 * (time.perf_counter() - before)
        return found
