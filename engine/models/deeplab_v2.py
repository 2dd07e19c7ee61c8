"""deeplab-v2: every variant by name (Chen et al., TPAMI 2017, arXiv 1606.00915). A backbone's own file is imported when
it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from engine.cascade.network import StagedNetwork

# The backbone that a variant's name begins with, and the module that builds it.
_BACKBONES: Final = {"vgg": "engine.models.deeplab_v2_vgg", "resnet101": "engine.models.deeplab_v2_resnet"}


def build(variant: str, num_classes: int) -> StagedNetwork:
    """The network of a registered variant, untrained."""
    module = importlib.import_module(_BACKBONES[variant.partition("-")[0]])
    return cast("Callable[[str, int], StagedNetwork]", module.build)(variant, num_classes)
