"""A recipe as TOML, the way a person would write it: what has its default is left out."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from engine.training.recipe import Recipe


def recipe_toml(recipe: Recipe) -> str:
    """Text that load_recipe reads back as an equal recipe."""
    return "\n".join(_table(recipe, name="")).strip() + "\n"


def toml_value(value: Any) -> str:
    """One value: text, number, truth value, or a list of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's; JSON leaves one control character bare that TOML does not take.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return str(value)


def _table(settings: Any, *, name: str) -> list[str]:
    lines: list[str] = []
    deeper: list[str] = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        path = f"{name}.{field.name}" if name else field.name
        if dataclasses.is_dataclass(value):
            if body := _table(value, name=path):
                deeper += ["", *([f"[{path}]"] if _has_own_values(value) else []), *body]
        elif _is_list_of_tables(value):
            for item in value:
                deeper += ["", f"[[{path}]]", *_table(item, name=path)]
        elif not _is_default(field, value):
            lines.append(f"{field.name} = {toml_value(value)}")
    return lines + deeper


def _has_own_values(settings: Any) -> bool:
    values = [(field, getattr(settings, field.name)) for field in dataclasses.fields(settings)]
    return any(not _is_default(field, value) and not _is_list_of_tables(value) for field, value in values)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and dataclasses.is_dataclass(value[0])


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    if field.default is not dataclasses.MISSING:
        return bool(value == field.default)
    return field.default_factory is not dataclasses.MISSING and bool(value == field.default_factory())
