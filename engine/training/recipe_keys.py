"""Every key of a recipe with its value and its help, from the docstrings of the classes that define it."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from dataclasses import dataclass
from typing import Any, Literal

from engine.training.recipe import Recipe
from engine.training.recipe_ranges import range_of
from engine.training.recipe_toml import toml_value

_ENTRY = re.compile(r"(?:^|(?<=[;.] ))((?:\w+)(?:, \w+)*): ", re.MULTILINE)


@dataclass(frozen=True)
class RecipeKey:
    """One value of a recipe.

    Attributes:
        key: dotted, as --set takes it: "phase.0.lr".
        value: as TOML.
        kind: its type in words, with the choices where there are some, and the numbers it may be.
        help: what it does and what it may be.
    """

    key: str
    value: str
    kind: str
    help: str


def recipe_keys(recipe: Recipe) -> tuple[RecipeKey, ...]:
    """All of them, in the order of the classes."""
    return tuple(_keys(recipe, prefix=""))


def attribute_help(kind: type) -> dict[str, str]:
    """Help for each attribute that a class's docstring describes under "Attributes:"."""
    text = inspect.cleandoc(kind.__doc__ or "")
    _, found, section = text.partition("Attributes:\n")
    if not found:
        return {}
    names = {field.name for field in dataclasses.fields(kind)}
    # An entry may describe a second attribute after a semicolon: "batch: …; accumulate: …".
    joined = re.sub(r"\n {8,}", " ", inspect.cleandoc("Attributes:\n" + section).partition("\n")[2])
    helps: dict[str, str] = {}
    for line in (line.strip() for line in joined.splitlines()):
        entries = [m for m in _ENTRY.finditer(line) if set(m[1].split(", ")) <= names]
        ends = [entry.start() for entry in entries[1:]] + [len(line)]
        for entry, end in zip(entries, ends, strict=False):
            told = line[entry.end() : end].strip(" ;")
            helps |= dict.fromkeys(entry[1].split(", "), told)
    return helps


def _keys(settings: Any, *, prefix: str) -> typing.Iterator[RecipeKey]:
    hints = typing.get_type_hints(type(settings))
    helps = attribute_help(type(settings))
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        key = prefix + field.name
        if dataclasses.is_dataclass(value):
            yield from _keys(value, prefix=key + ".")
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            for number, item in enumerate(value):
                yield from _keys(item, prefix=f"{key}.{number}.")
        elif not _holds_tables(hints[field.name]):
            bounds = range_of(key)
            kind = _kind(hints[field.name]) + (f", {bounds}" if bounds is not None else "")
            yield RecipeKey(key, toml_value(value), kind, helps.get(field.name, ""))


def _holds_tables(hint: Any) -> bool:
    return any(dataclasses.is_dataclass(argument) for argument in typing.get_args(hint))


def _kind(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return " | ".join(str(argument) for argument in arguments)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return f"list of {_kind(arguments[0])}"
        return f"{len(arguments)} × {_kind(arguments[0])}"
    return {float: "number", int: "whole number", bool: "true | false", str: "text"}.get(hint, str(hint))
