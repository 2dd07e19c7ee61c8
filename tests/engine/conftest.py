"""With the compiled kernels and without: what runs on one machine must be right on the other."""

from __future__ import annotations

import pytest

from engine.cascade import region_kernel


@pytest.fixture
def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is packed from now on is packed for PyTorch's own operators."""
    monkeypatch.setattr(region_kernel, "runs_region_steps", lambda dtype: False)


@pytest.fixture(params=["kernels", "no kernels"])
def either_way(request: pytest.FixtureRequest) -> None:
    """Runs a test twice; once where there are no kernels here."""
    if request.param == "no kernels":
        request.getfixturevalue("without_kernels")
