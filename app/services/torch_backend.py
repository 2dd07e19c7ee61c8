"""The engine with torch, for the engine thread. Importing this module does not import torch; loading a model does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.services.compute_options import DEFAULTS, ComputeOptions
from app.services.engine_protocol import EngineMemoryError, EngineSession, EngineTuning, ModelSummary, TuneJob
from app.services.torch_start import import_torch
from engine.cancel import CancelToken
from engine.cascade.result import CascadeResult, UInt8

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel
    from engine.cascade.session import CascadeSession

_log = logging.getLogger(__name__)


class TorchBackend:
    """Loads cascades through engine.models.

    Attributes:
        options: how the next model is loaded; may be replaced from any thread.
    """

    def __init__(self, options: ComputeOptions = DEFAULTS) -> None:
        self.options = options

    def load_model(self, spec: str) -> TorchModel:
        """See EngineBackend."""
        import_torch()
        from engine.models.loading import load_model

        options = self.options
        model = load_model(spec, device=options.device, precision=options.precision, threads=options.threads)
        return TorchModel(model, _summary(spec, model), options.cache_bytes)

    def start_tuning(self, job: TuneJob) -> EngineTuning:
        """See EngineBackend."""
        import_torch()
        from app.services.torch_tuning import TorchTuning

        return TorchTuning(job, device=self.options.device)


@dataclass(frozen=True)
class TorchModel:
    """See EngineModel."""

    model: CascadeModel
    summary: ModelSummary
    cache_bytes: int = DEFAULTS.cache_bytes

    def open_session(self, rgb: UInt8, *, working_side: int | None = None) -> EngineSession:
        from engine.cascade.session import CascadeSession, SessionOptions

        options = SessionOptions(max_side=working_side, cache_bytes=self.cache_bytes)
        return _TorchSession(CascadeSession(self.model, rgb, options=options))


class _TorchSession:
    def __init__(self, session: CascadeSession) -> None:
        self._session = session

    def run(
        self, rho: float, *, cancel: CancelToken, on_stage: Callable[[CascadeResult], None] | None
    ) -> CascadeResult:
        try:
            return self._session.run(rho, cancel=cancel, on_stage=on_stage)
        except RuntimeError as error:
            if not _is_memory_error(error):
                raise
            _log.warning("out of memory: %s", error)
            reason = "not enough memory to segment this photo"
        # Raised outside the handler, so that the old error's traceback, which holds tensors, is not chained to it.
        raise EngineMemoryError(reason, cure="close other programs or scale the photo down")


def _summary(spec: str, model: CascadeModel) -> ModelSummary:
    info = model.info
    return ModelSummary(
        spec=spec,
        label=info.label,
        title=info.title,
        class_names=info.class_names,
        palette=info.palette,
        stage_count=model.cascade.stage_count,
        default_rho=info.default_rho,
        device=device_text(model),
        working_side=info.working_side,
        facts=tuple(sorted(info.metadata.items())),
    )


def device_text(model: CascadeModel) -> str:
    """Where and how a model runs, in words: "CPU, 2 threads, bf16"."""
    if model.device.startswith("cuda"):
        import torch

        return f"{torch.cuda.get_device_name(model.device)}, {model.precision}"
    threads = "1 thread" if model.threads == 1 else f"{model.threads} threads"
    return f"CPU, {threads}, {model.precision}"


def _is_memory_error(error: RuntimeError) -> bool:
    """torch has a type for a GPU's shortage alone; the CPU allocator's is told by its words."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
