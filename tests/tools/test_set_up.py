"""The scripts that run before anything is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The set-up script, with an environment of its own and pip replaced by a list of what it was asked for."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import setup_environment

    environment = tmp_path / ".venv"
    environment.mkdir()
    monkeypatch.setattr(setup_environment, "ROOT", tmp_path)
    monkeypatch.setattr(setup_environment, "ENVIRONMENT", environment)
    monkeypatch.setattr(setup_environment, "LOG", environment / "setup.log")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return setup_environment


@pytest.fixture
def asked(tools: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []

    def pip(title: str, *arguments: str, optional: bool = False) -> bool:
        calls.append(arguments)
        return True

    monkeypatch.setattr(tools, "step", pip)
    return calls


def test_torch_is_asked_for_first_alone_and_at_its_pin(tools, asked):
    assert tools.install_program(())
    assert asked[0] == ("install", "torch==2.13.0")


def test_second_time_does_nothing(tools, asked):
    tools.install_program(("test",))
    count = len(asked)
    assert not tools.install_program(("test",))
    assert not tools.install_program(())
    assert len(asked) == count


def test_oracles_come_without_the_packages_they_ask_for(tools, asked):
    tools.install_program(("test",))
    assert asked[-1][:2] == ("install", "--no-deps")
    assert any(name.startswith("cityscapesscripts==") for name in asked[-1])


def test_other_dependencies_are_noticed_and_other_settings_are_not(tools, asked):
    tools.install_program(())
    project = tools.ROOT / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text + "\n[tool.nothing]\n", encoding="utf-8")
    assert not tools.install_program(())
    project.write_text(text.replace("psutil==", "psutil>="), encoding="utf-8")
    assert tools.install_program(())


def test_without_a_compiler_it_goes_on_and_says_so_once(tools, asked, monkeypatch, capsys):
    monkeypatch.setattr(tools, "building_lacks", lambda: ("C++ compiler", "g++"))
    assert not tools.install_crf(talk=True)
    said = capsys.readouterr().out
    assert "the CRF runs on the lattice in torch" in said
    assert "apt-get install g++ && make run" in said
    assert not tools.install_crf(talk=False)
    assert capsys.readouterr().out == ""
    assert asked == []


def test_with_a_compiler_come_later_it_is_built(tools, asked, monkeypatch):
    monkeypatch.setattr(tools, "building_lacks", lambda: None)
    assert tools.install_crf(talk=False)
    assert asked == [("install", "pydensecrf2==1.1")]
    assert not tools.install_crf(talk=True)


def test_failed_build_is_not_tried_again_every_time(tools, monkeypatch, capsys):
    tries: list[str] = []

    def pip(title: str, *arguments: str, optional: bool = False) -> bool:
        tries.append(title)
        return False

    monkeypatch.setattr(tools, "step", pip)
    monkeypatch.setattr(tools, "building_lacks", lambda: None)
    tools.install_crf(talk=True)
    assert "The CRF runs on the lattice in torch" in capsys.readouterr().out
    tools.install_crf(talk=False)
    assert len(tries) == 1


def test_no_compiler_is_told_apart_from_no_headers(tools, monkeypatch, tmp_path):
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    assert tools.building_lacks() == ("C++ compiler", "g++")
    monkeypatch.setattr(tools.shutil, "which", lambda name: name if name == "g++" else None)
    monkeypatch.setattr(tools.sysconfig, "get_path", lambda name: str(tmp_path))
    assert tools.building_lacks() == ("header files of Python", "python3-dev")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the loader of Linux")
def test_missing_libraries_are_named_with_their_packages(tools, monkeypatch, tmp_path):
    import system_libraries

    plugin = tmp_path / "PySide6" / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    listed = "\tlibxcb-cursor.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)\n\tlibodd.so.9 => not found\n"
    monkeypatch.setattr(
        system_libraries.subprocess,
        "run",
        lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=listed),
    )
    assert system_libraries.qt_lacks(tmp_path, platform="xcb") == (
        ["libodd.so.9", "libxcb-cursor.so.0"],
        ["libxcb-cursor0"],
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_the_other_way_is_named(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "open_window.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no display" in done.stdout
    assert "make demo" in done.stdout


def test_unknown_purpose_is_refused():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "setup_environment.py"), "everything"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "{run,test,package}" in done.stdout
