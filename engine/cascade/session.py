"""A cascade opened on one photo: stage 1 is kept, a new ρ recomputes only what it changes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cascade.layer_cascade import StageState, forwarded, merged_probabilities
from engine.cascade.preparation import from_corners, network_input, resized
from engine.cascade.result import IGNORE, CascadeResult, StageOutput, UInt8
from engine.cascade.thresholds import expand_rho, shares_of
from engine.cascade.tiling import Tile, tiles_of, working_size
from engine.cascade.upsampling import label_pixels


@dataclass(frozen=True)
class SessionOptions:
    """How a photo is brought to the network.

    Attributes:
        max_side: working size, see tiling.working_size; None is the model's own, 0 computes the photo at its own size.
        tile: photos that are larger at their working size are computed in tiles of at most this side, in pixels.
        overlap: context that each tile sees around the part it decides, in pixels.
        cache_bytes: budget for finished results of recent ρ values.
    """

    max_side: int | None = None
    tile: int = 1024
    overlap: int = 96
    cache_bytes: int = 256 << 20


@dataclass
class _TileRun:
    """One tile with the stages computed for the last ρ, and what each took; the first is the same for every ρ."""

    tile: Tile
    states: list[StageState]
    milliseconds: list[float]


class CascadeSession:
    """See the module's text. Used from one thread at a time.

    Args:
        model: in eval mode.
        rgb: H×W×3 uint8.
    """

    def __init__(self, model: CascadeModel, rgb: UInt8, *, options: SessionOptions | None = None) -> None:
        self.model = model
        self.options = options or SessionOptions()
        self.size: tuple[int, int] = (rgb.shape[0], rgb.shape[1])
        side = model.info.working_side if self.options.max_side is None else self.options.max_side
        self.working_size = working_size(self.size, max_side=side or None)
        self._photo = resized(rgb, self.working_size)
        stride = model.cascade.network.stride
        if model.info.cells_on_corners:
            self._photo = from_corners(self._photo, stride)
        self.grid_size = (self.working_size[0] // stride, self.working_size[1] // stride)
        self._runs: list[_TileRun] = []
        self._results: OrderedDict[tuple[float, ...], CascadeResult] = OrderedDict()

    @property
    def stage_count(self) -> int:
        return self.model.cascade.stage_count

    def run(
        self,
        rho: float | Sequence[float],
        *,
        cancel: CancelToken | None = None,
        on_stage: Callable[[CascadeResult], None] | None = None,
    ) -> CascadeResult:
        """The result at ρ, exactly what a fresh session would give.

        Args:
            rho: one threshold, or one for each stage but the last, in 0..1.
            cancel: checked between stages and tiles.
            on_stage: given an early result after every stage but the last; its undecided cells carry the last
            finished stage.

        Returns:
            The result. A stage kept from an earlier ρ reports the time it took then; "total" is this call's own time.

        Raises:
            SettingError: ρ is not valid.
            Cancelled: the token was set; what is cached stays valid.
        """
        thresholds = expand_rho(rho, stage_count=self.stage_count)
        token = cancel or CancelToken()
        known = self._results.get(thresholds)
        if known is not None:
            self._results.move_to_end(thresholds)
            return known
        with torch.inference_mode():
            result = self._compute(thresholds, token, on_stage)
        self._remember(result)
        return result

    def _compute(
        self, rho: tuple[float, ...], cancel: CancelToken, on_stage: Callable[[CascadeResult], None] | None
    ) -> CascadeResult:
        began = time.perf_counter()
        self._first_stage(cancel)
        milliseconds = {"stage1": self._stage_milliseconds(1)}
        for stage in range(2, self.stage_count + 1):
            if on_stage is not None:
                on_stage(self._assembled(rho, stage - 1, milliseconds, began, cancel))
            for run in self._runs:
                cancel.check()
                self._advance(run, stage, rho[stage - 2])
            milliseconds[f"stage{stage}"] = self._stage_milliseconds(stage)
        return self._assembled(rho, self.stage_count, milliseconds, began, cancel)

    def _first_stage(self, cancel: CancelToken) -> None:
        tiles = tiles_of(self.working_size, tile=self.options.tile, overlap=self.options.overlap)
        for tile in tiles[len(self._runs) :]:
            cancel.check()
            before = time.perf_counter()
            state = self.model.cascade.start(self._input(tile))
            self._wait()
            self._runs.append(_TileRun(tile, [state], [_since(before)]))

    def _advance(self, run: _TileRun, stage: int, rho: float) -> None:
        """Brings the tile to `stage`, keeping what is there when its region is unchanged."""
        before = time.perf_counter()
        previous = run.states[stage - 2]
        keep = forwarded(previous.confidence, rho)
        if len(run.states) >= stage:
            if torch.equal(run.states[stage - 1].index.sites, previous.index.sites[keep]):
                return
            del run.states[stage - 1 :], run.milliseconds[stage - 1 :]
        state = self.model.cascade.advance_on(previous, keep)
        self._wait()
        run.states.append(state)
        run.milliseconds.append(_since(before))

    def _stage_milliseconds(self, stage: int) -> float:
        return sum(run.milliseconds[stage - 1] for run in self._runs)

    def _assembled(
        self,
        rho: tuple[float, ...],
        stages: int,
        milliseconds: dict[str, float],
        began: float,
        cancel: CancelToken,
    ) -> CascadeResult:
        before = time.perf_counter()
        merged = self._grid(lambda run: merged_probabilities(run.states[:stages])[0])
        outputs = tuple(self._stage_output(stage) for stage in range(1, stages + 1))
        deciding = np.ones(self.grid_size, dtype=np.uint8)
        for number, output in enumerate(outputs, start=1):
            deciding[output.computed] = number
        if stages < self.stage_count:
            # The cells that go on are still open: they belong to the stage that will receive them.
            deciding[outputs[-1].computed & ~(outputs[-1].confidence > np.float32(rho[stages - 1]))] = stages + 1
        labels, confidence = label_pixels(merged, self.size, cancel=cancel)
        info = self.model.info
        return CascadeResult(
            model=info.label,
            class_names=info.class_names,
            palette=info.palette,
            rho=rho,
            label_map=labels,
            confidence=confidence,
            probabilities=merged.permute(2, 0, 1).contiguous().cpu().numpy(),
            deciding_stage=deciding,
            stages=outputs,
            stage_count=self.stage_count,
            shares=shares_of(deciding, stage_count=self.stage_count),
            milliseconds={**milliseconds, "merge": _since(before), "total": _since(began)},
        )

    def _stage_output(self, stage: int) -> StageOutput:
        def dense(values: Callable[[StageState], Tensor], empty: float) -> Callable[[_TileRun], Tensor]:
            def spread(run: _TileRun) -> Tensor:
                state = run.states[stage - 1]
                found = values(state)
                _, height, width = state.index.shape
                plane = torch.full((height * width,), empty, dtype=found.dtype, device=found.device)
                return plane.index_copy(0, state.index.sites, found).reshape(height, width, 1)

            return spread

        labels = self._grid(dense(lambda s: _best(s.probabilities), IGNORE))
        confidence = self._grid(dense(lambda s: s.confidence, 0.0))
        computed = self._grid(dense(lambda s: torch.ones_like(s.confidence, dtype=torch.bool), False))
        return StageOutput(*(plane[..., 0].cpu().numpy() for plane in (labels, confidence, computed)))

    def _grid(self, of_run: Callable[[_TileRun], Tensor]) -> Tensor:
        """Joins the tiles' own parts of an h×w×C map."""
        if len(self._runs) == 1:
            return of_run(self._runs[0])
        stride = self.model.cascade.network.stride
        joined: Tensor | None = None
        for run in self._runs:
            part = of_run(run)
            if joined is None:
                joined = part.new_zeros(*self.grid_size, part.shape[2])
            rows, columns = run.tile.rows, run.tile.columns
            joined[
                rows.own_start // stride : rows.own_stop // stride,
                columns.own_start // stride : columns.own_stop // stride,
            ] = part[
                (rows.own_start - rows.start) // stride : (rows.own_stop - rows.start) // stride,
                (columns.own_start - columns.start) // stride : (columns.own_stop - columns.start) // stride,
            ]
        assert joined is not None
        return joined

    def _input(self, tile: Tile) -> Tensor:
        """1×3×H×W of one tile, normalised, in the model's precision and on its device."""
        part = self._photo[tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop]
        info, precision = self.model.info, self.model.precision
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        return network_input(part, mean=info.mean, std=info.std, device=self.model.device, dtype=dtype)

    def _wait(self) -> None:
        """Lets queued device work finish, so that times are those of the work itself."""
        if self.model.device.startswith("cuda"):
            torch.cuda.synchronize()

    def _remember(self, result: CascadeResult) -> None:
        self._results[result.rho] = result
        while len(self._results) > 1 and sum(map(_bytes, self._results.values())) > self.options.cache_bytes:
            self._results.popitem(last=False)


def _best(probabilities: Tensor) -> Tensor:
    if probabilities.shape[0] == 0:
        return torch.zeros(0, dtype=torch.uint8, device=probabilities.device)
    return probabilities.argmax(dim=1).to(torch.uint8)


def _since(start: float) -> float:
    return 1000.0 * (time.perf_counter() - start)


def _bytes(result: CascadeResult) -> int:
    planes: list[NDArray[Any]] = [result.label_map, result.confidence, result.probabilities, result.deciding_stage]
    for stage in result.stages:
        planes += [stage.labels, stage.confidence, stage.computed]
    return sum(plane.nbytes for plane in planes)
