"""A library that tests hold: answers come when a test gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.services.model_library import (
    CatalogueEntry,
    Comparison,
    ImportOutcome,
    Inspection,
    KeyReport,
    ModelDescription,
)


def entry(label: str, state: str = "absent", *, path: Path | None = None, staged: bool = False) -> CatalogueEntry:
    spec = "default" if label == "lc-mobilenetv2" else label
    there = path or (None if state == "absent" else Path(f"/models/{label.replace(':', '-')}.safetensors"))
    return CatalogueEntry(spec, label, f"Title of {label}", "A, B 2017", staged, state, there)  # type: ignore[arg-type]


def description(label: str, *, stages: int = 1, card: str = "") -> ModelDescription:
    macs = {f"stage{n}": 10**9 * n for n in range(1, stages + 1)}
    return ModelDescription(
        label=label,
        title=f"Title of {label}",
        stages=stages,
        params=49_081_578,
        params_inference=46_716_373,
        params_by_part={"layer1": 46_716_373, "aux": 2_365_205},
        macs_by_stage={**macs, "total": sum(macs.values())},
        class_names=("background", "cat"),
        facts={"licence": "MIT"},
        card=card,
    )


def outcome(label: str, path: Path | None, **changes: Any) -> ImportOutcome:
    report = KeyReport(370, missing=("head.0.weight",), ignored=("fc.weight",), preset={"channel_order": "RGB"})
    return ImportOutcome(**{"label": label, "path": path, "report": report, **changes})


@dataclass
class FakeLibrary:
    """Attributes: listed: the entries; asked: what was asked for, as (kind, subject, callback); closed."""

    listed: tuple[CatalogueEntry, ...] = (
        entry("lc-mobilenetv2", "bundled", staged=True),
        entry("pspnet:resnet50"),
        entry("pspnet:resnet101"),
    )
    asked: list[tuple[str, Any, Callable[[Any], None]]] = field(default_factory=list)
    cancelled: int = 0
    closed: bool = False

    def entries(self) -> tuple[CatalogueEntry, ...]:
        return self.listed

    def describe(self, entry: CatalogueEntry, done: Callable[[ModelDescription | Exception], None]) -> None:
        self.asked.append(("describe", entry, done))

    def inspect(self, source: Path, done: Callable[[Inspection | Exception], None]) -> None:
        self.asked.append(("inspect", source, done))

    def import_weights(
        self, inspection: Inspection, label: str, done: Callable[[ImportOutcome | Exception], None]
    ) -> None:
        self.asked.append(("import", label, done))

    def compare(self, photo: Path, first: str, second: str, done: Callable[[Comparison | Exception], None]) -> None:
        self.asked.append(("compare", (photo, first, second), done))

    def cancel_compare(self) -> None:
        self.cancelled += 1

    def cancel(self) -> None:
        self.cancelled += 1

    def close(self) -> None:
        self.closed = True

    def answer(self, kind: str, value: Any) -> None:
        """Answers the latest question of a kind."""
        found = next(ask for ask in reversed(self.asked) if ask[0] == kind)
        found[2](value)
