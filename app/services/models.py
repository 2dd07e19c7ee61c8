"""The models that ship with the program, known without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AvailableModel:
    """A registered model whose weights are there.

    Attributes:
        spec: what loads it.
        label: name with variant, as in ModelSummary.
        title: one line for people.
    """

    spec: str
    label: str
    title: str


def available_models() -> tuple[AvailableModel, ...]:
    """In the registry's order. The bundled model is loaded as "default", so that it stays the remembered choice even
    where a later version bundles another one."""
    from engine.models.registry import ARCHITECTURES, DEFAULT, DEFAULT_MODEL, weights_path

    found = []
    for architecture in ARCHITECTURES:
        for variant in architecture.variants or ("",):
            if weights_path(architecture.name, variant).is_file():
                label = f"{architecture.name}:{variant}" if variant else architecture.name
                spec = DEFAULT if label == DEFAULT_MODEL else label
                found.append(AvailableModel(spec, label, architecture.title))
    return tuple(found)
