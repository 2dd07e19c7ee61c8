"""What TensorBoard is told, and what is said where it is not installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from engine.errors import SettingError
from engine.training.events import EventLog
from engine.training.tensorboard import TensorBoardWriter

MODULE = "torch.utils.tensorboard"


class Recorded:
    """In the place of SummaryWriter, whose package need not be there."""

    latest: ClassVar[Recorded]

    def __init__(self, folder: str, *, purge_step: int) -> None:
        self.folder, self.purge_step = folder, purge_step
        self.scalars: list[tuple[str, float, int]] = []
        self.closed = False
        Recorded.latest = self

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.append((name, value, step))

    def close(self) -> None:
        self.closed = True


def test_steps_and_validations_become_scalars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(MODULE)
    module.SummaryWriter = Recorded  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    writer = TensorBoardWriter(tmp_path, step=20)
    log = EventLog(tmp_path, listeners=(writer,))
    log.write("started", step=20)
    log.write("step", step=40, phase="one", loss=0.5, terms={"stage1": 0.25}, kept=[1.0, 0.5])
    log.write("val", step=40, mIoU=61.0, shares=[0.7, 0.3], per_class=[1.0, 2.0])
    writer.close()
    assert (Recorded.latest.folder, Recorded.latest.purge_step) == (str(tmp_path / "tensorboard"), 21)
    assert Recorded.latest.scalars == [
        ("step/loss", 0.5, 40),
        ("step/terms/stage1", 0.25, 40),
        ("step/kept/1", 1.0, 40),
        ("step/kept/2", 0.5, 40),
        ("val/mIoU", 61.0, 40),
        ("val/shares/1", 0.7, 40),
        ("val/shares/2", 0.3, 40),
    ]
    assert Recorded.latest.closed


def test_without_the_package_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULE, None)
    with pytest.raises(SettingError, match=r"needs the package tensorboard .*rhoscope\[tensorboard\]"):
        TensorBoardWriter(tmp_path, step=0)


def test_the_real_writer_writes(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    writer = TensorBoardWriter(tmp_path, step=0)
    writer("step", {"step": 1, "loss": 0.5})
    writer.close()
    assert list((tmp_path / "tensorboard").iterdir())
