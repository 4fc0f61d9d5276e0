"""Streams out of a HAR, as browsers export it.

Chromium keeps the messages of an `EventSource` as ``_eventSourceMessages``, each with its time; of a `fetch` only the body is kept,
which is a recording without times. HAR 1.2: http://www.softwareishard.com/blog/har-12-spec/.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .foreign import Found, Messages, choose, pairs, request_of, response_of, times_from

if TYPE_CHECKING:
    from ..recording import Recording

from ..errors import RecordingError


def is_one(start: bytes) -> bool:
    """Whether a file that begins so is a HAR."""
    return start.startswith(b"{") and b'"log"' in start[:200]


def read(data: bytes, name: str, entry: int | None) -> Recording:
    """The recording of one stream in it. Raises RecordingError."""
    try:
        entries = json.loads(data)["log"]["entries"]
        assert isinstance(entries, list)
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
        raise RecordingError(f"{name} is no HAR that can be read: {type(error).__name__}.") from None
    return choose([found for each in entries if isinstance(each, dict) and (found := _found(each))], name, entry)


def _found(entry: dict[str, Any]) -> Found | None:
    request, response = entry.get("request") or {}, entry.get("response") or {}
    if not isinstance(request, dict) or not isinstance(response, dict):
        return None
    content = response.get("content") if isinstance(response.get("content"), dict) else {}
    assert isinstance(content, dict)
    body = content.get("text") if isinstance(content.get("text"), str) else ""
    assert isinstance(body, str)
    try:
        raw = base64.b64decode(body) if content.get("encoding") == "base64" else body.encode("utf-8", "replace")
    except ValueError:
        raw = body.encode("utf-8", "replace")
    started = _epoch(entry.get("startedDateTime"))
    messages = entry.get("_eventSourceMessages")
    url, method = str(request.get("url", "")), str(request.get("method", "GET"))
    post = request.get("postData")
    headers = pairs(response.get("headers"))
    content_type = str(content.get("mimeType") or {k.lower(): v for k, v in headers}.get("content-type") or "")
    return Found(
        request=request_of(method, url, pairs(request.get("headers")), post.get("text") if isinstance(post, dict) else None),
        response=response_of(response.get("status"), str(response.get("statusText", "")), headers, url),
        content_type=content_type,
        started=started,
        data=raw,
        wait=_wait(entry.get("timings")),
        messages=times_from([_message(each) for each in messages if isinstance(each, dict)], started)
        if isinstance(messages, list)
        else None,
    )


def _messages(messages: list[Any], started: float) -> Messages:
    return times_from([_message(each) for each in messages if isinstance(each, dict)], started)


def _message(message: dict[str, Any]) -> tuple[float, str, dict[str, Any]]:
    """Time (epoch, s), data, and what the item was."""
    time = message.get("time")
    usable = isinstance(time, (int, float)) and math.isfinite(time)
    info = {"as": "sse", "event": str(message.get("eventName") or "message"), "id": str(message.get("eventId") or ""), "retry": None}
    return float(time) if usable and time is not None else 0.0, str(message.get("data") or ""), info


def _wait(timings: Any) -> float:
    """Seconds from the request to the first byte."""
    wait = timings.get("wait") if isinstance(timings, dict) else None
    return wait / 1000 if isinstance(wait, (int, float)) and math.isfinite(wait) and wait > 0 else 0.0


def _epoch(text: Any) -> float:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
