"""Parameters of the fully connected CRF, with the values that DeepLab published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from engine.errors import SettingError

Normalization = Literal["after", "symmetric"]


@dataclass(frozen=True, kw_only=True)
class CrfParameters:
    """Two Gaussian kernels and the number of mean-field steps (Krähenbühl & Koltun 2011, DeepLab's names in brackets).

    Attributes:
        bilateral_weight: w1 (bi_w), weight of the kernel over position and colour.
        bilateral_xy: sigma_alpha (bi_xy_std), in pixels of the size that the CRF works at.
        bilateral_rgb: sigma_beta (bi_rgb_std), in 0..255 colour values.
        position_weight: w2 (pos_w), weight of the kernel over position alone.
        position_xy: sigma_gamma (pos_xy_std), in pixels.
        iterations: mean-field steps; 0 leaves the probabilities as they are.
        normalization: "after" divides each filter by its own sum as DeepLab does, "symmetric" by its square root on
            both sides as pydensecrf does unless told otherwise. The results differ visibly.
    """

    bilateral_weight: float
    bilateral_xy: float
    bilateral_rgb: float
    position_weight: float
    position_xy: float
    iterations: int = 10
    normalization: Normalization = "after"

    def __post_init__(self) -> None:
        for name in ("bilateral_weight", "position_weight"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0.0):
                raise SettingError(f"{name} of the CRF must not be negative, got {getattr(self, name)}")
        for name in ("bilateral_xy", "bilateral_rgb", "position_xy"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise SettingError(f"{name} of the CRF must be above 0, got {getattr(self, name)}")
        if self.iterations < 0:
            raise SettingError(f"iterations of the CRF must not be negative, got {self.iterations}")
        if self.normalization not in ("after", "symmetric"):
            raise SettingError(f'normalization of the CRF must be "after" or "symmetric", got {self.normalization!r}')


def _preset(weight: float, xy: float, rgb: float, position: tuple[float, float]) -> CrfParameters:
    return CrfParameters(
        bilateral_weight=weight,
        bilateral_xy=xy,
        bilateral_rgb=rgb,
        position_weight=position[0],
        position_xy=position[1],
    )


# Tuned on PASCAL VOC 2012, 10 steps: the released prototxts of DeepLab v1 and v2, and kazuto1011's ResNet-101 values.
PRESETS: Final = MappingProxyType(
    {
        "deeplab_v1": _preset(5, 50, 10, (3, 3)),
        "deeplab_v1_largefov": _preset(4, 121, 5, (3, 3)),
        "deeplab_v2_vgg": _preset(4, 65, 3, (2, 2)),
        "deeplab_v2_resnet": _preset(4, 67, 3, (3, 1)),
    }
)
DEFAULT_PRESET: Final = "deeplab_v1"
