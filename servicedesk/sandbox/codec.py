"""Dataclasses to JSON values and back."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


def encode(value: Any) -> Any:
    """A dataclass, or a container of them, as JSON values; instants as ISO 8601."""
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: encode(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [encode(held) for held in value]
    return value


def decode(kind: Any, value: Any) -> Any:
    """The value of a type that `encode` wrote; unknown fields are left out. Raises TypeError, ValueError, KeyError."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else decode(next(one for one in inner if one is not types.NoneType), value)
    if origin is list:
        return [decode(inner[0], held) for held in value]
    if origin is tuple:
        return tuple(decode(inner[0], held) for held in value)
    if origin is dict:
        return {key: decode(inner[1], held) for key, held in value.items()}
    if kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: decode(hints[name], held) for name, held in value.items() if name in hints})
    if kind is not Any and not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(f"{value!r} is no {kind}")
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
