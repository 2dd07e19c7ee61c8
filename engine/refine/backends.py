"""Who computes the CRF: pydensecrf, or the lattice in torch (engine.lattice). Knows both, imports neither."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Final, Literal, cast

from engine.errors import RefinementError

CrfBackend = Literal["pydensecrf", "torch"]
CrfBackendChoice = Literal["auto", "pydensecrf", "torch"]
BACKENDS: Final[tuple[CrfBackendChoice, ...]] = ("auto", "pydensecrf", "torch")

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


def chosen_backend(choice: CrfBackendChoice, *, mode: Literal["full", "hard"]) -> CrfBackend:
    """The backend for a request: under "auto" pydensecrf for whole photos, the lattice where only hard pixels are
    computed, which it is faster at (docs/benchmarks.md); the one that is there where the other is missing.

    Raises:
        RefinementError: it is not installed.
    """
    backend: CrfBackend
    if choice == "auto":
        first: tuple[CrfBackend, CrfBackend] = ("torch", "pydensecrf") if mode == "hard" else ("pydensecrf", "torch")
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
