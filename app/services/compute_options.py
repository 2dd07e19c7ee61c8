"""How models are run on this machine, as the person has set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.services.settings import Settings


@dataclass(frozen=True)
class ComputeOptions:
    """What a model is loaded with.

    Attributes:
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16".
        threads: of the CPU; the engine's choice where None.
        cache_bytes: budget of an opened photo for finished answers of recent ρ values.
    """

    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    cache_bytes: int = 256 << 20


DEFAULTS: Final = ComputeOptions()
NAMES: Final = ("compute/device", "compute/precision", "compute/threads", "compute/memory")
"""The settings that ComputeOptions are read from."""


def compute_options(settings: Settings) -> ComputeOptions:
    return ComputeOptions(
        device=settings.text("compute/device"),
        precision=settings.text("compute/precision"),
        threads=settings.whole("compute/threads") or None,
        cache_bytes=settings.whole("compute/memory") << 20,
    )
