"""The run's curves for TensorBoard, beside the event file and made from the same events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import SettingError

FOLDER = "tensorboard"


class TensorBoardWriter:
    """Follows an EventLog; `step` and `val` events become scalars, those of one subject under one heading.

    Raises:
        SettingError: the package is not installed.
    """

    def __init__(self, folder: Path, *, step: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise SettingError(
                "schedule.tensorboard = true needs the package tensorboard",
                cure="pip install 'rhoscope[tensorboard]', or switch it off by --set schedule.tensorboard=false",
            ) from error
        # What an interrupted run wrote after its last checkpoint comes again.
        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=step + 1)

    def __call__(self, event: str, values: Mapping[str, Any]) -> None:
        if event in ("step", "val"):
            for name, value in _scalars(event, values).items():
                self._writer.add_scalar(name, value, values["step"])

    def close(self) -> None:
        self._writer.close()


def _scalars(event: str, values: Mapping[str, Any]) -> dict[str, float]:
    """ "loss", "lr".. as they are; {"stage1": x} as "terms/stage1"; lists, one place a stage, as "kept/1"."""
    found: dict[str, float] = {}
    for key, value in values.items():
        if key in ("step", "per_class"):
            continue
        items: list[tuple[str, Any]] = [(key, value)]
        if isinstance(value, Mapping):
            items = [(f"{key}/{name}", item) for name, item in value.items()]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            items = [(f"{key}/{place}", item) for place, item in enumerate(value, start=1)]
        found.update({f"{event}/{name}": float(item) for name, item in items if isinstance(item, int | float)})
    return found
