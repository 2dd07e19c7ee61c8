"""A model that learns from corrections in the window, for the engine thread. Imported when learning begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.services.engine_protocol import TuneJob, TuneScores, TuneStep
from engine.cascade.result import UInt8

if TYPE_CHECKING:
    from collections.abc import Generator

    from engine.training.fine_tune import FineTuneScores, FineTuneStep


class TorchTuning:
    """See EngineTuning. The network is in training form and float32, apart from the one that serves requests."""

    def __init__(self, job: TuneJob, *, device: str) -> None:
        from engine.models.checkpoints import load_into, read_checkpoint
        from engine.models.loading import checkpoint_path, choose_device
        from engine.models.registry import find_architecture
        from engine.training.fine_tune import FineTuneSettings, FineTuning

        path = checkpoint_path(job.spec)
        checkpoint = read_checkpoint(path)
        self._info = info = checkpoint.info
        architecture, variant = find_architecture(info.label)
        network = architecture.build(variant, num_classes=len(info.class_names))
        load_into(network, checkpoint.tensors, path=path)
        self._network = network = network.to(choose_device(device))
        stages = network.stage_count
        # The paper's weights for three stages; the last stage counts most whatever their number.
        weights = tuple([0.33] * (stages - 1) + [0.8])
        self._tuning = FineTuning(
            network,
            job.corrections,
            mean=info.mean,
            std=info.std,
            settings=FineTuneSettings(
                steps=job.steps,
                images=min(2, len(job.corrections)),
                loss_weights=weights,
                max_side=info.working_side,
                # What answers with its last stage alone is judged and taught so, however many stages its training has.
                rhos=FineTuneSettings().rhos if architecture.staged else (1.0,),
                test_rho=job.rho if architecture.staged else 1.0,
            ),
            replay=job.replay,
            probes=job.probes,
            cells_on_corners=info.cells_on_corners,
        )
        self._parts: Generator[FineTuneStep | None] | None = None

    @property
    def before(self) -> TuneScores:
        return _scores(self._tuning.before)

    @property
    def done(self) -> bool:
        return self._parts is None and self._tuning.done

    def advance(self) -> TuneStep | None:
        if self._parts is None:
            self._parts = self._tuning.step_in_parts()
        taken = next(self._parts)
        if taken is None:
            return None
        self._parts.close()
        self._parts = None
        return TuneStep(taken.number, taken.total, taken.loss)

    def scores(self) -> TuneScores:
        return _scores(self._tuning.scores())

    def probe_answers(self) -> list[tuple[UInt8, UInt8]]:
        return self._tuning.probe_answers()

    def save(self, path: Path, *, note: str) -> None:
        from engine.models.checkpoints import write_checkpoint

        facts = {**self._info.metadata, "fine_tuned": note}
        write_checkpoint(path, self._network.state_dict(), replace(self._info, metadata=facts))


def _scores(scores: FineTuneScores) -> TuneScores:
    return TuneScores(scores.corrected, scores.probes_unchanged)
