"""What an event says of other lanes: that it hands over to one, that it waits for some, that its task refers to another.

Only what the wire says is told, and names that no lane has are told to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .dialects.fields import dict_in, text_in
from .wire import Frame

_HINT: Final = re.compile(r"handoff|hand_off|transfer_(?:back_)?to_|\"goto\"|referenceTaskIds|STEP_(?:STARTED|FINISHED)|barrier|waits_for")
"""Without one of these words an event says nothing of other lanes; nearly every event is passed over by this alone."""
_CALL: Final = re.compile(r"(?:transfer_(?:back_)?to|handoff_to|hand_off_to)_(.+)")
_DEEP: Final = 6
"""How deep in an event the name of a call may stand."""
_MOST: Final = 64
_KEPT: Final = 4096
"""Calls that are known again."""


class Said(NamedTuple):
    """What an event says of a lane. source: the name of the lane that it starts from, "" for the event's own. target: the same for where
    it ends. kind: "handoff", "barrier" or "wait". text: what there is to read about it."""

    source: str
    target: str
    kind: str
    text: str


class Links:
    """Reads what the events of one stream say of lanes."""

    def __init__(self) -> None:
        self._step = ""  # AG-UI: the step that has finished last
        self._calls: set[str] = set()  # a call is told by every fragment of some formats

    def of(self, frame: Frame, data: Any) -> list[Said]:
        """What this event says."""
        if data is None or _HINT.search(frame.data) is None:
            return []
        return list(self._of(frame, data))[:_MOST]

    def _of(self, frame: Frame, data: Any) -> Iterator[Said]:
        kind = text_in(data, "type")
        if kind == "run_item_stream_event":
            item = dict_in(data, "item")
            source, target = _name(item, "source_agent"), _name(item, "target_agent")
            # The SDK spells it "handoff_occured".
            if text_in(data, "name") in ("handoff_occured", "handoff_occurred") and target:
                yield Said(source, target, "handoff", "handoff")
        elif kind in ("handoff", "hand_off") and (targets := _names(data, "to", "target", "target_agent")):
            yield from (Said(_name(data, "source") or _name(data, "source_agent"), to, "handoff", text_in(data, "text")) for to in targets)
        elif kind == "barrier" and (sources := _names(data, "waits_for", "for")):
            yield from (Said(of, "", "barrier", text_in(data, "text")) for of in sources)
        elif kind == "STEP_FINISHED":
            self._step = text_in(data, "stepName")
        elif kind == "STEP_STARTED":
            if self._step:
                yield Said(self._step, text_in(data, "stepName"), "handoff", "step")
            self._step = ""
        elif frame.type.partition("|")[0] == "updates" and isinstance(data, dict):
            for node, update in data.items():
                yield from (Said(node, to, "handoff", "goto") for to in _names(update, "goto"))
        else:
            for holder in (dict_in(data, "result"), dict_in(data, "result", "message"), dict_in(data, "message"),
                           dict_in(data, "result", "status", "message"), dict_in(data, "statusUpdate", "status", "message")):  # fmt: skip
                yield from (Said(task, "", "handoff", "refers to its task") for task in _names(holder, "referenceTaskIds"))
            yield from self._transfers(frame, data)

    def _transfers(self, frame: Frame, data: Any) -> Iterator[Said]:
        """Calls of the tools by which frameworks hand over: ``transfer_to_summary``."""
        for holder, identity in _objects(data, _DEEP, f"at {frame.start}"):
            for member in ("name", "toolCallName", "tool_name"):
                found = _CALL.fullmatch(text_in(holder, member))
                if found and identity not in self._calls:
                    if len(self._calls) == _KEPT:
                        self._calls.clear()
                    self._calls.add(identity)
                    yield Said("", found[1], "handoff", found[0])


def plain(name: str) -> str:
    """A lane's name as tools spell it: ``Summary Bot`` and ``summary_bot`` are one."""
    return re.sub(r"[^0-9a-z\x80-\U0010ffff]+", "_", name.lower()).strip("_")


def _name(data: Any, member: str) -> str:
    value = data.get(member) if isinstance(data, dict) else None
    return value if isinstance(value, str) else text_in(value, "name", "id")


def _names(data: Any, *members: str) -> list[str]:
    """The names in the first of these members that there is: one, or a list of them."""
    value = next((data[name] for name in members if data.get(name)), None) if isinstance(data, dict) else None
    found = value if isinstance(value, list) else [value]
    return [name for one in found if (name := one if isinstance(one, str) else text_in(one, "name", "id", "node"))]


def _objects(value: Any, deep: int, identity: str) -> Iterator[tuple[dict[str, Any], str]]:
    """All objects in a value, each with its id or that of what it stands in."""
    if isinstance(value, dict):
        identity = text_in(value, "call_id", "toolCallId", "item_id", "id") or identity
        yield value, identity
    if deep and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner, deep - 1, identity)
