"""Gemini's function calls: whole ones, and Vertex AI's, whose arguments come as pieces addressed by JSONPath.

A streamed call begins with a name and ``willContinue``, goes on in nameless calls with ``partialArgs``, and ends with one that says
no ``willContinue``, mostly ``functionCall: {}``:
https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from typing import Any

from .agent import AgentDialect
from .base import clean, compact_json, parse_json
from .fields import dicts_in, present, text_in

_MEMBER = re.compile(r"""\.([^.\[\]'"]+)|\[(\d{1,4})\]|\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]""")
_DEEPEST, _LONGEST_GAP = 30, 100  # members of a path; items that an index may skip
Path = tuple["str | int", ...]


def parse_path(path: Any) -> Path | None:
    """The members and indexes of a singular JSONPath such as ``$.days[0]['a b']``; None if it is something else."""
    if not isinstance(path, str) or not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _MEMBER.match(path, at)
        if found is None or len(steps) == _DEEPEST:
            return None
        member, index, quoted = found.groups()
        steps.append(member if member else int(index) if index else _unquoted(quoted))
        at = found.end()
    return tuple(steps) if steps and isinstance(steps[0], str) else None  # arguments are an object


def _unquoted(quoted: str) -> str:
    inner = quoted[1:-1]
    text = inner.replace("\\'", "'").replace('"', '\\"') if quoted[0] == "'" else inner
    found = parse_json(f'"{text}"')
    return found if isinstance(found, str) else inner


class _Text:
    """A string that is still being written; its fragments are joined when it is rendered."""

    __slots__ = ("fragments",)

    def __init__(self, fragment: str) -> None:
        self.fragments = [fragment]

    def __str__(self) -> str:
        return "".join(self.fragments)


class PartialArgs:
    """Arguments put together from pieces. `text` is their JSON; while they are written, what of it can no longer change."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._writing: Path = ()  # the string at the very end of the JSON, to which a piece can simply be added
        self._text: _Text | None = None

    def add(self, piece: dict[str, Any]) -> str | None:
        """Take in one of ``partialArgs``. If it goes on with the last string, what that adds to the JSON; else None."""
        path = parse_path(piece.get("jsonPath", piece.get("json_path")))
        if path is None:
            return ""
        fragment = piece.get("stringValue", piece.get("string_value"))
        if isinstance(fragment, str):
            if path == self._writing and self._text is not None:
                self._text.fragments.append(fragment)
                return json.dumps(fragment, ensure_ascii=False)[1:-1]
            self._writing = path
            self._text = self._put(path, _Text(fragment))
            return None
        value: Any = None
        for name in ("numberValue", "number_value", "boolValue", "bool_value"):
            if isinstance(piece.get(name), (int, float)):
                value = clean(piece[name])
        self._writing, self._text = path, None
        self._put(path, value)
        return None

    def text(self, *, final: bool) -> str:
        """The arguments as JSON. Unless final, cut before the brackets and quotes that would close what is last."""
        whole = json.dumps(self._root, ensure_ascii=False, separators=(",", ":"), default=str)
        if final or not self._writing:
            return whole if final else ""
        holder: Any = self._root
        for step in self._writing:  # only the last of everything leaves a beginning that will not change
            last = None if not holder else next(reversed(holder)) if isinstance(holder, dict) else len(holder) - 1
            if step != last:
                self._text = None
                return ""
            holder = holder[step]
        return whole[: -len(self._writing) - (self._text is not None)]

    def _put(self, path: Path, value: Any) -> _Text | None:
        """Set the value at ``path``; a string is added to one that is there. What stands in the way is replaced."""
        holder: Any = self._root
        for step, following in zip(path, (*path[1:], None), strict=True):
            if isinstance(step, int):
                if step > len(holder) + _LONGEST_GAP:
                    return None
                holder.extend([None] * (step + 1 - len(holder)))
                known = holder[step]
            else:
                known = holder.get(step)
            if following is None:
                if isinstance(known, _Text) and isinstance(value, _Text):
                    known.fragments += value.fragments
                    return known
                holder[step] = value
            else:
                wanted: type = list if isinstance(following, int) else dict
                if not isinstance(known, wanted):
                    holder[step] = wanted()
                holder = holder[step]
        return value if isinstance(value, _Text) else None


class _Call:
    """A call that is being streamed. key: of its part. sent: its text so far, in fragments."""

    __slots__ = ("args", "key", "sent")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.args = PartialArgs()
        self.sent: list[str] = []


class GeminiCalls(AgentDialect):
    """The part of `Gemini` that reads ``functionCall``."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._streamed: dict[int, _Call] = {}
        self._calls_seen = 0

    def _function_call(self, choice: int, call: dict[str, Any]) -> None:
        """Read one part's ``functionCall``: a whole call, or a piece of one."""
        pieces = dicts_in(call, "partialArgs") or dicts_in(call, "partial_args")
        goes_on = bool(call.get("willContinue", call.get("will_continue")))
        name, args = text_in(call, "name"), call.get("args")
        open_call = self._streamed.get(choice)
        if name or args is not None or (pieces and open_call is None):
            self._end_call(choice)
            self._calls_seen += 1
            open_call = self._streamed[choice] = _Call((choice, "call", self._calls_seen))
            self._part(open_call.key, "tool_call", choice=choice, **present(id=text_in(call, "id"), name=name))
        if open_call is None:
            return
        if args is not None and not pieces and not goes_on:
            self._append(open_call.key, "tool_call", compact_json(clean(args)), choice=choice)
            del self._streamed[choice]
            self._close(open_call.key)
            return
        for piece in pieces:
            self._piece(choice, open_call, piece)
        if not goes_on:
            self._end_call(choice)

    def _piece(self, choice: int, call: _Call, piece: dict[str, Any]) -> None:
        more = call.args.add(piece)
        if more is None:
            self._rewrite(choice, call, call.args.text(final=False))
        elif more:
            call.sent.append(more)
            self._append(call.key, "tool_call", more, choice=choice)

    def _end_call(self, choice: int) -> None:
        """The call that is being streamed is complete, if there is one."""
        call = self._streamed.pop(choice, None)
        if call is not None:
            text = call.args.text(final=True)
            if call.sent or text != "{}":
                self._rewrite(choice, call, text)
            self._close(call.key)

    def _rewrite(self, choice: int, call: _Call, text: str) -> None:
        """Make ``text`` the call's arguments: by what it adds, or anew if they were written out of order."""
        known = "".join(call.sent)
        if not text or text == known:
            return
        if text.startswith(known):
            call.sent.append(text[len(known) :])
            self._append(call.key, "tool_call", text[len(known) :], choice=choice)
        else:
            call.sent = [text]
            self._replace(call.key, "tool_call", text, choice=choice)
