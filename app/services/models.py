"""The models that can be used, known without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AvailableModel:
    """A model whose weights are there.

    Attributes:
        spec: what loads it.
        label: name with variant, as in ModelSummary; the file's name for one of a person's own.
        title: one line for people.
    """

    spec: str
    label: str
    title: str


def available_models() -> tuple[AvailableModel, ...]:
    """Bundled and imported ones in the registry's order, then a person's own; reads a folder's names. The bundled model
    is loaded as "default", so that it stays the remembered choice even where a later version bundles another one."""
    from engine.models.catalogue import catalogue

    return tuple(AvailableModel(entry.spec, entry.label, entry.title) for entry in catalogue() if entry.usable)
