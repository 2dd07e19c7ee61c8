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
_INTERFACE: Final = 4  # as rhoscope_interface() in steps.cpp
_CHOICE: Final = "RHOSCOPE_KERNELS"
_LEVELS: Final = {"none": 0, "avx2": 1, "avx512": 2}
_FP32, _BF16 = 1, 2


class PlannedStep(ctypes.Structure):
    """As in program.h."""

    _fields_ = (
        ("source", ctypes.c_int64),
        ("source_column", ctypes.c_int64),
        ("to", ctypes.c_int64),
        ("to_column", ctypes.c_int64),
        ("onto", ctypes.c_int64),
        ("onto_column", ctypes.c_int64),
        ("table", ctypes.c_int64),
        ("taps", ctypes.c_int64),
        ("channels", ctypes.c_int64),
        ("outputs", ctypes.c_int64),
        ("activation", ctypes.c_int64),
        ("bf16", ctypes.c_int64),
        ("depthwise", ctypes.c_int64),
        ("weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
    )


class PlannedArray(ctypes.Structure):
    """As in program.h."""

    _fields_ = (("width", ctypes.c_int64), ("coarse", ctypes.c_int64))


class ProgramFields(ctypes.Structure):
    """struct RegionProgram of program.h."""

    _fields_ = (
        ("steps", ctypes.POINTER(PlannedStep)),
        ("step_count", ctypes.c_int64),
        ("arrays", ctypes.POINTER(PlannedArray)),
        ("array_count", ctypes.c_int64),
        ("scratch_bytes", ctypes.c_int64),
    )


class ProgramCall(ctypes.Structure):
    """struct RegionCall of program.h."""

    _fields_ = (
        ("x", ctypes.c_void_p),
        ("x_stride", ctypes.c_int64),
        ("out", ctypes.c_void_p),
        ("out_stride", ctypes.c_int64),
        ("tables", ctypes.c_void_p),
        ("rows", ctypes.c_int64 * 2),
        ("memory", ctypes.c_void_p),
        ("threads", ctypes.c_int64),
    )


def runs_region_steps(dtype: torch.dtype) -> bool:
    """Whether the kernels are there, this processor can run them in `dtype`, and nothing else is quicker here."""
    wanted = {torch.float32: _FP32, torch.bfloat16: _BF16}.get(dtype, 0)
    return bool(_precisions() & wanted)


def scratch_bytes(*, channels: int, taps: int, dtype: torch.dtype) -> int:
    """What one thread needs as working memory for a product of rows."""
    return int(_library().rhoscope_scratch_bytes(channels, taps, dtype == torch.bfloat16))


def run_program(program: ProgramFields, call: ProgramCall) -> None:
    """Runs the steps in order; other threads of Python run meanwhile. All addresses must be valid."""
    _library().rhoscope_run(ctypes.byref(program), ctypes.byref(call))


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
    library.rhoscope_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.rhoscope_run.restype = None
    return library
