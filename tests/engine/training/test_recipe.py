"""Recipes: what is written wrongly is named before anything starts."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from engine.errors import SettingError
from engine.models.registry import find_architecture
from engine.resources import resource_path
from engine.training.optimiser import copy_module
from engine.training.recipe import Recipe, expand, load_recipe, recipe_differences

TEXT = """
name = "r"
[model]
name = "lc-mobilenetv2"
[[phase]]
name = "one"
iterations = 10
batch = 2
crop = 64
lr = 1
loss_weights = [1.0, 0, 0]
[[phase]]
name = "two"
iterations = 5
batch = 2
crop = 64
lr = 0.1
loss_weights = [0.3, 0.3, 1.0]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "r.toml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_values_are_read_with_their_types_and_defaults(path: Path) -> None:
    recipe = load_recipe(path)
    assert [phase.name for phase in recipe.phase] == ["one", "two"]
    assert recipe.phase[0].lr == 1.0
    assert isinstance(recipe.phase[0].lr, float)
    assert recipe.phase[0].loss_weights == (1.0, 0.0, 0.0)
    assert recipe.phase[1].rho_train == 0.98
    assert recipe.iterations == 15
    assert [phase.depth for phase in recipe.phase] == [1, 3]


def test_overrides_reach_every_place(path: Path) -> None:
    overrides = [
        "phase.1.lr=0.5",
        "seed=7",
        "data.root=/some where/else",
        "phase.0.forward=masked",
        "model.new_layers=['a', 'b.*']",
    ]
    recipe = load_recipe(path, overrides=overrides)
    assert (recipe.phase[1].lr, recipe.seed, recipe.data.root) == (0.5, 7, "/some where/else")
    assert recipe.phase[0].forward == "masked"
    assert recipe.model.new_layers == ("a", "b.*")


def test_the_copy_in_a_run_folder_reads_back_the_same(path: Path, tmp_path: Path) -> None:
    recipe = load_recipe(path, overrides=["phase.1.lr=0.5"])
    copy = tmp_path / "recipe.json"
    copy.write_text(json.dumps(asdict(recipe)), encoding="utf-8")
    assert load_recipe(copy) == recipe


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("phase.0.lrr=1", r"phase.0: unknown key lrr \(did you mean lr\?\)"),
        ("sead=1", r"unknown key sead \(did you mean seed\?\)"),
        ("optimiser.weigth_decay=1", r"optimiser: unknown key weigth_decay \(did you mean weight_decay\?\)"),
        ("xyzzy=1", r"unknown key xyzzy \(known are name, model, "),
        ("phase.0.iterations=1.5", "phase.0.iterations must be of type int"),
        ("phase.0.iterations=true", "phase.0.iterations must be of type int"),
        ("phase.0.iterations=0", "at least 1"),
        ("phase.0.lr=-1", "lr must be positive"),
        ("phase.0.lr=nan", "must be finite"),
        ("phase.0.crop=100", "multiple of 32"),
        ("phase.0.forward=sparse", "must be one of 'dense', 'masked'"),
        ("phase.0.rho_train=1.2", "between 0 and 1"),
        ("phase.0.rho_masked=[]", "between 0 and 1"),
        ("phase.0.loss_weights=[0.0, 0.0, 0.0]", "one of them positive"),
        ("phase.0.loss_weights=1", "must be a list"),
        ("augmentation.scale=[1.0]", "must have 2 values"),
        ("augmentation.scale=[2.0, 1.0]", "smaller first"),
        ("augmentation.rotation=200", "0 to 180"),
        ("augmentation.crop=32", "unknown key crop"),
        ("data.workers=-1", "at least 0"),
        ("data.layout=coco", "'auto', 'voc', 'cityscapes', 'camvid', 'folder'"),
        ("optimiser.ema=1.0", "below 1"),
        ("schedule.val_every=0", "at least 1"),
        ("schedule.val_rho=2.0", "between 0 and 1"),
        ("phase.1.policy=step", "needs drops"),
        ("phase.1.drops=[2]", "belong to policy = 'step'"),
        ("phase.1.drop_factor=0.0", "above 0"),
        ("phase.1.drop_rule=random", "one value for each stage but the last: 2"),
        ("phase.1.drop_rates=[0.5, 0.5]", "belong to drop_rule = 'random'"),
        ("phase.1.rho_train_stages=[0.9]", "one value for each stage but the last: 2"),
        ("phase.1.rho_train_stages=[0.9, 1.9]", "between 0 and 1"),
        ("phase.1.group=[{match = []}]", r"phase.1.group.0: match names patterns"),
        ("optimiser.group=[{match = ['a'], lr = -1}]", r"optimiser.group.0: .* at least 0"),
        ("precision=fp8", "must be one of 'fp32', 'bf16', 'fp16'"),
        ("model=3", "model must be a table"),
        ("phase=[]", r"no \[\[phase\]\]"),
        ("phase.9.lr=1", "no such place"),
        ("lr", "needs key=value"),
    ],
)
def test_wrong_values_are_refused_by_name(path: Path, override: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        load_recipe(path, overrides=[override])


def test_drops_rise_within_the_phase(path: Path) -> None:
    good = ["phase.1.policy=step", "phase.1.drops=[2, 4]"]
    assert load_recipe(path, overrides=good).phase[1].drops == (2, 4)
    for drops in ("[4, 2]", "[2, 2]", "[0, 2]", "[2, 5]"):
        with pytest.raises(SettingError, match="rise and lie between"):
            load_recipe(path, overrides=[good[0], f"phase.1.drops={drops}"])


def test_differences_are_named_by_key_with_both_values(path: Path) -> None:
    one = load_recipe(path, overrides=["optimiser.group=[{match = ['a'], lr = 2}]"])
    other = load_recipe(path, overrides=["phase.1.lr=0.5", "augmentation.scale=[1, 2]"])
    assert recipe_differences(one, one) == ()
    assert recipe_differences(one, other) == (
        "phase.1.lr: 0.1, 0.5",
        "augmentation.scale: (0.5, 2.0), (1.0, 2.0)",
        "optimiser.group.0.match: ('a',), 'nothing'",
        "optimiser.group.0.lr: 2.0, 'nothing'",
        "optimiser.group.0.decay: 1.0, 'nothing'",
        "optimiser.group: 'nothing', ()",
    )


def test_unreadable_recipes_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"absent\.toml"):
        load_recipe(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingError, match=r"broken\.toml.*not valid"):
        load_recipe(broken)
    broken.write_text('name = "x"\n[model]\nname = "y"', encoding="utf-8")
    with pytest.raises(SettingError, match="missing key phase"):
        load_recipe(broken)


