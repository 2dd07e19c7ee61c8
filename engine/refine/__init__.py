"""Refining a label map along the photo's edges with a fully connected CRF."""

from engine.refine.backends import BACKENDS, CrfBackend, CrfBackendChoice, chosen_backend, crf_missing
from engine.refine.parameters import DEFAULT_PRESET, PRESETS, CrfParameters
from engine.refine.worker import CrfMode, CrfRequest, CrfResult, CrfTask, CrfWorker

__all__ = [
    "BACKENDS",
    "DEFAULT_PRESET",
    "PRESETS",
    "CrfBackend",
    "CrfBackendChoice",
    "CrfMode",
    "CrfParameters",
    "CrfRequest",
    "CrfResult",
    "CrfTask",
    "CrfWorker",
    "chosen_backend",
    "crf_missing",
]
