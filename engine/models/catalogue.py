"""Every model that a person can look at or use, and where its weights are. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.models.registry import ARCHITECTURES, DEFAULT, DEFAULT_MODEL, user_weights_path, weights_path
from engine.models.user_models import user_model_folder

WeightsState = Literal["bundled", "imported", "own", "absent"]
SUFFIX: Final = ".safetensors"


@dataclass(frozen=True)
class CatalogueEntry:
    """One model.

    Attributes:
        spec: what loads it: "default", a registered name, or a path.
        label: "name:variant", or a file's name without its ending for a file of one's own.
        title, source: what it is and where it was published, each one line; empty for a file of one's own.
        staged: whether it is a layer cascade.
        state: its weights ship with the program, were imported for a registered name, are a file of one's own, or are
            not there.
        path: of the weights; None where they are absent.
    """

    spec: str
    label: str
    title: str
    source: str
    staged: bool
    state: WeightsState
    path: Path | None

    @property
    def usable(self) -> bool:
        return self.path is not None


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Registered models in the registry's order, then a person's own files by name."""
    entries = []
    imported = set()
    for architecture in ARCHITECTURES:
        for variant in architecture.variants or ("",):
            label = f"{architecture.name}:{variant}" if variant else architecture.name
            own, bundled = (place(architecture.name, variant) for place in (user_weights_path, weights_path))
            imported.add(own)
            state: WeightsState = "imported" if own.is_file() else "bundled" if bundled.is_file() else "absent"
            path = {"imported": own, "bundled": bundled}.get(state)
            spec = DEFAULT if label == DEFAULT_MODEL and state == "bundled" else label
            entries.append(
                CatalogueEntry(spec, label, architecture.title, architecture.source, architecture.staged, state, path)
            )
    for path in own_files():
        if path not in imported:
            entries.append(CatalogueEntry(str(path), path.stem, "", "", True, "own", path))
    return tuple(entries)


def own_files() -> list[Path]:
    """Checkpoints in the folder of a person's own models, by name; none where it is not there or cannot be read."""
    try:
        return sorted(path for path in user_model_folder().iterdir() if path.suffix.lower() == SUFFIX)
    except OSError:
        return []
