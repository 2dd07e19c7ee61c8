"""One photo through a cascade as an evaluation asks for it: at several scales, mirrored, in tiles, or plainly.

Every view (a scale, mirrored or not) is a cascade run of its own, with its own regions. The merged probabilities of
each view are interpolated to the size of the labels and averaged there with equal weights; the highest average wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cascade.preparation import resized
from engine.cascade.result import Bool, CascadeResult, Float32, UInt8
from engine.cascade.session import CascadeSession, SessionOptions
from engine.cascade.tiling import working_size
from engine.errors import SettingError
from engine.refine.resampling import nearest_mask, upsampled


@dataclass(frozen=True, kw_only=True)
class Views:
    """How often, and how, each photo is looked at.

    Attributes:
        scales: factors on the sides of the working size, above 0.
        flip: each scale also mirrored left to right.
        max_side: working size at scale 1, see tiling.working_size; None is the model's own, 0 the photo's own size.
        tile, overlap: larger working sizes are computed in tiles, see SessionOptions.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    max_side: int | None = None
    tile: int = SessionOptions.tile
    overlap: int = SessionOptions.overlap

    def __post_init__(self) -> None:
        if not self.scales or not all(math.isfinite(s) and 0.0 < s <= 8.0 for s in self.scales):
            raise SettingError(f"scales must lie above 0 and at most at 8, got {list(self.scales)}")

    @property
    def plain(self) -> bool:
        """The photo once, as the program shows it."""
        return self.scales == (1.0,) and not self.flip


@dataclass(frozen=True)
class Answer:
    """What all views together say about one photo at one ρ.

    Attributes:
        label_map: H×W uint8.
        probabilities: K×h×w float32, on the grid for one plain view, else K×H×W.
        hard: h×w bool, where the last stage decided (in any of the views).
        deciding_stage: of the first scale's plain view on its grid, uint8 1..n.
        decided: cells that each stage decided, n values, all views together.
        stage_ms: milliseconds of each stage, n values, all views together.
        total_ms: of the stages, merging and, where there is one, the CRF.
    """

    label_map: UInt8
    probabilities: Float32
    hard: Bool
    deciding_stage: UInt8
    decided: NDArray[np.int64]
    stage_ms: tuple[float, ...]
    total_ms: float


@dataclass(frozen=True)
class ImageAnswers:
    """What was computed for one image.

    Attributes:
        stages: each stage alone on every cell; empty where it was not asked for.
        at_rho: one answer for each ρ asked for.
    """

    stages: tuple[Answer, ...]
    at_rho: tuple[Answer, ...]


class PhotoViews:
    """All views of one photo; like CascadeSession it keeps stage 1 for the next ρ.

    Args:
        rgb: H×W×3 uint8.
    """

    def __init__(self, model: CascadeModel, rgb: UInt8, views: Views) -> None:
        self._size = (rgb.shape[0], rgb.shape[1])
        self._plain = views.plain
        self._sessions: list[tuple[CascadeSession, bool]] = []
        if views.plain:
            options = SessionOptions(max_side=views.max_side, tile=views.tile, overlap=views.overlap)
            self._sessions.append((CascadeSession(model, rgb, options=options), False))
            return
        side = model.info.working_side if views.max_side is None else views.max_side
        base = working_size(self._size, max_side=side or None)
        options = SessionOptions(max_side=0, tile=views.tile, overlap=views.overlap)
        for scale in views.scales:
            scaled = (base[0] * scale, base[1] * scale)
            photo = resized(rgb, working_size((round(scaled[0]) or 1, round(scaled[1]) or 1), max_side=None))
            self._sessions.append((CascadeSession(model, photo, options=options), False))
            if views.flip:
                mirrored = np.ascontiguousarray(photo[:, ::-1])
                self._sessions.append((CascadeSession(model, mirrored, options=options), True))

    def run(self, rho: float | Sequence[float], *, cancel: CancelToken | None = None) -> Answer:
        """The answer at ρ; raises SettingError and Cancelled as CascadeSession.run."""
        return self._joined([session.run(rho, cancel=cancel) for session, _ in self._sessions])

    def dense_stages(self, *, cancel: CancelToken | None = None) -> list[Answer]:
        """Each stage's own answer on every cell, as the dense deeply supervised network gives it.

        Raises:
            ValueError: run(1.0) came before: a session that has this answer already gives no early ones on the way.
        """
        by_view: list[list[CascadeResult]] = []
        for session, _ in self._sessions:
            early: list[CascadeResult] = []
            # At ρ = 1 nothing is accepted, so the early result after a stage is that stage's own answer everywhere.
            last = session.run(1.0, cancel=cancel, on_stage=early.append)
            if len(early) + 1 != last.stage_count:
                raise ValueError("dense_stages comes before run")
            by_view.append([*early, last])
        return [self._joined(list(results)) for results in zip(*by_view, strict=True)]

    def _joined(self, results: Sequence[CascadeResult]) -> Answer:
        first = results[0]
        counts = sum(np.bincount(r.deciding_stage.ravel(), minlength=first.stage_count + 1) for r in results)
        keys = [f"stage{number}" for number in range(1, first.stage_count + 1)]
        stage_ms = tuple(sum(r.milliseconds.get(key, 0.0) for r in results) for key in keys)
        total_ms = sum(stage_ms) + sum(r.milliseconds["merge"] for r in results)
        facts: dict[str, Any] = {
            "deciding_stage": first.deciding_stage,
            "decided": np.asarray(counts, dtype=np.int64)[1 : first.stage_count + 1],
            "stage_ms": stage_ms,
            "total_ms": total_ms,
        }
        if self._plain:
            return Answer(first.label_map, first.probabilities, first.hard, **facts)
        total: Float32 | None = None
        hard = np.zeros(self._size, dtype=np.bool_)
        for result, (_, mirrored) in zip(results, self._sessions, strict=True):
            step = -1 if mirrored else 1
            pixels = upsampled(result.probabilities, self._size)[:, :, ::step]
            hard |= nearest_mask(result.hard, self._size)[:, ::step]
            total = pixels.copy() if total is None else np.add(total, pixels, out=total)
        assert total is not None
        total /= np.float32(len(results))
        return Answer(total.argmax(axis=0).astype(np.uint8), total, hard, **facts)