def test_paths_may_hold_environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FOLDER", "/data")
    monkeypatch.delenv("OTHER_FOLDER", raising=False)
    assert expand("$SOME_FOLDER/voc") == Path("/data/voc")
    with pytest.raises(SettingError, match="OTHER_FOLDER"):
        expand("${OTHER_FOLDER}/voc")


RECIPES = sorted(resource_path("recipes").glob("*.toml"))


def test_recipes_ship() -> None:
    assert {"lc-mobilenetv2-voc-cpu", "table2-lc", "irnet-lc-voc"} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_that_ships_fits_its_network(path: Path) -> None:
    """Valid, and every pattern and module name in it stands for something that its network has."""
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    architecture, variant = find_architecture(recipe.model.name)
    with torch.device("meta"):  # shapes and names, no weights
        network = architecture.build(variant, num_classes=21)
    parameters = [name for name, _ in network.named_parameters()]
    modules = [name for name, _ in network.named_modules()]
    groups = [*recipe.optimiser.group, *(group for phase in recipe.phase for group in phase.group)]
    patterns = [
        *recipe.model.new_layers,
        *(pattern for phase in recipe.phase for pattern in phase.freeze),
        *(pattern for group in groups for pattern in group.match),
    ]
    assert [p for p in patterns if not any(fnmatch.fnmatchcase(name, p) for name in parameters)] == []
    state = network.state_dict()
    for phase in recipe.phase:
        assert len(phase.loss_weights) == network.stage_count
        for source, target in phase.copy:
            copy_module(state, source=source, target=target)
    assert all(any(fnmatch.fnmatchcase(name, p) for name in modules) for p in recipe.optimiser.train_affine)


def test_the_baselines_of_table_2_have_equal_budgets_and_differ_in_what_is_learnt() -> None:
    by_name = {path.stem: load_recipe(path) for path in RECIPES if path.stem.startswith("table2-")}
    initial = by_name.pop("table2-initial")
    assert len(by_name) == 5

    def budget(recipe: Recipe) -> tuple[object, ...]:
        starts_from_initial = recipe.model.start.endswith("table2-initial/checkpoints/final.safetensors")
        phases = [*(initial.phase if starts_from_initial else ()), *recipe.phase]
        images = sum(phase.iterations * phase.batch * phase.accumulate for phase in phases)
        steps = sum(phase.iterations for phase in phases)
        crops = {(phase.crop, phase.loss_stride) for phase in phases}
        size = recipe.model.working_side
        return starts_from_initial, steps, images, crops, size, recipe.data, recipe.augmentation, recipe.optimiser

    budgets = {name: budget(recipe) for name, recipe in by_name.items()}
    assert [name for name, (starts, *_) in budgets.items() if not starts] == ["table2-irnet"]
    assert len({repr(rest) for _, *rest in budgets.values()}) == 1
    losses = {tuple((p.loss_weights, p.drop_rule, p.rho_train, p.forward) for p in r.phase) for r in by_name.values()}
    assert len(losses) == 5
