"""The numbers that a recipe's keys may have, for people; recipe_checks refuses all others, and a test compares them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Range:
    """From low to high; None = unbounded; `above`, `below`: without the end itself."""

    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False

    def __str__(self) -> str:
        """In signs: "0 … 1", "≥ 1", "> 0", "0 … < 1"."""
        low = "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        if not high:
            return f"{'>' if self.above else '≥'} {low}"
        if not low:
            return f"{'<' if self.below else '≤'} {high}"
        return f"{'> ' if self.above else ''}{low} … {'< ' if self.below else ''}{high}"


_SHARE: Final = Range(0, 1)
_POSITIVE: Final = Range(0, above=True)
_NOT_NEGATIVE: Final = Range(0)
_COUNT: Final = Range(1)

RANGES: Final[dict[str, Range]] = {
    "model.working_side": Range(32),
    **dict.fromkeys(("data.balance", "data.teacher_share"), _SHARE),
    **dict.fromkeys(("data.cache_mb", "data.workers"), _NOT_NEGATIVE),
    **{f"augmentation.{name}": _SHARE for name in ("mirror", "rotation_chance", "blur_chance", "paste")},
    **{
        f"augmentation.{name}": _NOT_NEGATIVE
        for name in ("stretch", "blur", "brightness", "contrast", "saturation", "hue")
    },
    "augmentation.rotation": Range(0, 180),
    "augmentation.scale": _POSITIVE,
    "augmentation.scales": _POSITIVE,
    "optimiser.ema": Range(0, 1, below=True),
    **{f"schedule.{name}": _COUNT for name in ("log_every", "checkpoint_every", "val_every")},
    **{f"schedule.{name}": _NOT_NEGATIVE for name in ("val_images", "final_images", "probes")},
    "schedule.val_rho": _SHARE,
    **{f"phase.{name}": _COUNT for name in ("iterations", "batch", "accumulate", "loss_stride")},
    "phase.crop": Range(32),
    "phase.lr": _POSITIVE,
    **{f"phase.{name}": _NOT_NEGATIVE for name in ("loss_weights", "all_pixels_weight")},
    **{f"phase.{name}": _SHARE for name in ("rho_train", "rho_train_stages", "rho_masked")},
    "phase.drop_rates": Range(0, 1, below=True),
    "phase.drop_factor": Range(0, 1, above=True),
    "phase.scales": Range(0, 1, above=True, below=True),
    "phase.balance": Range(high=1),
    **dict.fromkeys(("group.lr", "group.decay"), _NOT_NEGATIVE),
}
"""By key without the numbers of phases and groups; of a list, each of its values."""


def range_of(key: str) -> Range | None:
    """The range of a dotted key, "phase.0.lr"; None where every value of its kind will do."""
    plain = re.sub(r"\.\d+(?=\.)", "", key)
    return RANGES.get(plain) or RANGES.get(plain[plain.find("group.") :] if "group." in plain else "")
