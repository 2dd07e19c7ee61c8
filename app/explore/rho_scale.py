"""Where ρ stands on its slider: a scale in log(1−ρ), so that .985 and .995 lie as far apart as .95 and .985 do.

The plain logarithm has no place for ρ = 1, which every slider must reach, so the distance to 1 is softened by a small
amount; the scale then maps 0..1 onto 0..1, rising strictly, with both ends exact.
"""

from __future__ import annotations

import math
from typing import Final

# The values that the paper reports, with .8 and .9 below them; these are the marks of the slider.
TICKS: Final[tuple[float, ...]] = (0.8, 0.9, 0.95, 0.97, 0.985, 0.995, 1.0)

# Gives the values from .8 to 1 three quarters of the slider and .985 its middle third.
_SOFTENING: Final = 0.001
_LOW: Final = math.log(1.0 + _SOFTENING)
_HIGH: Final = math.log(_SOFTENING)
_DECIMALS: Final = 5


def position_of(rho: float) -> float:
    """Place of ρ on the slider, 0..1 for ρ in 0..1; values outside are taken to the nearer end."""
    rho = min(max(rho, 0.0), 1.0)
    if rho in (0.0, 1.0):
        return rho
    return (_LOW - math.log(1.0 - rho + _SOFTENING)) / (_LOW - _HIGH)


def rho_at(position: float) -> float:
    """ρ in 0..1 at a place on the slider; the inverse of position_of."""
    position = min(max(position, 0.0), 1.0)
    if position in (0.0, 1.0):
        return position
    rho = 1.0 + _SOFTENING - math.exp(_LOW - position * (_LOW - _HIGH))
    return min(max(rho, 0.0), 1.0)


def snapped(position: float, *, reach: float = 0.006) -> float:
    """ρ at `position`, or the tick nearest to it where one lies within `reach` of the slider's length."""
    nearest = min(TICKS, key=lambda tick: abs(position_of(tick) - position))
    if abs(position_of(nearest) - position) <= reach:
        return nearest
    return round(rho_at(position), _DECIMALS)


def nudged(rho: float, steps: int, *, size: float = 0.01) -> float:
    """ρ moved by `steps` of `size` of the slider's length; a tick that lies on the way is never jumped over."""
    start = position_of(rho)
    end = min(max(start + steps * size, 0.0), 1.0)
    passed = [tick for tick in TICKS if min(start, end) < position_of(tick) < max(start, end) and tick != rho]
    if passed:
        return passed[0] if steps > 0 else passed[-1]
    return snapped(end, reach=size / 100)


def format_rho(rho: float) -> str:
    """ρ as people read it: "0.985", "1", never with trailing zeros or an exponent."""
    return f"{rho:.{_DECIMALS}f}".rstrip("0").rstrip(".") or "0"
