"""Watches JSON of an unknown format for the place where its text stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .jsonpath import child

_EVENTS, _PATHS, _DEPTH, _ITEMS = 256, 200, 8, 3  # bounds of the watching: events, places, levels, items of a list
_SHOWN = 5
_FEW, _MORE = 3, 8  # events that a guess needs; events if it might be of the status messages before the text

# Names that people give to text, to thoughts, and to what accompanies them; each may end a longer name, "output_text" or "outputText".
_TEXT = re.compile(
    r"(.*_)?(text|content|delta|token|answer|output|response|message|completion|chunk|reply|word|value|data|msg|body|result)s?|[ct]"
)
_THOUGHT = re.compile(r".*(reasoning|thinking|thought).*")
_BESIDE = re.compile(
    r"(.*_)?(id|uuid|type|reason|tier|signature|name|hash|version|url|uri|at|tokens|count|model|date|time|timestamp|status|state|code)"
    r"|(created|error).*|obfuscation|object|role|event|phase|stage|step|ts|kind|index|op|lang(uage)?|level|path|node|agent|author|usage|method|p"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A stream that names the kind of its events tells more than text, and these names are as good for a status as for a text.
_KINDS = frozenset({"type", "event", "kind", "status", "stage", "step"})
_VAGUE = frozenset({"message", "msg", "data", "value", "body", "response", "result"})
# Values that are no prose, whatever their name: dates, ids, addresses, base64.
_NO_PROSE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*|[0-9a-fA-F-]{16,}|(https?|wss?|data):\S+|[A-Za-z0-9+/_=-]{120,}")


class Guess(NamedTuple):
    """Where text stands. channel: "text" or "reasoning". growing: each value is the text so far, no fragment."""

    path: str
    channel: str
    growing: bool


class Seen:
    """What was seen at one path. name: of the innermost member, in snake_case. values: its strings that were not empty, in order."""

    __slots__ = ("changes", "count", "last", "name", "path", "prose", "values")

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = _HUMP.sub("_", name).lower()
        self.count = 0
        self.changes = 0
        self.last = ""
        self.prose = True
        self.values: list[str] = []

    def note(self, value: str) -> None:
        self.changes += self.count > 0 and value != self.last
        self.count += 1
        self.last = value
        if self.prose and (_NO_PROSE.fullmatch(value) or (len(value) > 2 and value[0] == "{" and value[-1] == "}")):
            self.prose = False
            self.values.clear()
        if self.prose:
            self.values.append(value)

    @property
    def grows(self) -> bool:
        """Whether each value begins with the one before, and they are not all the same."""
        pairs = zip(self.values, self.values[1:], strict=False)
        return self.changes > 0 and all(after.startswith(before) for before, after in pairs)


class Watch:
    """What was seen so far, and what it lets one say.

    Safe to say is a place whose strings change, look like prose, and have a name of text or no rival at all. Of two such places
    neither is safe, unless one merely repeats the other.
    """

    def __init__(self) -> None:
        self.events = 0
        """Events that were looked at."""
        self.seen: dict[str, Seen] = {}

    def note(self, data: Any) -> None:
        """Look at one event, unless there were very many already."""
        self.events += 1
        if self.events > _EVENTS:
            return
        for path, name, value in _leaves(data):
            if value:
                seen = self.seen.get(path)
                if seen is None:
                    if len(self.seen) >= _PATHS:
                        continue
                    seen = self.seen[path] = Seen(path, name)
                seen.note(value)

    def guesses(self, *, over: bool = False) -> list[Guess]:
        """At most one guess for the text and one for the reasoning. over: no more events come, so two must do."""
        if self.events > _EVENTS:
            return []
        kinds = not over and any(seen.name in _KINDS for seen in self.seen.values())
        thoughts, named, others = [], [], []
        for seen in self.seen.values():
            if not seen.prose or not seen.changes or len(seen.values) < (2 if over else _FEW):
                continue
            if _THOUGHT.fullmatch(seen.name) or _THOUGHT.fullmatch(seen.path.lower()):
                thoughts.append(seen)
            elif _TEXT.fullmatch(seen.name):
                if not (kinds and seen.name in _VAGUE and len(seen.values) < _MORE):
                    named.append(seen)
            elif not _BESIDE.fullmatch(seen.name) and 2 * seen.count > self.events > 2:
                others.append(seen)
        found = []
        for channel, rivals in (("reasoning", thoughts), ("text", named or others)):
            best = _best(rivals)
            if best is not None:
                found.append(Guess(best.path, channel, best.grows))
        return found

    def values(self, path: str) -> Sequence[str]:
        """What stood at a path."""
        return self.seen[path].values

    @property
    def suggestions(self) -> list[str]:
        """Up to five JSONPaths to strings, the likeliest first.

        Likely is what changes from event to event and has a name of text; unlikely what has a name of metadata.
        """

        def rank(seen: Seen) -> tuple[bool, int, int]:
            text = bool(_TEXT.fullmatch(seen.name))
            return text or not _BESIDE.fullmatch(seen.name), text + (seen.changes > 0), seen.count

        return [seen.path for seen in sorted(self.seen.values(), key=rank, reverse=True)[:_SHOWN]]


def _best(rivals: list[Seen]) -> Seen | None:
    """The place that all the others repeat, or None if they say different things."""
    if not rivals:
        return None
    # What is there most often; of equals what comes in fragments, then what stands furthest out.
    first, *others = sorted(rivals, key=lambda seen: (-seen.count, seen.grows, seen.path.count(".")))
    whole = "".join(first.values)
    for other in others:
        copies = other.values == first.values or (other.grows and not first.grows and whole.startswith(other.values[0]))
        if not copies and 2 * other.count > first.count:
            return None
    return first


def _leaves(data: Any) -> Iterator[tuple[str, str, str]]:
    """JSONPath, name and value of each string in an event, outer ones first; as many as are worth looking at."""
    waiting: list[tuple[str, str, Any, int]] = [("$", "", data, 0)]
    for path, name, value, depth in waiting:
        if isinstance(value, str):
            yield path, name, value
        elif depth == _DEPTH or len(waiting) > 10 * _PATHS:
            continue
        elif isinstance(value, dict):
            waiting.extend((child(path, key), key, item, depth + 1) for key, item in value.items() if key.isprintable())
        elif isinstance(value, list):
            waiting.extend((f"{path}[{at}]", name, item, depth + 1) for at, item in enumerate(value[:_ITEMS]))
