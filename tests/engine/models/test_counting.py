"""Parameters and multiply-adds counted from the modules, against the reference's table (reference §2, §10)."""

from __future__ import annotations

import pytest

from engine.errors import SettingError
from engine.models.counting import describe, model_counts

PARTS = ("stem", "A", "Red-A", "B", "Red-B", "C", "head1", "head2", "head3")
# Millions of parameters, GMAC at 512×512, to the digits that the reference prints.
PAPER = {
    "irnet-lc:paper": (
        dict(zip(PARTS, (0.606, 0.690, 2.903, 11.731, 3.543, 10.054, 1.346, 2.379, 0.387), strict=True)),
        dict(zip(PARTS, (7.22, 2.80, 11.88, 47.90, 14.50, 41.06, 5.51, 9.74, 1.59), strict=True)),
        33.64,
        142.2,
    ),
    "irnet-lc:paper-aspp": (
        dict(zip(PARTS, (0.606, 0.690, 2.903, 11.731, 3.543, 10.054, 1.465, 2.497, 1.935), strict=True)),
        dict(zip(PARTS, (7.22, 2.80, 11.88, 47.90, 14.50, 41.06, 6.00, 10.23, 7.93), strict=True)),
        35.42,
        149.5,
    ),
}


@pytest.mark.parametrize("spec", PAPER)
def test_the_paper_variant_has_the_reference_counts(spec: str) -> None:
    params, macs, total_params, total_macs = PAPER[spec]
    counts = model_counts(spec, num_classes=21)
    assert {name: round(value / 1e6, 3) for name, value in counts.params_by_part.items()} == params
    assert {name: round(value / 1e9, 2) for name, value in counts.macs_by_part.items()} == macs
    assert round(counts.params / 1e6, 2) == round(counts.params_inference / 1e6, 2) == total_params
    assert round(counts.macs_by_stage["total"] / 1e9, 1) == total_macs


def test_the_timm_variant_has_the_reference_counts() -> None:
    counts = model_counts("irnet-lc", num_classes=21)
    params, macs = counts.params_by_part, counts.macs_by_part
    stages = (("stem", "A", "Red-A"), ("B", "Red-B"), ("C",))
    assert [round(sum(macs[part] for part in stage) / 1e9, 1) for stage in stages] == [21.2, 108.0, 83.2]
    assert [round(sum(params[part] for part in stage) / 1e6, 1) for stage in stages] == [4.3, 26.4, 20.4]


def test_convolutions_with_a_folded_batch_norm_count_too() -> None:
    counts = model_counts("lc-mobilenetv2", num_classes=21, size=64)
    assert all(counts.macs_by_part.values())


def test_what_only_training_uses_is_not_counted_at_inference() -> None:
    counts = model_counts("pspnet:resnet50", num_classes=21, size=64)
    assert (counts.params, counts.params_inference) == (49_081_578, 46_716_373)
    assert "aux" not in counts.macs_by_part


def test_stages_sum_to_the_total_and_follow_the_size() -> None:
    small, large = (model_counts("lc-mobilenetv2", num_classes=21, size=size) for size in (64, 128))
    for counts in (small, large):
        stages = [counts.macs_by_stage[f"stage{s}"] for s in (1, 2, 3)]
        assert sum(stages) == counts.macs_by_stage["total"] == sum(counts.macs_by_part.values())
        assert counts.params == sum(counts.params_by_part.values())
    assert large.macs_by_stage["stage3"] == 4 * small.macs_by_stage["stage3"]


def test_the_number_of_classes_changes_the_heads_alone() -> None:
    few, many = (model_counts("irnet-lc:paper", num_classes=k).params_by_part for k in (2, 21))
    assert {name for name in few if few[name] != many[name]} == {"head1", "head2", "head3"}
    assert many["head1"] - few["head1"] == 19 * (128 + 1)


def test_the_description_has_the_keys_that_scripts_read() -> None:
    description = describe("irnet-lc:paper-aspp", num_classes=21)
    assert description["name"] == "irnet-lc"
    assert description["variant"] == "paper-aspp"
    assert set(description["macs_512"]) == {"stage1", "stage2", "stage3", "total"}
    assert description["num_classes"] == 21
    assert isinstance(description["weights"], list)


@pytest.mark.parametrize("classes", [0, 1, 256])
def test_an_odd_number_of_classes_is_refused(classes: int) -> None:
    with pytest.raises(SettingError, match="number of classes"):
        model_counts("irnet-lc:paper", num_classes=classes)
