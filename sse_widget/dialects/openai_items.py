"""The output items of OpenAI Responses: which item an event is about, and what messages and reasoning become."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..deltas import RESPONSE
from .brief import number_in
from .fields import dict_in, dicts_in, text_in
from .openai_calls import Calls, Item

# Types of whole parts, and the names of the events that bring their fragments.
_NAMES = {
    "output_text": "output_text",
    "text": "output_text",
    "refusal": "refusal",
    "summary_text": "reasoning_summary_text",
    "reasoning_text": "reasoning_text",
}


class Items(Calls):
    """The part of `OpenAIResponses` that turns items into parts.

    An item is found by its place (``output_index``), because GitHub Copilot gives it a new id in every event.
    """

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._items: list[Item] = []
        self._by_place: dict[int, Item] = {}
        self._by_id: dict[str, Item] = {}
        self._role = ""
        self._count_of_items = 0

    def _close_items(self) -> None:
        for key in list(self._parts):
            self._close(key)
        for item in self._items:
            item.done = True

    def _forget_items(self) -> None:
        self._close_items()
        self._items.clear()
        self._by_place.clear()
        self._by_id.clear()

    # --- finding items ---------------------------------------------------------------------------------------------------

    def _find(self, data: dict[str, Any]) -> Item:
        """The item that an event is about; one that was never announced is begun."""
        place = data.get("output_index")
        identity = text_in(data, "item_id")
        known = self._by_id.get(identity)
        if type(place) is not int:
            return known or self._find_unplaced(identity)
        if known is not None and known.place == place:
            return known
        return self._by_place.get(place) or self._begin(place, "")

    def _find_unplaced(self, identity: str) -> Item:
        """The item of an event without a place, whose id (or "") nobody announced: Databricks' agents tell no more."""
        item = self._items[-1] if self._items else None
        if item is None or (identity and (item.done or item.id)):
            item = self._begin(len(self._items), "")
        if identity:
            item.id = identity
            self._by_id[identity] = item
        return item

    def _begin(self, place: int, kind: str) -> Item:
        self._count_of_items += 1
        item = Item(self._count_of_items, place, kind)
        self._items.append(item)
        self._by_place[place] = item
        return item

    def _item_event(self, data: dict[str, Any], *, done: bool) -> None:
        about = dict_in(data, "item")
        kind = text_in(about, "type")
        if not kind:
            return
        self.thinking = kind == "reasoning" and not done
        identity = text_in(about, "id")
        place = number_in(data, "output_index", -1)
        item = self._by_id.get(identity)
        if item is None or (place >= 0 and item.place != place):
            item = self._by_place.get(place)
        if item is None or _is_another(item, kind, identity, done):
            item = self._begin(place if place >= 0 else len(self._items), kind)
        elif item.done:
            return
        item.kind = kind
        if identity:
            item.id = item.id or identity
            self._by_id[identity] = item
        self._item(item, about, done=done)

    def _repeated_item(self, place: int, about: dict[str, Any]) -> None:
        """An item in the response's final output; new only if its kind was never seen, for indexes and ids may have changed."""
        kind = text_in(about, "type")
        item = self._by_id.get(text_in(about, "id")) or self._by_place.get(place)
        if item is None or item.kind not in (kind, ""):
            if not kind or any(known.kind == kind for known in self._items):
                return
            item = self._begin(place, kind)
        item.kind = kind
        if not item.done or kind == "message":
            self._item(item, about, done=True)

    # --- what an item becomes ----------------------------------------------------------------------------------------------

    def _item(self, item: Item, about: dict[str, Any], *, done: bool) -> None:
        kind = item.kind
        if kind == "message":
            role = text_in(about, "role")
            if role and role != self._role:
                self._role = role
                self._set(RESPONSE, role=role)
            if done:
                self._contents(item, dicts_in(about, "content"))
        elif kind == "reasoning":
            if done:
                for name in ("summary", "content"):
                    self._contents(item, dicts_in(about, name))
        else:
            self._call(item, about, done=done)
        if done:
            item.done = True
            for key in [k for k in self._parts if isinstance(k, tuple) and k[0] == item.number]:
                self._close(key)

    def _contents(self, item: Item, parts: list[dict[str, Any]]) -> None:
        """All the whole parts of an item. Bedrock's indexes of the fragments are not places in this list, so as many are paired."""
        counts = Counter(_NAMES.get(text_in(part, "type"), "") for part in parts)
        seen: dict[str, list[int]] = {}
        for key in self._written:
            if isinstance(key, tuple) and key[0] == item.number:
                seen.setdefault(key[1], []).append(key[2])
        taken: Counter[str] = Counter()
        for sub, part in enumerate(parts):
            name = _NAMES.get(text_in(part, "type"), "")
            indexes = sorted(seen.get(name, ()))
            self._content(item, indexes[taken[name]] if len(indexes) == counts[name] else sub, part)
            taken[name] += 1

    def _content(self, item: Item, sub: int, part: dict[str, Any]) -> None:
        """One whole part of a message or of a reasoning."""
        kind = part.get("type")
        text = text_in(part, "refusal" if kind == "refusal" else "text")
        if kind == "refusal":
            self._final((item.number, "refusal", sub), "refusal", text)
        elif kind == "summary_text":
            self._reasoning(item, "reasoning_summary_text", "reasoning_text", sub, text)
        elif kind == "reasoning_text":
            self._reasoning(item, "reasoning_text", "reasoning_summary_text", sub, text)
        elif kind in ("output_text", "text"):
            self._final((item.number, "output_text", sub), "text", text)
            for annotation in dicts_in(part, "annotations")[item.cited.get(sub, 0) :]:
                self._annotation(item, sub, annotation)

    def _reasoning(self, item: Item, name: str, other: str, sub: int, text: str) -> None:
        # The same thought may be there twice, raw and as its own summary.
        if text != "".join(self._written.get((item.number, other, sub), ())):
            self._final((item.number, name, sub), "reasoning", text)

    def _annotation(self, item: Item, sub: int, annotation: Any) -> None:
        if not isinstance(annotation, dict):
            return
        count = item.cited[sub] = item.cited.get(sub, 0) + 1
        inner = annotation.get(str(annotation.get("type")))
        fields = inner if isinstance(inner, dict) else annotation
        self._single((item.number, "citation", sub, count), "citation", {k: v for k, v in fields.items() if k != "type"})

    def _call_event(self, item: Item, kind: str, data: dict[str, Any], whole: str | None) -> None:
        """Arguments, input or code of a call: a fragment or, if ``whole`` is a text, all of it."""
        if item.done:
            return
        if item.main not in self._parts:  # its announcement was missed
            item.kind = kind
            self._item(item, {}, done=False)
        if whole is not None:
            if "command_index" not in data:  # of several commands this is but one
                self._final(item.main, "tool_call", whole)
            return
        fragment = text_in(data, "delta")
        if not fragment:
            return
        command = number_in(data, "command_index")
        if command != item.command:  # a shell gets several commands, one after another
            item.command = command
            fragment = "\n" + fragment
        if item.whole:
            item.whole = False
            self._instead(item.main, "tool_call", fragment)
        else:
            self._write(item.main, "tool_call", fragment)


def _is_another(item: Item, kind: str, identity: str, done: bool) -> bool:
    """Whether an event about an item of this kind and id, found at the place of ``item``, is about another one.

    Some servers give all items the place 0.
    """
    if item.kind not in (kind, "") or (item.done and identity != item.id):
        return True
    return not done and item.kind != "" and identity != item.id
