"""What becomes of every key when a public checkpoint is brought into a network here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Preset:
    """How the network that a public checkpoint comes from was used.

    Attributes:
        source: in words.
        mean, std: normalisation of RGB in 0..1.
    """

    source: str
    mean: Triple
    std: Triple


@dataclass(frozen=True)
class ConversionReport:
    """Every key of both sides, once.

    Attributes:
        loaded: keys of the network that got their values from the file.
        missing: keys of the network that the file has nothing for; they keep their initialisation.
        unexpected: keys of the file that no such file should have; a conversion that meets any is refused.
        ignored: keys of the file that have no place in a segmentation network, e.g. ImageNet's classifier.
        preset: with what the weights must be used.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    ignored: tuple[str, ...]
    preset: Preset

    def as_json(self) -> dict[str, Any]:
        """The shape that `rhoscope convert` reports."""
        return {
            "loaded": len(self.loaded),
            "missing": list(self.missing),
            "unexpected": list(self.unexpected),
            "ignored": list(self.ignored),
            "preset": {"source": self.preset.source, "mean": list(self.preset.mean), "std": list(self.preset.std)},
        }
