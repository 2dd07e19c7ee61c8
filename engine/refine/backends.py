"""Who computes the CRF: pydensecrf, or the lattice in torch (engine.lattice). Knows both, imports neither."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Final, Literal, cast

from engine.errors import RefinementError

CrfBackend = Literal["pydensecrf", "torch"]
CrfBackendChoice = Literal["auto", "pydensecrf", "torch"]
BACKENDS: Final[tuple[CrfBackendChoice, ...]] = ("auto", "pydensecrf", "torch")

# Share of free pixels up to which the lattice, which computes those alone, beats pydensecrf, which computes all.
_FEW: Final = 0.15
_PACKAGES: Final[dict[CrfBackend, str]] = {"pydensecrf": "pydensecrf", "torch": "torch"}


def crf_missing(choice: CrfBackendChoice = "auto") -> str | None:
    """Why there is no CRF, with the cure, in one sentence; None where there is one. Cheap: imports nothing heavy."""
    if choice == "auto":
        missing = [crf_missing("pydensecrf"), crf_missing("torch")]
        return missing[0] if all(missing) else None
    if importlib.util.find_spec(_PACKAGES[choice]) is not None:
        return None
    if choice == "torch":
        return "The CRF's torch backend is not available because PyTorch is not installed: make run"
    return (
        "The CRF is not available because the package pydensecrf2 is not installed; it is built from source "
        "with a compiler: apt-get install g++ && make run"
    )


def chosen_backend(choice: CrfBackendChoice, *, free_share: float) -> CrfBackend:
    """The backend for a request: under "auto" the lattice where few pixels are free, which it is faster at
    (docs/benchmarks.md), else pydensecrf; the one that is there where the other is missing.

    Args:
        free_share: share of the pixels that the CRF decides, 0..1.

    Raises:
        RefinementError: it is not installed.
    """
    backend: CrfBackend
    if choice == "auto":
        few = free_share <= _FEW
        first: tuple[CrfBackend, CrfBackend] = ("torch", "pydensecrf") if few else ("pydensecrf", "torch")
        backend = next((b for b in first if crf_missing(b) is None), "pydensecrf")
    else:
        backend = choice
    missing = crf_missing(backend)
    if missing is not None:
        raise RefinementError(missing)
    return backend


def lattice() -> Any:
    """The module engine.lattice.mean_field; it imports torch, so only the worker process asks for it."""
    return cast(Any, importlib.import_module("engine.lattice.mean_field"))
