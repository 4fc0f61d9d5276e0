"""How a stream goes on where it was lost: strategies, from what is known of it to the request that asks for the rest.

Nothing here is guessed. A strategy is named by whoever starts the stream, since only they know what their server can do; a GET whose
events have ids needs none, because ids are for nothing else (WHATWG HTML, 9.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from .dialects import NOT_JSON, parse_json
from .errors import UsageError

if TYPE_CHECKING:
    from .reading import Reading

_LOOK_BACK = 200
"""Events, from the last, among which the newest number or id in their JSON is looked for; not every event must have one."""
_OF_THE_BODY = ("content-length", "content-type", "transfer-encoding", "content-encoding", "expect")


@dataclass(frozen=True)
class Standing:
    """How far a stream had come.

    events: whole ones. new: of these, such as had not come before. last_event_id: the last one in force, or "". retry: the stream's
    reconnection time, seconds, or None. sequence: the highest number that an event's JSON gives itself (``sequence_number``), or None.
    event_id: the last ``event_id`` in an event's JSON, or "". response_id: the provider's name for the answer, or "". finished: the
    stream said that it is at its end, or that it failed. promises_end: the format has an end that is announced.
    """

    events: int = 0
    new: int = 0
    last_event_id: str = ""
    retry: float | None = None
    sequence: int | None = None
    event_id: str = ""
    response_id: str = ""
    finished: bool = False
    promises_end: bool = False


@dataclass(frozen=True)
class ResumeState(Standing):
    """What a strategy decides by: how far the stream had come, what was asked first, and what was answered to it.

    request: the first one, with its credentials; it is to stay as it is. response: the headers of the first answer that was a stream,
    empty if there was none. attempt: the number of this attempt in a row, from 1.
    """

    request: httpx.Request = field(default_factory=lambda: httpx.Request("GET", "http://localhost"))
    response: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1

    def ask(self, url: httpx.URL | str = "", *, method: str = "GET", **headers: str) -> httpx.Request:
        """A request like the first one, with its headers, but without its body unless the method is the same.

        url: another address; relative ones are of the first. headers: more of them, ``last_event_id="41"`` for Last-Event-ID.
        """
        first = self.request
        merged = first.headers.copy()
        for name in list(merged) if method != first.method else ():
            if name.lower() in _OF_THE_BODY:
                del merged[name]
        target = first.url.join(url) if url else first.url
        if target.host != first.url.host or target.port != first.url.port:
            merged.pop("host", None)  # it names the other one
        for name in headers:
            merged.pop(name.replace("_", "-"), None)
        # In bytes, since an id is UTF-8; and a field's value has no space around it (RFC 9110, 5.5).
        more = [(name.replace("_", "-").encode("ascii"), value.strip(" \t").encode()) for name, value in headers.items()]
        content = first.content if method == first.method else None
        # Of the first one's class: a client of httpx2 takes no request of httpx.
        return type(first)(method, target, headers=[*merged.raw, *more], content=content)


Strategy = Callable[[ResumeState], "httpx.Request | None"]
"""From what is known to the request for the rest; None: there is no going on."""


@dataclass(frozen=True)
class LastEventId:
    """The same address again, with ``Last-Event-ID``: what an `EventSource` does, and MCP's streamable HTTP (up to 2025-11-25).

    method: "GET", also of a stream that a POST began, so that nothing is done twice; "POST" sends the body again, for a server that
    knows by the header that it is to go on.
    """

    method: str = "GET"

    def __post_init__(self) -> None:
        if self.method not in ("GET", "POST"):
            raise UsageError(f"method must be GET or POST, not {self.method!r}.")

    def __call__(self, state: ResumeState) -> httpx.Request | None:
        if not state.last_event_id:
            return None
        return state.ask(method=self.method, last_event_id=state.last_event_id)


@dataclass(frozen=True)
class OpenAIBackground:
    """OpenAI's Responses, and who speaks them (Azure, OCI, Perplexity): ``GET …/responses/{id}?stream=true&starting_after={number}``.

    The request must have had ``"background": true`` and ``"stream": true``: the answer is then generated whether somebody listens or
    not. OpenAI keeps the stream for about five minutes (openai-python#2828).
    """

    def __call__(self, state: ResumeState) -> httpx.Request | None:
        if not state.response_id or state.sequence is None:
            return None
        where = _below(state.request.url, state.response_id, stream="true", starting_after=str(state.sequence))
        return None if where is None else state.ask(where)


@dataclass(frozen=True)
class LangGraph:
    """LangGraph's server, which names the run in the header ``Location`` (or Content-Location) of its first answer: a GET there, with
    ``Last-Event-ID``, or with -1 for all of it if no event had an id. The request wants ``"stream_resumable": true``."""

    def __call__(self, state: ResumeState) -> httpx.Request | None:
        where = state.response.get("location") or state.response.get("content-location")
        if not where:
            return None
        return state.ask(where, last_event_id=state.last_event_id or "-1")


@dataclass(frozen=True)
class GeminiInteractions:
    """Google's Interactions: ``GET …/interactions/{id}?stream=true&last_event_id=…``; the JSON of each event has its ``event_id``."""

    def __call__(self, state: ResumeState) -> httpx.Request | None:
        last = state.event_id or state.last_event_id
        if not state.response_id or not last:
            return None
        where = _below(state.request.url, state.response_id, stream="true", last_event_id=last)
        return None if where is None else state.ask(where)


def name_of(strategy: Any) -> str:
    """What a strategy is called where people read it."""
    name = getattr(strategy, "__name__", None) or type(strategy).__name__
    return name if name.isprintable() else "a function"


def standing_of(reading: Reading) -> Standing:
    """How far a reading has come; it must have read all there is."""
    frames, dialect = reading.frames, reading.dialect
    sequence, event_id = None, ""
    events = frames.events
    first = max(0, len(events) - _LOOK_BACK)
    # Looked for in the bytes of all of them first: to decode so many for nothing takes the writer milliseconds at each stream's end.
    raw = reading.recording.span(frames.starts[events[first].frame], frames.ends[-1]) if events else b""
    for index in range(len(events) - 1, first - 1, -1) if b"sequence_number" in raw or b"event_id" in raw else ():
        text = events[index].data
        if "sequence_number" not in text and "event_id" not in text:
            continue
        data = parse_json(text)
        if data is NOT_JSON or not isinstance(data, dict):
            continue
        number, name = data.get("sequence_number"), data.get("event_id")
        if isinstance(number, int) and not isinstance(number, bool):
            sequence = number if sequence is None else max(sequence, number)
        if not event_id and isinstance(name, str):
            event_id = name
        if sequence is not None and event_id:
            break
    retry = frames.retry
    return Standing(
        events=len(events),
        new=len(events) - reading.repeated,
        last_event_id=frames.last_event_id,
        retry=None if retry is None else retry / 1000,
        sequence=sequence,
        event_id=event_id,
        response_id=reading.output.response_id or "",
        finished=(dialect is not None and dialect.ended) or reading.output.error is not None,
        promises_end=dialect is not None and dialect.promises_end,
    )


def _below(url: httpx.URL, name: str, **params: str) -> httpx.URL | None:
    """The address of the thing ``name`` that a POST to ``url`` has made; None if no address can hold that name.

    The query stays, since it may hold an API version or a key. The name is the server's word: it stays one segment, whatever is in it.
    """
    if not name.strip("."):
        return None
    above = url.raw_path.partition(b"?")[0].decode("ascii").rstrip("/")
    return url.copy_with(path=f"{above}/{quote(name, safe='')}").copy_merge_params(params)
