"""Who decided a pixel: one uint8 beside each label."""

from __future__ import annotations

from typing import Final

UNDECIDED: Final = 0
"""Nobody yet; the label is 255."""

LAST_STAGE: Final = 99
"""Stages of a cascade are 1, 2, … up to this."""

CRF: Final = 100
HUMAN: Final = 200


def provenance_name(value: int) -> str:
    """The word for a provenance value, e.g. "stage 2"; unknown values are named by their number."""
    if 1 <= value <= LAST_STAGE:
        return f"stage {value}"
    return {UNDECIDED: "undecided", CRF: "crf", HUMAN: "human"}.get(value, f"unknown ({value})")
