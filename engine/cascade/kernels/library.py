"""The compiled kernels: found beside their sources, loaded once, used where the processor can run them.

`make run` and `make test` compile them where there is a C++ compiler. Without them, or on another processor, PyTorch's
own operators do the same work, more slowly on regions. RHOSCOPE_KERNELS=none in the environment leaves them alone,
=avx2 takes those for AVX2 where there are wider ones.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from pathlib import Path
from typing import Final

import torch

_log = logging.getLogger(__name__)

LIBRARY: Final = Path(__file__).with_name("region_kernels.library")
_INTERFACE: Final = 3  # as rhoscope_interface() in steps.cpp
_CHOICE: Final = "RHOSCOPE_KERNELS"
_LEVELS: Final = {"none": 0, "avx2": 1, "avx512": 2}
_FP32, _BF16 = 1, 2


class StepFields(ctypes.Structure):
    """struct RegionStep of step.h."""

    _fields_ = (
        ("x", ctypes.c_void_p),
        ("x_stride", ctypes.c_int64),
        ("table", ctypes.c_void_p),
        ("sources", ctypes.c_int64),
        ("rows", ctypes.c_int64),
        ("taps", ctypes.c_int64),
        ("channels", ctypes.c_int64),
        ("weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("add", ctypes.c_void_p),
        ("add_stride", ctypes.c_int64),
        ("out", ctypes.c_void_p),
        ("out_stride", ctypes.c_int64),
        ("outputs", ctypes.c_int64),
        ("activation", ctypes.c_int64),
        ("bf16", ctypes.c_int64),
        ("depthwise", ctypes.c_int64),
    )


def runs_region_steps(dtype: torch.dtype) -> bool:
    """Whether the kernels are there, this processor can run them in `dtype`, and nothing else is quicker here."""
    wanted = {torch.float32: _FP32, torch.bfloat16: _BF16}.get(dtype, 0)
    return bool(_precisions() & wanted)


def scratch_bytes(*, channels: int, taps: int, dtype: torch.dtype) -> int:
    """What one thread needs as working memory for a product of rows."""
    return int(_library().rhoscope_scratch_bytes(channels, taps, dtype == torch.bfloat16))


def run_steps(steps: ctypes.Array[StepFields], *, threads: int, scratch: int, scratch_bytes: int) -> None:
    """Runs the steps in order; other threads of Python run meanwhile. All addresses in them must be valid.

    Args:
        scratch: address of threads × scratch_bytes, on a multiple of 64.
    """
    _library().rhoscope_run(steps, len(steps), threads, scratch, scratch_bytes)


def panel_columns() -> int:
    """Outputs that stand together in laid-out weights."""
    return int(_library().rhoscope_panel_columns())


@functools.cache
def _precisions() -> int:
    library = _found()
    if library is None:
        return 0
    wished = os.environ.get(_CHOICE, "").lower()
    if wished and wished not in _LEVELS:
        _log.warning("%s=%s is none of %s", _CHOICE, wished, ", ".join(_LEVELS))
    return int(library.rhoscope_choose(_LEVELS.get(wished, max(_LEVELS.values()))))


def _library() -> ctypes.CDLL:
    library = _found()
    if library is None:
        raise RuntimeError(f"{LIBRARY} is not there or not of this source")
    return library


@functools.cache
def _found() -> ctypes.CDLL | None:
    if not LIBRARY.is_file():
        return None
    try:
        library = ctypes.CDLL(str(LIBRARY))
        interface = library.rhoscope_interface()
    except (OSError, AttributeError) as error:
        _log.warning("%s cannot be used: %s", LIBRARY, error)
        return None
    if interface != _INTERFACE:
        _log.warning("%s was built from other sources: run make run, which builds it anew", LIBRARY)
        return None
    library.rhoscope_scratch_bytes.argtypes = [ctypes.c_int64, ctypes.c_int64, ctypes.c_int]
    library.rhoscope_scratch_bytes.restype = ctypes.c_int64
    library.rhoscope_run.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int, ctypes.c_void_p, ctypes.c_int64]
    library.rhoscope_run.restype = None
    return library
