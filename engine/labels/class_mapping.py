"""A model's classes as those of a project, which may have fewer, merged, renamed or further ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.cascade.result import IGNORE, CascadeResult, StageOutput, UInt8
from engine.rendering.geometry import resize_labels


@dataclass(frozen=True)
class ClassMapping:
    """Where each of the model's classes goes.

    Attributes:
        to_project: for each class of the model the project's class id; 255 where the project has none for it.
        from_project: for each class of the project the model's class id; 255 where the model knows nothing of it. Of
            several that were merged it is the one that the class is named after, else the first.
        names, palette: of the project's classes.
    """

    to_project: tuple[int, ...]
    from_project: tuple[int, ...]
    names: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]

    @property
    def same(self) -> bool:
        """The model's ids are the project's; it may have further ones."""
        return self.to_project == tuple(range(len(self.to_project)))

    @property
    def empty(self) -> bool:
        """The model proposes nothing that the project has a class for."""
        return all(label == IGNORE for label in self.to_project)

    @property
    def lost(self) -> tuple[int, ...]:
        """The model's classes that the project has no place for."""
        return tuple(label for label, target in enumerate(self.to_project) if target == IGNORE)


def class_mapping(
    model_names: Sequence[str],
    names: Sequence[str],
    palette: Sequence[tuple[int, int, int]],
    sources: Sequence[Sequence[str]],
) -> ClassMapping:
    """Find the model's classes in a project, by what they stood for there, else by their name.

    Args:
        sources: for each class of the project the names that models have for it.
    """
    known = {name.casefold(): label for label, name in reversed(list(enumerate(names)))}
    known |= {name.casefold(): label for label, one in enumerate(sources) for name in one}
    to_project = tuple(known.get(name.casefold(), IGNORE) for name in model_names)
    from_project = []
    for label, name in enumerate(names):
        found = [number for number, target in enumerate(to_project) if target == label]
        own = next((number for number in found if model_names[number].casefold() == name.casefold()), None)
        from_project.append(own if own is not None else found[0] if found else IGNORE)
    return ClassMapping(to_project, tuple(from_project), tuple(names), tuple(palette))


def to_project(labels: UInt8, mapping: ClassMapping) -> UInt8:
    """Label maps of the model as the project's, any shape; what it has no class for becomes 255."""
    return _table(mapping.to_project)[labels]


def to_model(labels: UInt8, mapping: ClassMapping) -> UInt8:
    """Label maps of the project as the model's, any shape; what the model knows nothing of becomes 255."""
    return _table(mapping.from_project)[labels]


def mapped_result(result: CascadeResult, mapping: ClassMapping) -> CascadeResult:
    """The model's answer in the project's classes.

    The probabilities of merged classes are added up, and where their sum overtakes the class that was likeliest before,
    the label follows it. Pixels whose class the project does not have are 255, nothing is proposed there; the classes
    that it has keep their probabilities, so that likely ones can be offered.
    """
    if mapping.same:
        return result
    table = _table(mapping.to_project)
    probabilities = np.zeros((len(mapping.names), *result.grid_size), dtype=np.float32)
    for label, target in enumerate(mapping.to_project):
        if target != IGNORE:
            probabilities[target] += result.probabilities[label]
    label_map = table[result.label_map]
    likeliest = table[result.probabilities.argmax(axis=0)]
    merged = probabilities.argmax(axis=0).astype(np.uint8)
    overtaken = (likeliest != IGNORE) & (merged != likeliest)
    if overtaken.any():
        spread = resize_labels(overtaken, result.image_size)
        label_map[spread] = resize_labels(merged, result.image_size)[spread]
    return replace(
        result,
        class_names=mapping.names,
        palette=np.array(mapping.palette, dtype=np.uint8),
        label_map=label_map,
        probabilities=probabilities,
        stages=tuple(StageOutput(table[one.labels], one.confidence, one.computed) for one in result.stages),
    )


def _table(targets: Sequence[int]) -> UInt8:
    table = np.full(256, IGNORE, dtype=np.uint8)
    table[: len(targets)] = targets
    return table
