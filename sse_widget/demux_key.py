"""By what the events of one connection are told apart: a path into their JSON, the event's name, a namespace in it, a function, or what is
known of the formats that several agents share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from .dialects import parse_json
from .dialects.fields import identity_in
from .dialects.jsonpath import compile_path
from .errors import UsageError
from .frames import Event
from .wire import Frame

LANES = 64
"""Lanes that one connection may open; what would be another goes into the lane ``OTHERS``."""
OTHERS = "others"
LONGEST = 80
"""Characters of a lane's tag."""
_RULES = ("auto", "event", "event|namespace")

Rule = Callable[[Event], Any]


class Key:
    """How one connection is split into lanes; ``stream(…, key="$.agent")`` is ``stream(…, key=Key("$.agent"))``.

    rule: a JSONPath (RFC 9535) into each event's data, whose first value, a string or a number, is the key; "event": the event's name;
        "event|namespace": what follows the bar in its name, as LangGraph has it; "auto": what is known of AG-UI's messages, A2A's
        tasks, LangGraph's namespaces and nodes, the agents of OpenAI's Agents SDK, authors, and ids of messages that take turns;
        or a function of each `Event` that returns the key, which may be anything hashable, or None for none.
    name: what a lane is called, a JSONPath or a function of its first event; None: its key.
    done: a function of an event: whether it is the last one of its lane. None: a lane ends with the connection.
    links: a function of an event: the key of the lane that it hands over to, a list of them, or None. None: only what the wire says.
    lanes: how many there may be; the rest share one that is called "others".

    Raises UsageError for a rule that is none.
    """

    def __init__(
        self,
        rule: str | Rule,
        *,
        name: str | Rule | None = None,
        done: Rule | None = None,
        links: Rule | None = None,
        lanes: int = LANES,
    ) -> None:
        if type(lanes) is not int or lanes < 1:
            raise UsageError(f"lanes must be a whole number above 0, not {lanes!r}.")
        for what, given in (("done", done), ("links", links)):
            if given is not None and not callable(given):
                raise UsageError(f"{what} must be a function of an event, not a {type(given).__name__}.")
        self.rule = rule
        self.lanes = lanes
        self.done = done
        self.links = links
        self._name = None if name is None else _getter(name, "name")
        self._get: Callable[[Event, Any], Any] | None = None
        if isinstance(rule, str) and rule in _RULES:
            pass
        elif isinstance(rule, str) and not rule.startswith("$"):
            known = ", ".join(map(repr, _RULES))
            hint = f"Known are {known}, a JSONPath such as '$.{rule.lstrip('.') or 'agent'}', and functions of an event."
            raise UsageError(f"{rule!r} is no key.", hint=hint)
        else:
            self._get = _getter(rule, "key")

    @property
    def text(self) -> str:
        """The rule; "" for a function."""
        return self.rule if isinstance(self.rule, str) else ""

    @property
    def saved(self) -> str:
        """The rule as it can be kept in a file, from which the same lanes come again; "" if functions, or another limit, belong to it."""
        plain = self._name is None and self.done is None and self.links is None and self.lanes == LANES
        return self.text if plain else ""

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return self.text or getattr(self.rule, "__name__", type(self.rule).__name__)

    def finder(self) -> Callable[[int, Frame, Any, Event], list[tuple[int, Hashable | None]]]:
        """A function that is given every event (frame number, frame, data, event) and returns numbers of frames with their keys; what
        "auto" finds, and what it may find later, is in `demux_known`."""
        if self.rule == "event":
            return lambda index, frame, data, event: [(index, None if frame.type in ("", "message") else frame.type)]
        if self.rule == "event|namespace":
            return lambda index, frame, data, event: [(index, frame.type.partition("|")[2] or None)]
        get = self._get
        assert get is not None
        return lambda index, frame, data, event: [(index, get(event, data))]

    def name_of(self, key: Hashable, event: Event, data: Any) -> str:
        """What the lane that begins with this event is called; "" if nothing but its key says it."""
        if self._name is None:
            return ""
        found = self._name(event, data)
        return "" if found is None else str(found)[:LONGEST]


def key_of(value: Any) -> Key | None:
    """What the user gave as ``key``. Raises UsageError."""
    if value is None or isinstance(value, Key):
        return value
    if isinstance(value, str) or callable(value):
        return Key(value)
    raise UsageError(f"key must be a JSONPath, a function of an event or a Key, not a {type(value).__name__}.", hint='key="$.agent"')


def tag_of(key: Hashable) -> str:
    """A key as it is shown: of a namespace ``outer:0f1e|inner:7a2b`` the last name."""
    text = str(key)
    last = text.rpartition("|")[2]
    name, colon, number = last.partition(":")
    plain = name if colon and name and number and " " not in last else text
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def data_of(frame: Frame) -> Any:
    """The JSON of an event; None if it is none."""
    text = frame.data
    found = parse_json(text) if text[:1] in ("{", "[") or text.lstrip()[:1] in ("{", "[") else None
    return found if isinstance(found, (dict, list)) else None


def _getter(rule: Any, what: str) -> Callable[[Event, Any], Any]:
    if callable(rule):
        return lambda event, data: rule(event)
    if not isinstance(rule, str):
        raise UsageError(f"{what} must be a JSONPath or a function of an event, not a {type(rule).__name__}.")
    find = compile_path(rule)

    def get(event: Event, data: Any) -> str | None:
        for value in find(data) if data is not None else ():
            return identity_in({"key": value}, "key") or None
        return None

    return get
