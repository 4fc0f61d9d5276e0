"""What streams of agents have in common: tool calls with results, steps, and parts that come whole."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..deltas import RESPONSE, PartKind
from .base import Dialect, clean, compact_json
from .brief import brief
from .fields import as_text, base64_size, present, same_json
from .states import COMPLETED, IN_PROGRESS


class AgentDialect(Dialect):
    """The book of tool calls and steps that agent protocols need.

    A tool's result is a part of kind "tool_result" whose ``tool_call_id`` names the call; its text is the result. A step is a part
    of kind "step" whose text is its name. How far either is stands in the field ``state`` (`states.STATES`).
    """

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        # Arguments as they came: the whole ones at the end are compared with them. None: that call is complete.
        self._arguments_of: dict[str, list[str] | None] = {}
        self._results: set[str] = set()  # calls whose result was seen
        self._response_fields: dict[str, Any] = {}
        self._reason = ""
        self._single_count = 0

    # --- the response ------------------------------------------------------------------------------------------------------

    def _about(self, **fields: Any) -> None:
        """Say of the response what is new: model, response_id, role, usage. What is empty or known says nothing."""
        fresh = {k: v for k, v in present(**fields).items() if self._response_fields.get(k) != v}
        if fresh:
            self._response_fields.update(fresh)
            self._set(RESPONSE, **fresh)

    def _because(self, reason: Any, choice: int = 0) -> None:
        """The finish reason, if it is one and another than before."""
        if isinstance(reason, str) and reason and (choice or reason != self._reason):
            if not choice:
                self._reason = reason
            self._set(RESPONSE, finish_reason={choice: reason})

    def _end_seen(self) -> None:
        """The promised end, which some formats tell twice."""
        if not self.ended:
            self._done()

    # --- tools -------------------------------------------------------------------------------------------------------------

    def _call(self, call_id: str, name: str = "", **fields: Any) -> None:
        """A tool call begins, or says more about itself."""
        if call_id not in self._arguments_of:
            self._arguments_of[call_id] = []
            self._part(("call", call_id), "tool_call")
        part = self._parts.get(("call", call_id))
        about = brief(present(id=call_id, name=name, **fields))
        if part is not None and about:
            self._set(part, **about)

    def _call_more(self, call_id: str, arguments: str) -> None:
        """A fragment of a call's arguments."""
        if call_id not in self._arguments_of:
            self._call(call_id)
        known = self._arguments_of[call_id]
        if known is not None and arguments:
            known.append(arguments)
            self._append(("call", call_id), "tool_call", arguments)

    def _call_whole(self, call_id: str, arguments: Any, *, close: bool = True) -> None:
        """A call's arguments as a whole: JSON, or the text of it. They win over fragments that say something else."""
        if call_id not in self._arguments_of:
            self._call(call_id)
        known = self._arguments_of[call_id]
        if known is None:
            return
        text = "".join(known)
        whole = arguments if isinstance(arguments, str) else compact_json(clean(arguments))
        if arguments is not None and whole != text and (isinstance(arguments, str) or not same_json(text, arguments)):
            if text:
                self._replace(("call", call_id), "tool_call", whole)
            else:
                self._append(("call", call_id), "tool_call", whole)
            self._arguments_of[call_id] = [whole]
        if close:
            self._call_end(call_id)

    def _call_end(self, call_id: str) -> None:
        """Nothing more comes for this call."""
        if call_id in self._arguments_of:
            self._arguments_of[call_id] = None
            self._close(("call", call_id))

    def _result(self, call_id: str, result: Any, *, name: str = "", state: str = COMPLETED, final: bool = True) -> None:
        """What a tool gave back. A result that is not final is replaced by the next."""
        self._call_end(call_id)
        self._results.add(call_id)
        key = ("result", call_id)
        part = self._part(key, "tool_result", **present(tool_call_id=call_id, name=name))
        self._set(part, state=state if final else IN_PROGRESS)
        self._snapshot(key, "tool_result", as_text(result))
        if final:
            self._close(key)

    # --- steps and what comes whole ----------------------------------------------------------------------------------------

    def _step(self, key: Hashable, name: str, /, **fields: Any) -> None:
        """A step begins; once begun it is not begun again until it has ended."""
        at = ("step", key)
        if name and at not in self._parts:
            self._part(at, "step", **brief(present(**fields)), state=IN_PROGRESS)
            self._append(at, "step", name)

    def _step_end(self, key: Hashable, state: str = COMPLETED) -> None:
        """A step has ended, if it had begun."""
        part = self._parts.get(("step", key))
        if part is not None:
            self._set(part, state=state)
            self._close(("step", key))

    def _single(self, kind: PartKind, text: str = "", /, **fields: Any) -> None:
        """A part that comes whole."""
        self._single_count += 1
        key = ("single", self._single_count)
        self._part(key, kind, **brief(present(**fields)))
        self._append(key, kind, text, joined=False)
        self._close(key)

    def _media(self, kind: str, media_type: str, source: str, **fields: Any) -> None:
        """A picture, a sound or another file: what it is and where, never its data. source: a URL, a data URL or base64."""
        if source.startswith("data:"):
            head, _, body = source.partition(",")
            media_type = media_type or head[5:].partition(";")[0]
            self._single("media", type=kind, media_type=media_type, bytes=base64_size(body), **fields)
        elif "://" in source[:16]:
            self._single("media", type=kind, media_type=media_type, url=source, **fields)
        else:
            self._single("media", type=kind, media_type=media_type, bytes=base64_size(source) if source else None, **fields)
