"""The registry: what exists, what a wrong name is told, and that looking costs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.errors import SettingError
from engine.models.registry import ARCHITECTURES, find_architecture, model_names


def test_names_and_default_variants() -> None:
    assert {"lc-mobilenetv2", "irnet-lc:timm", "irnet-lc:paper", "irnet-lc:paper-aspp"} <= set(model_names())
    assert find_architecture("irnet-lc")[1] == "timm"
    assert find_architecture("irnet-lc:paper")[1] == "paper"
    assert find_architecture("lc-mobilenetv2")[1] == ""


def test_every_variant_has_a_normalisation() -> None:
    for architecture in ARCHITECTURES:
        assert set(architecture.normalisation) == set(architecture.variants or ("",))


def test_an_unknown_name_is_told_what_exists() -> None:
    with pytest.raises(SettingError, match=r"no model named 'resnet'.*lc-mobilenetv2.*irnet-lc:paper"):
        find_architecture("resnet")


def test_an_unknown_variant_is_told_what_exists() -> None:
    with pytest.raises(SettingError, match=r"no variant 'tim'.*timm, timm-aspp, paper, paper-aspp"):
        find_architecture("irnet-lc:tim")


def test_looking_at_the_registry_imports_no_torch() -> None:
    code = "import sys, engine.models.registry as r; r.model_names(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
