"""What stands beside a part must stay small and of its type, whatever a server sends."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..deltas import Delta, PartKind
from .base import Dialect, clean

# Characters of a string, items of a list or an object, levels, characters of it all.
_LONGEST, _MOST, _DEEPEST, _ALL = 500, 20, 6, 4000


class BriefFields(Dialect):
    """Parts whose fields are those that the server sent, whatever their names."""

    def _tell(self, part: int, fields: dict[str, Any]) -> None:
        """Merge ``fields`` into those of ``part``. A name may be any string, so they are no keyword arguments."""
        told = clean(brief(fields))
        if told:
            self._out.append(Delta(self._index, part, "set", told))

    def _single(self, key: Hashable, kind: PartKind, fields: dict[str, Any], text: str = "") -> None:
        """A part that comes whole, under a key of its own."""
        self._tell(self._part(key, kind), fields)
        self._append(key, kind, text)
        self._close(key)


def brief(value: Any) -> Any:
    """A copy to show beside a part: long strings and lists are cut, what is null or encrypted is left out.

    Search results and tool outputs have megabytes, and whatever stands in a part's fields travels to every page; the whole is
    in the event. Data URLs keep their head only.
    """
    return _cut(value, 0, [_ALL])


def _cut(value: Any, depth: int, left: list[int]) -> Any:
    if isinstance(value, str):
        longest = min(_LONGEST, max(left[0], 0))
        if value.startswith("data:") and ";base64," in value[:100]:
            longest = value.index(",") + 2
        left[0] -= min(len(value), longest)
        return value if len(value) <= longest else value[: max(longest - 1, 0)] + "…"
    if isinstance(value, dict):
        kept = list(value.items())[:_MOST] if depth < _DEEPEST and left[0] > 0 else []
        return {k: _cut(v, depth + 1, left) for k, v in kept if v is not None and not k.startswith("encrypted")}
    if isinstance(value, list):
        return [_cut(v, depth + 1, left) for v in value[:_MOST] if left[0] > 0] if depth < _DEEPEST else []
    left[0] -= 4
    return value


def number_in(data: Any, name: str, default: int = 0) -> int:
    """The whole number that is this member, else ``default``."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if type(value) is int else default
