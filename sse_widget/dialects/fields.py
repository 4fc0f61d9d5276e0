"""Looks into JSON that nobody vouches for: a field of the wrong type reads as if it were absent."""

from __future__ import annotations

from typing import Any

from .base import NOT_JSON, clean, compact_json, parse_json


def text_in(data: Any, *names: str) -> str:
    """The first of these members that is a string with something in it, else ""."""
    if isinstance(data, dict):
        for name in names:
            value = data.get(name)
            if value and isinstance(value, str):
                return value
    return ""


def dict_in(data: Any, *names: str) -> dict[str, Any]:
    """The object at the end of this path of members, else {}."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def dicts_in(data: Any, name: str) -> list[dict[str, Any]]:
    """The objects in the list that is this member, else []."""
    value = data.get(name) if isinstance(data, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def identity_in(data: Any, *names: str) -> str:
    """The first of these members that can serve as an id: a string, or a number as one; else ""."""
    if isinstance(data, dict):
        for name in names:
            value = data.get(name)
            if (value and isinstance(value, str)) or (isinstance(value, int) and not isinstance(value, bool)):
                return str(value)
    return ""


def as_text(value: Any) -> str:
    """A value as a person would read it: a string itself, nothing for null, all else as compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None or value is NOT_JSON else compact_json(clean(value))


def same_json(text: str, value: Any) -> bool:
    """Whether ``text`` is ``value`` written as JSON, whatever the spaces."""
    return bool(parse_json(text) == value)


def base64_size(text: str) -> int:
    """Bytes that base64 ``text`` decodes to."""
    return len(text) * 3 // 4 - text[-2:].count("=")


def present(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
