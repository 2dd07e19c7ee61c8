"""The command line as a whole: help, dispatch, exit codes, and nothing heavy loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import main as module
from engine.cli.main import COMMANDS, main
from engine.errors import SettingError
from engine.version import VERSION


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n    {name}" in text for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert VERSION in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["paint"], ["predict"], ["models", "info"], ["--colour"]])
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: rhoscope" in capsys.readouterr().err


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_its_own_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"usage: rhoscope {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"), [(SettingError("odd"), 1), (KeyboardInterrupt(), 130), (BrokenPipeError(), 1)]
)
def test_errors_become_exit_codes(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr("engine.cli.models.run", fail)
    assert main(["models"]) == code


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "--help"], ["models"], ["self-check", "--help"]])
def test_torch_and_qt_stay_unloaded(arguments: list[str]) -> None:
    script = (
        "import sys; from engine.cli.main import main; code = main(sys.argv[1:]); "
        "heavy = {'torch', 'cv2', 'PySide6'} & set(sys.modules); sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    root = Path(module.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
