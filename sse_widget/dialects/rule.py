"""Any stream, read by a rule of the user's: where in the JSON the text stands, or a function that says what an event adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..errors import UsageError
from ..wire import Frame
from .base import DONE, NOT_JSON, Dialect, clean, compact_json, parse_json
from .jsonpath import Getter, compile_path

CHANNELS = ("text", "reasoning", "usage", "step")
"""What a rule can name."""

_KEPT = 1000  # failures kept one by one; a parse that raises on each of a million events must not fill the memory


class RuleDialect(Dialect):
    """Reads by ``extract``, by ``parse``, or by ``parse`` and then ``extract``.

    extract: a JSONPath (RFC 9535) whose matches are text, or a dict of such paths by channel (`CHANNELS`).
    parse: called with an event's data. A str it returns is text; a dict goes on to ``extract``, or without one holds text
    by channel, as in ``{"text": …}``; None adds nothing. If it raises, the event is marked and reading goes on.
    join: put between one event's text and the next.

    ``[DONE]`` ends the stream and is not given to ``parse``. No end is promised.

    Raises `UsageError` for a path that is none, an unknown channel, or a rule without any rule.
    """

    name: ClassVar[str] = "rule"
    label: ClassVar[str] = "by rule"

    def __init__(
        self,
        *,
        extract: str | Mapping[str, str] | None = None,
        parse: Callable[[str], Any] | None = None,
        join: str = "",
    ) -> None:
        super().__init__(join=join)
        if extract is None and parse is None:
            raise UsageError("A rule needs extract or parse.", hint="For instance extract='$.result.text'.")
        if parse is not None and not callable(parse):
            raise UsageError(f"parse must be a function of an event's data, not {type(parse).__name__}.")
        if extract is not None and not isinstance(extract, (str, Mapping)):
            raise UsageError(f"extract must be a JSONPath or a dict of them, not {type(extract).__name__}.")
        paths = {"text": extract} if isinstance(extract, str) else dict(extract or {})
        for channel, path in paths.items():
            if channel not in CHANNELS:
                raise UsageError.unknown("channel to extract", str(channel), CHANNELS)
            if not isinstance(path, str):
                raise UsageError(f"The path of {channel!r} must be a str, not {type(path).__name__}.")
        self._extract = extract
        self._paths: dict[str, Getter] = {channel: compile_path(path) for channel, path in paths.items()}
        self._parse = parse
        self._step: Any = None
        self.matched = 0
        """Events that added something."""
        self.events = 0
        """Events that were read."""
        self.failure_count = 0
        self.failures: list[tuple[int, Exception]] = []
        """Frame and exception of events that ``parse`` could not read; the first 1000."""

    def describe(self) -> str:
        """The rule as its user wrote it, for messages."""
        extract = self._extract
        parts = [] if extract is None else [f"extract={(extract if isinstance(extract, str) else dict(extract))!r}"]
        if self._parse is not None:
            parts.append(f"parse={getattr(self._parse, '__name__', type(self._parse).__name__)}")
        return ", ".join(parts)

    def _event(self, frame: Frame, data: Any) -> None:
        if frame.data == DONE:
            self._done()
            return
        self.events += 1
        if self._read_event(frame, data):
            self.matched += 1
        else:
            self._error_event(frame, parse_json(frame.data) if data is NOT_JSON else data)

    def _tail(self, frame: Frame, data: Any) -> None:
        """An unterminated end is read if it can be; that half an event cannot be read is no failure of the rule."""
        failures = len(self.failures), self.failure_count
        self._event(frame, data)
        del self.failures[failures[0] :]
        self.failure_count = failures[1]

    def _read_event(self, frame: Frame, data: Any) -> bool:
        """Whether the event added something."""
        if self._parse is not None:
            try:
                data = self._parse(frame.data)
                if data is not None and not isinstance(data, (str, dict)):
                    raise TypeError(f"parse returned {type(data).__name__}, not a str, a dict or None")
            except Exception as error:  # whatever a user's function may raise
                self.failure_count += 1
                if len(self.failures) < _KEPT:
                    self.failures.append((self._index, error))
                return False
            if data is None:
                return False
            if isinstance(data, str):
                self._append_answer(data)
                return bool(data)
            if not self._paths:
                return self._take([(channel, (data[channel],)) for channel in CHANNELS if channel in data])
        elif data is NOT_JSON:
            data = parse_json(frame.data)  # a lone string or number, which only a rule takes for JSON
            if data is NOT_JSON:
                return False
        return self._take([(channel, get(data)) for channel, get in self._paths.items()])

    def _take(self, found: list[tuple[str, Sequence[Any]]]) -> bool:
        """Add what was found by channel: JSON values, of which null is none. Whether there was anything."""
        matched = False
        for channel, everything in found:
            values = [value for value in everything if value is not None]
            if not values:
                continue
            matched = True
            if channel == "usage":
                last = values[-1]
                self._set(RESPONSE, usage=last if isinstance(last, dict) else {"output_tokens": last})
            elif channel == "step":
                for value in values:
                    self._take_step(value)
            else:
                texts = self._join.join(text for value in values if (text := _text(value)))
                if channel == "text":
                    self._append_answer(texts)
                else:  # whole thoughts need the same space between them as whole sentences
                    self._append(channel, "reasoning", texts, joined=True)
        return matched

    def _take_step(self, value: Any) -> None:
        """A step begins when the value changes: many streams repeat the current one on every event."""
        if value == self._step:
            return
        self._step = value
        self._close("step")
        self._part("step", "step")
        self._append("step", "step", _text(value))


def _text(value: Any) -> str:
    """A JSON value as text: a str itself, a number by str, all else as compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, bool)):
        return compact_json(clean(value))
    return str(value)
