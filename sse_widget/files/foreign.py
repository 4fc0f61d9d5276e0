"""What files of other tools have in common: several exchanges, of which some were streams, with secrets that nobody has masked."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import RecordingError, Redactor, redact_headers, redact_json, redact_url
from ..framing import sniff

if TYPE_CHECKING:
    from ..recording import Recording

Messages = list[tuple[float, str, dict[str, Any]]]


class Found(NamedTuple):
    """One exchange. started: epoch, s. data: the body. wait: s until it began. messages: events with times, or None if only the
    body was kept."""

    request: dict[str, Any]
    response: dict[str, Any]
    content_type: str
    started: float
    data: bytes
    wait: float
    messages: Messages | None

    @property
    def is_stream(self) -> bool:
        """Whether what came can be read as a stream."""
        return bool(self.messages) or (bool(self.data) and sniff(self.content_type, self.data[:4096]) is not None)

    @property
    def title(self) -> str:
        return f"{self.request['method']} {self.request['url']}"[:100]


def choose(found: list[Found], name: str, entry: int | None) -> Recording:
    """The recording of the exchange asked for, or of the only stream. Raises RecordingError."""
    if entry is not None:
        if not 0 <= entry < len(found):
            raise RecordingError(f"{name} has no entry {entry}: it holds {len(found)}, counted from 0.")
        return build(found[entry])
    streams = [index for index, each in enumerate(found) if each.is_stream]
    if not streams:
        raise RecordingError(f"{name} holds {len(found)} responses, but none of them is a stream.")
    if len(streams) > 1:
        some = "; ".join(f"{index}: {found[index].title}" for index in streams[:8])
        more = "; …" if len(streams) > 8 else ""
        raise RecordingError(f"{name} holds {len(streams)} streams.", hint=f"Choose one with entry=…. {some}{more}")
    return build(found[streams[0]])


def build(found: Found) -> Recording:
    """The finished recording of one exchange."""
    from ..recording import Recording

    recording = Recording()
    recording.started = found.started
    recording.request, recording.response = found.request, found.response
    recording.content_type = found.content_type or None
    begin = min([found.wait, *(time for time, _, _ in found.messages or [])])
    recording._restore(begin, "mark", b"", {"mark": "open", "status": found.response["status"]})
    last = begin
    if found.messages:
        for time, data, info in found.messages:
            last = max(last, time)
            recording._restore(last, "item", data.encode("utf-8", "replace"), info)
    elif found.data:
        recording._restore(begin, "chunk", found.data, None)
    recording._restore(last, "mark", b"", {"mark": "close"})
    recording._restored()
    return recording


def times_from(messages: Messages, started: float) -> Messages:
    """The messages with times since the request. Some tools give them since the epoch, some since the request."""
    if messages and messages[0][0] > 1e8:
        started = min(started, messages[0][0]) if started else messages[0][0]
        return [(max(time - started, 0.0), data, info) for time, data, info in messages]
    return [(max(time, 0.0), data, info) for time, data, info in messages]


def pairs(headers: Any) -> list[tuple[str, str]]:
    """Headers as pairs: from a list of {name, value}, or from {name: value or values}."""
    if isinstance(headers, dict):
        return [(str(k), str(v)) for k, vs in headers.items() for v in (vs if isinstance(vs, (list, tuple)) else [vs])]
    if isinstance(headers, list):
        return [(str(each.get("name", "")), str(each.get("value", ""))) for each in headers if isinstance(each, dict)]
    return []


def request_of(method: str, url: str, headers: list[tuple[str, str]], body: Any) -> dict[str, Any]:
    """A request as it may be shown and kept: these files hold the keys that were sent."""
    redactor = Redactor()
    for name, value in headers:
        redactor.learn(name, value)
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(body) if isinstance(body, str) and body else None
    return {
        "method": method,
        "url": redactor.text(redact_url(url)),
        "headers": redact_headers(headers),
        "body": redactor.text(body) if isinstance(body, str) else redactor.json(redact_json(body)),
    }


def response_of(status: Any, reason: str, headers: list[tuple[str, str]], url: str) -> dict[str, Any]:
    """A response's head as it may be shown."""
    from ..sources.base import request_id

    code = status if isinstance(status, int) and not isinstance(status, bool) else 200
    return {
        "status": code,
        "reason": reason,
        "http_version": "",
        "headers": redact_headers(headers),
        "request_id": request_id(headers),
        "url": redact_url(url),
    }
