"""Compiling the kernels: once, anew when a source changes, and never a fault where it cannot be done."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

SOURCE = 'extern "C" int rhoscope_interface() { return 2; }\n'


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, on a folder of its own with one short source."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import build_kernels

    (tmp_path / "short.cpp").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(build_kernels, "FOLDER", tmp_path)
    monkeypatch.setattr(build_kernels, "LIBRARY", tmp_path / "region_kernels.library")
    monkeypatch.setattr(build_kernels, "STAMP", tmp_path / "region_kernels.built")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return build_kernels


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_compiled_once_and_anew_when_a_source_changes(tool: ModuleType) -> None:
    assert tool.build() == tool.Outcome(built=True, done=True)
    assert tool.LIBRARY.is_file()
    assert tool.build() == tool.Outcome(built=True)
    (tool.FOLDER / "short.cpp").write_text(SOURCE + "int more = 1;\n", encoding="utf-8")
    assert tool.build() == tool.Outcome(built=True, done=True)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_a_source_that_does_not_compile_leaves_no_library_and_says_why(tool: ModuleType) -> None:
    tool.build()
    (tool.FOLDER / "short.cpp").write_text("this is no C++\n", encoding="utf-8")
    outcome = tool.build()
    assert not outcome.built
    assert outcome.done
    assert "short.cpp" in outcome.reason
    assert sorted(path.name for path in tool.FOLDER.iterdir()) == ["region_kernels.built", "short.cpp"]


def test_without_a_compiler_its_package_is_named(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    outcome = tool.build()
    assert (outcome.built, outcome.done) == (False, False)
    assert "apt-get install g++" in outcome.reason


def test_other_processors_have_none(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "aarch64" in tool.build().reason
