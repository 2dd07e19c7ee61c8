"""Refining a label map along the photo's edges with a fully connected CRF."""

from engine.refine.parameters import DEFAULT_PRESET, PRESETS, CrfParameters
from engine.refine.worker import CrfMode, CrfRequest, CrfResult, CrfTask, CrfWorker, crf_missing

__all__ = [
    "DEFAULT_PRESET",
    "PRESETS",
    "CrfMode",
    "CrfParameters",
    "CrfRequest",
    "CrfResult",
    "CrfTask",
    "CrfWorker",
    "crf_missing",
]
