"""Secrets: a canary in every place of a request, echoed in every place of an answer, looked for in everything we give out."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

import sse_widget as sw
from sse_widget.view.find import find, lines
from sse_widget.view.lane import frame_detail

from .canary import CANARY, tell_nothing, traceback_of
from .support import Connection, RawServer, RecordingComm

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

PLACES: dict[str, dict[str, Any]] = {
    "header": {"headers": {"Authorization": f"Bearer {CANARY}"}},
    "api key": {"headers": {"x-api-key": CANARY}},
    "google's key": {"headers": {"x-goog-api-key": CANARY}},
    "azure's key": {"headers": {"api-key": CANARY}},
    "function": {"headers": {"Authorization": lambda: f"Bearer {CANARY}"}},
    "environment": {"headers": {"x-plain": "env:CANARY_KEY"}},
    "named header": {"headers": {"x-tenant": CANARY}, "secrets": ["X-Tenant"]},
    "named member": {"json": {"tenant": {"inner": [{"tenant": CANARY}]}}, "secrets": ["tenant"]},
    "prompt": {"json": {"prompt": f"keep {CANARY} to yourself"}, "secrets": ["env:CANARY_KEY"]},
    "query": {"params": {"key": CANARY}},
    "query from the environment": {"params": {"key": "env:CANARY_KEY"}},
    "json": {"json": {"accessToken": CANARY}},
    "json list": {"json": {"api_keys": [CANARY]}},
    "json pair": {"json": {"headers": [{"name": "Authorization", "value": f"Bearer {CANARY}"}]}},
    "json as content": {"content": json.dumps({"api_key": CANARY})},
    "json from the environment": {"json": {"tools": [{"authorization_token": "env:CANARY_KEY"}]}},
    "form": {"content": f"password={quote(CANARY)}&a=b", "headers": FORM},
    "cookie": {"headers": {"Cookie": f"theme=dark; id={CANARY}"}},
    "auth": {"auth": ("me", CANARY)},
    "auth from the environment": {"auth": ("me", "env:CANARY_KEY")},
    "user info": {},
    "proxy": {},
}


def said(text: str) -> bytes:
    return f"data: {json.dumps(text)}\n\n".encode()


def chat(**delta: Any) -> bytes:
    chunk = {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def tool(arguments: str, **more: Any) -> bytes:
    return chat(tool_calls=[{"index": 0, "function": {"arguments": arguments}, **more}])


def in_pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


STREAM = ("200 OK", "text/event-stream")
ESCAPED = "".join(f"\\u{ord(c):04x}" for c in CANARY)
ECHOES: dict[str, tuple[str, str, list[bytes]]] = {
    "401": ("401 Unauthorized", "application/json", [json.dumps({"error": {"message": f"Incorrect key {CANARY}"}}).encode()]),
    "401, escaped": ("401 Unauthorized", "application/json", [b'{"error": {"message": "Incorrect key %s"}}' % ESCAPED.encode()]),
    "407": ("407 Proxy Authentication Required", "text/plain", [base64.b64encode(b"me:" + CANARY.encode())]),
    "500, cut off": ("500 Oops", "text/plain", [b"x" * (64 * 1024 - 12) + CANARY.encode()]),
    "page": ("200 OK", "text/html", [f"<p>{CANARY}".encode()]),
    "page, in capitals": ("200 OK", "text/html", [f"<p>{CANARY}".upper().encode()]),
    "answer": ("200 OK", "application/json", [json.dumps({"object": "response", "error": {"message": quote(CANARY, safe="")}}).encode()]),
    "comments, tokens and lines": (
        *STREAM,
        [b": " + CANARY.encode() + b"\n\n" + said(f"your key is {CANARY}") + CANARY.encode() + b": x\n\n"],
    ),
    "types, ids and tails": (*STREAM, [f"event: {CANARY}\nid: {CANARY}\ndata: x\n\nretry: {CANARY}\n\ndata: {CANARY}".encode()]),
    "error event": (*STREAM, [b"data: " + json.dumps({"error": {"message": f"bad {CANARY}", "code": CANARY}}).encode() + b"\n\n"]),
    "error in another spelling": (*STREAM, [b"data: " + json.dumps({"error": {"message": CANARY.encode().hex()}}).encode() + b"\n\n"]),
    "chunks of one byte": (*STREAM, [bytes([byte]) for byte in chat(content=f"a {CANARY} b")]),
    **{
        f"tokens of {size}": (*STREAM, [chat(content=piece) for piece in in_pieces(f"key: {CANARY}!", size)] + [b"data: [DONE]\n\n"])
        for size in (1, 2, 3, 5, 8, 13)
    },
    "reasoning": (*STREAM, [chat(reasoning_content=piece) for piece in in_pieces(f"hm {CANARY}, hm", 4)]),
    "arguments": (
        *STREAM,
        [tool("", id=CANARY, function={"name": CANARY, "arguments": ""})]
        + [tool(piece) for piece in in_pieces(json.dumps({"key": CANARY, CANARY: 1}).replace("-", "\\u002d"), 3)],
    ),
    "choices in turn": (
        *STREAM,
        [
            chat(content=piece).replace(b'"index": 0', b'"index": %d' % index)
            for piece in in_pieces(f"{CANARY} {CANARY}", 5)
            for index in (0, 1)
        ],
    ),
    "base64 in tokens": (*STREAM, [chat(content=piece) for piece in in_pieces(base64.b64encode(b"x" + CANARY.encode()).decode(), 4)]),
    "a model's name": (*STREAM, [chat(content="x").replace(b'"model": "m"', b'"model": "%s"' % CANARY.encode())]),
    "probabilities": (
        *STREAM,
        [
            chat(content=piece).replace(
                b'"finish_reason"',
                b'"logprobs": {"content": [%s]}, "finish_reason"'
                % json.dumps({"token": piece, "logprob": -1, "bytes": list(piece.encode()), "top_logprobs": []}).encode(),
            )
            for piece in in_pieces(CANARY, 9)
        ],
    ),
    "unknown JSON": (*STREAM, [b"data: " + json.dumps({CANARY: CANARY, "t": [{"u": CANARY}]}).encode() + b"\n\n"] * 3),
    "cut off": (*STREAM, [chat(content="fine "), chat(content=CANARY)[:-20]]),
    "snapshots": (
        *STREAM,
        [
            b"event: messages/partial\ndata: " + json.dumps([{"id": "1", "type": "ai", "content": CANARY[:end]}]).encode() + b"\n\n"
            for end in range(4, len(CANARY) + 1, 6)
        ],
    ),
    "redirect": ("307 Temporary Redirect", "text/plain", [b""]),
}


def given_out(run: sw.Run, comm: RecordingComm) -> str:
    """Everything that leaves the kernel or stands in a notebook, as one text."""
    out = [repr(run), repr(run.widget), repr(run.recording), repr(run.recording.request), repr(run.recording.response), repr(run.findings)]
    out += [repr([*run.events]), repr(run.output), repr(run.output.parts), repr(run.output.choices), repr(run.tool_calls)]
    out += [repr(entry) for entry in run.recording.read_entries() if entry.kind == "mark"]
    frames = range(len(run.reading.channels))
    details = [frame_detail(run, index) for index in frames]
    out += [repr(details), *(repr(lines(run, {"frames": [index]})) for index in frames), repr(find(run, {"text": "key", "from": 0}))]
    for path in ("$..content", "$..arguments", "$.t[0].u"):
        comm.receive({"type": "preview", "id": 1, "lane": run.id, "extract": path})
    comm.receive({"type": "preview", "id": 2, "lane": run.id, "extract": f"${CANARY}"})
    comm.receive({"type": "find", "id": 3, "lane": run.id, "from": 0, "path": f"${CANARY}"})
    comm.wait_for(lambda messages: [m for m in messages if m["data"].get("content", {}).get("id") == 3])
    # What stands in pieces, put together as a page or a person would.
    out.append("".join(detail["data"] for detail in details))
    out.append("".join(token[0] for detail in details for token in detail["logprobs"]))
    out += ["".join(add["text"] for detail in details for add in detail["adds"] if add["part"] == part) for part in range(1, 9)]
    pieces = [pieces_of(detail["data"]) for detail in details]
    out += ["".join(each) for each in pieces] + ["".join(text for each in pieces for text in each)]
    states = [message["data"].get("state", {}) for message in comm.messages] + [run.widget.get_state()]
    for state in states:
        for feed in (state.get("batch"), state.get("snapshot")):
            for lane in (feed or {}).get("lanes", ()):
                for part in range(1, 9):
                    out.append("".join("".join(op[2]) for op in lane["ops"] if op[1] == part and isinstance(op[2], list)))
    out += [repr(comm.messages), repr(run.widget.get_state())]
    return "\n".join(out)


def pieces_of(data: str) -> list[str]:
    """The texts of a chat's chunk."""
    try:
        delta = json.loads(data)["choices"][0]["delta"]
    except (ValueError, LookupError, TypeError):
        return []
    calls = [call["function"]["arguments"] for call in delta.get("tool_calls", ())]
    return [text for text in (delta.get("content"), delta.get("reasoning_content"), *calls) if text]


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture) -> None:
    """All that httpx and those under it have to say, at their most talkative."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "Comm")  # what the page asked, which these tests ask


PAIRS = [(place, echo) for place in PLACES for echo in ECHOES if place == "header" or echo in ("401", "tokens of 3", "redirect")]


@pytest.mark.parametrize(("place", "echo"), PAIRS, ids=[f"{place}, {echo}" for place, echo in PAIRS])
def test_no_secret_is_given_out(
    raw: RawServer,
    comms: list[RecordingComm],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    echo: str,
) -> None:
    status, content_type, chunks = ECHOES[echo]

    def handler(connection: Connection) -> None:
        headers = {"X_Echo": CANARY, "Set_Cookie": f"sid={CANARY}; Path=/", "X_Request_Id": CANARY, "Retry_After": CANARY}
        connection.start(
            status, content_type, **headers, Location=f"http://other.invalid/{quote(CANARY)}?q={quote(CANARY)}#{quote(CANARY)}"
        )
        for chunk in chunks:
            connection.chunk(chunk)
        connection.end()

    monkeypatch.setenv("CANARY_KEY", CANARY)
    url = raw.serve(handler)
    if place == "user info":
        url = url.replace("//", f"//me:{quote(CANARY, safe='')}@")
    elif place == "proxy":
        monkeypatch.setenv("HTTP_PROXY", url.replace("//", f"//me:{quote(CANARY, safe='')}@"))
        url = "http://somewhere.invalid/"
    run = sw.stream(url, log=True, **PLACES[place])
    widget = run.widget
    shown = ""
    try:
        run.wait(60)
    except sw.SSEWidgetError as error:
        shown = traceback_of(error) + repr(error.to_dict())
    comm = next(comm for comm in comms if comm.comm_id == widget.comm.comm_id)
    everything = given_out(run, comm) + shown + caplog.text
    assert "•••" in everything or "***" in everything
    tell_nothing(everything)
