"""JSON that no dialect knows, read by a guess: its text is the string that recurs and changes from event to event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .base import DONE, NOT_JSON, Dialect
from .fields import text_in
from .jsonpath import Getter, compile_path
from .watch import Guess, Watch

_WHOLE = 8  # characters of a text that does not come again by chance


class GenericJSON(Dialect):
    """``{"result": {"text": "Hel"}}``, ``{"result": {"text": "lo"}}``: read at ``$.result.text``, since nothing else changes.

    The guess is made after a few events, and what they held is added then; a second one follows if the first was of the reasoning.
    It is never more than a guess, so it is shown with its ``path``, which a person can take over as a rule or set right.
    """

    name: ClassVar[str] = "generic"
    label: ClassVar[str] = "JSON, by a guess"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self.watch = Watch()
        self.guesses: list[Guess] = []
        self._only: Any = None
        self._said: list[str] = []  # fragments of the text since it was last repeated
        self._length = 0
        self._getters: list[tuple[Guess, Getter]] = []
        self.failed = 0
        """Errors that were told."""

    @property
    def paths(self) -> dict[str, str]:
        """The JSONPath of each channel that was found, "text" or "reasoning"."""
        return {found.channel: found.path for found in self.guesses}

    @property
    def path(self) -> str:
        """The JSONPath of the text, or "" as long as there is none."""
        return self.paths.get("text", "")

    def _event(self, frame: Frame, data: Any) -> None:
        if frame.data.strip() == DONE:
            self._done()
            return
        if not self._take(data) and self._error_event(frame, data):
            return
        if data is NOT_JSON:
            return
        self._only = None if self.watch.events else data
        if not self.path:
            self.watch.note(data)
            self._decide()

    def _tail(self, frame: Frame, data: Any) -> None:
        """An end that may be cut teaches nothing, but it is read."""
        if isinstance(data, dict):
            self._take(data)

    def _finish(self) -> None:
        if isinstance(self._only, dict):
            self._refusal(self._only)
        if not self.path:
            self._decide(over=True)

    def _refusal(self, data: dict[str, Any]) -> None:
        """Nothing else came: FastAPI refuses with a lone ``detail``, others with a code and a message beside it."""
        code, message = data.get("code") or data.get("error_code"), text_in(data, "message", "error_msg")
        if data.keys() == {"detail"}:
            self._error(data)
        elif code and message and isinstance(code, (int, str)):
            self._error({"message": message, "code": code})

    def _decide(self, *, over: bool = False) -> None:
        for found in self.watch.guesses(over=over):
            if found.channel not in self.paths:
                self._adopt(found, self.watch.values(found.path))

    def _adopt(self, found: Guess, values: Iterable[str]) -> None:
        """Read by this guess from now on. values: what stood there in the events before, which is added now."""
        self.guesses.append(found)
        self._getters.append((found, compile_path(found.path)))
        where = " and ".join(one.path + (" (reasoning)" if one.channel == "reasoning" else "") for one in self.guesses)
        self._set(RESPONSE, dialect_label=f"a guess: {where}")
        for value in values:
            self._add(found, value)

    def _take(self, data: Any) -> bool:
        """Whether there is a string at one of the places."""
        taken = False
        for found, get in self._getters:
            for value in get(data):
                if isinstance(value, str):
                    taken = True
                    self._add(found, value)
        return taken

    def _add(self, found: Guess, value: str) -> None:
        if value == DONE:
            return
        if found.channel == "text":
            if found.growing:
                self._snapshot_answer(value)
            elif not self._repeats(value):
                self._append_answer(value)
        elif not found.growing:
            self._append("reasoning", "reasoning", value)
        elif value:
            self._snapshot("reasoning", "reasoning", value)

    def _repeats(self, value: str) -> bool:
        """Whether a fragment is all that came before it: many servers close with the whole text, and Google's ADK each turn."""
        if len(value) == self._length >= _WHOLE and len(self._said) > 1 and value == "".join(self._said):
            self._said, self._length = [], 0
            return True
        self._said.append(value)
        self._length += len(value)
        return False

    def _error(self, error: Any, fallback: str = "The server reported an error without a message.") -> None:
        """Before there is a guess the response's error only: a part would take a number that a dialect found later counts from."""
        self.failed += 1
        super()._error(error, fallback)
        if not self.guesses:
            self._out[:] = [delta for delta in self._out if delta.part == RESPONSE]
            self._parts.clear()
            self._count = 0
