"""A recording as HAR and as Markdown."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .hidden import Hidden
from .summary import summary
from .table import written

if TYPE_CHECKING:
    from ..output import ToolCall
    from ..recording import Recording


def to_har(recording: Recording, path: Any) -> Path:
    """See `Recording.to_har`."""
    text = json.dumps(har_of(recording), ensure_ascii=False, indent=1)
    return written(path, lambda target: target.write_bytes(text.encode("utf-8", "backslashreplace")))


def har_of(recording: Recording) -> dict[str, Any]:
    """HAR 1.2 with Chromium's ``_eventSourceMessages``, in which each event has its time (epoch, s)."""
    from .. import __version__

    hidden = Hidden(recording)
    request, response = recording.request or {}, recording.response or {}
    metrics = recording.metrics()
    headers, end = metrics.headers or 0.0, metrics.end or metrics.last_token or 0.0
    url = str(request.get("url", ""))
    body = request.get("body")
    sent = {"mimeType": "application/json", "text": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)}
    entry = {
        "startedDateTime": datetime.fromtimestamp(recording.started, timezone.utc).isoformat(timespec="milliseconds"),
        "time": end * 1000,
        "request": {
            "method": request.get("method", "GET"),
            "url": url,
            "httpVersion": response.get("http_version", ""),
            "cookies": [],
            "headers": _pairs(request.get("headers")),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query)],
            "headersSize": -1,
            "bodySize": -1,
            **({"postData": sent} if body is not None else {}),
        },
        "response": {
            "status": response.get("status", 0),
            "statusText": response.get("reason", ""),
            "httpVersion": response.get("http_version", ""),
            "cookies": [],
            "headers": _pairs(response.get("headers")),
            "content": {"size": recording.size, "mimeType": recording.content_type or ""},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": recording.size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": headers * 1000, "receive": max(end - headers, 0.0) * 1000},
        "_resourceType": "eventsource",
        "_eventSourceMessages": [
            {
                "time": recording.started + event.time,
                "eventName": event.type,
                "eventId": event.id,
                "data": hidden.data(event.frame, event.data),
            }
            for event in recording.events
        ],
    }
    return {"log": {"version": "1.2", "creator": {"name": "sse_widget", "version": __version__}, "entries": [hidden.any(entry)]}}


def _pairs(headers: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers or []]


def to_markdown(recording: Recording) -> str:
    """See `Recording.to_markdown`."""
    reading = recording._reading()
    output = reading.output
    pieces = [f"*{' '.join(summary(recording, reading))}*"]
    if output.reasoning:
        pieces.append("\n".join(f"> {line}".rstrip() for line in output.reasoning.splitlines()))
    pieces += [f"**{call.name or 'tool'}**\n\n{_fenced(call)}" for call in output.tool_calls]
    if output.text:
        pieces.append(output.text)
    if output.refusal:
        pieces.append(f"**Refused:** {output.refusal}")
    return str(Hidden(recording).any("\n\n".join(pieces))) + "\n"


def _fenced(call: ToolCall) -> str:
    fence = "```"
    while fence in call.arguments:
        fence += "`"
    return f"{fence}json\n{call.arguments}\n{fence}"
