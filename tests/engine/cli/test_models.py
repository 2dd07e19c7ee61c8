"""rhoscope models: the registry and what a model costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main


@pytest.mark.parametrize("json_arguments", [["--json"], ["--json", "-"]])
def test_list_as_json(json_arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *json_arguments]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    by_name = {model["name"]: model for model in models}
    assert {"name", "variants", "title", "weights"} <= set(models[0])
    assert {"timm", "paper"} <= set(by_name["irnet-lc"]["variants"])
    assert "lc-mobilenetv2" in by_name


def test_list_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "lc-mobilenetv2" in capsys.readouterr().out


def test_list_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json", str(tmp_path / "m.json")]) == 0
    assert "models" in json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("json_arguments", [["--json"], ["--json", "-"]])
@pytest.mark.parametrize(("name", "parameters"), [("irnet-lc:paper", 33.64), ("irnet-lc:paper-aspp", 35.42)])
def test_info_of_the_papers_network(
    name: str, parameters: float, json_arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "info", name, "--num-classes", "21", *json_arguments]) == 0
    info = json.loads(capsys.readouterr().out)
    assert round(info["params"] / 1e6, 2) == parameters
    assert (info["name"], info["variant"], info["num_classes"]) == ("irnet-lc", name.split(":")[1], 21)
    assert sum(info["params_by_part"].values()) == info["params"]
    macs = info["macs_512"]
    assert macs["total"] == macs["stage1"] + macs["stage2"] + macs["stage3"]
    assert info["params_inference"] <= info["params"]


def test_info_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "info", "lc-mobilenetv2"]) == 0
    text = capsys.readouterr().out
    assert "21 classes" in text
    assert "stage3" in text


@pytest.mark.parametrize(("arguments", "reason"), [(["nosuch"], "nosuch"), (["irnet-lc", "--num-classes", "0"], "0")])
def test_what_cannot_be_described_is_named(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "info", *arguments]) == 1
    captured = capsys.readouterr()
    assert reason in captured.err
    assert captured.out == ""


def test_the_list_says_what_is_a_cascade(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    staged = {model["name"]: model["staged"] for model in json.loads(capsys.readouterr().out)["models"]}
    assert {name for name, value in staged.items() if value} >= {"lc-mobilenetv2", "irnet-lc", "mc"}
    dense = {"deeplab-v1", "deeplab-v2", "segnet", "fcn8s", "irnet", "dsn", "dsn-dropout"}
    assert dense <= {name for name, value in staged.items() if not value}


@pytest.mark.slow
def test_the_documentation_holds_the_table_of_all_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert table in (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
