"""Secrets: a canary in every place of a request, echoed in every place of an answer, looked for in everything we give out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import sse_widget as sw
from sse_widget.view.lane import frame_detail

from .support import Connection, RawServer, RecordingComm

CANARY = "sk-canary-0123456789"

PLACES: dict[str, dict[str, Any]] = {
    "header": {"headers": {"Authorization": f"Bearer {CANARY}"}},
    "api key": {"headers": {"x-api-key": CANARY}},
    "query": {"params": {"key": CANARY}},
    "json": {"json": {"accessToken": CANARY}},
    "json list": {"json": {"api_keys": [CANARY]}},
    "json as content": {"content": json.dumps({"api_key": CANARY})},
    "form": {"content": f"password={CANARY}&a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    "cookie": {"headers": {"Cookie": f"theme=dark; id={CANARY}"}},
    "auth": {"auth": ("me", CANARY)},
    "user info": {},
}


def said(text: str) -> bytes:
    return f"data: {json.dumps(text)}\n\n".encode()


ECHOES: dict[str, tuple[str, str, bytes]] = {
    "401": ("401 Unauthorized", "application/json", json.dumps({"error": {"message": f"Incorrect key {CANARY}"}}).encode()),
    "page": ("200 OK", "text/html", f"<p>{CANARY}".encode()),
    "tokens": (
        "200 OK",
        "text/event-stream",
        b": " + CANARY.encode() + b"\n\n" + said(f"your key is {CANARY}") + CANARY.encode() + b": x\n\n",
    ),
    "error event": (
        "200 OK",
        "text/event-stream",
        b"data: " + json.dumps({"error": {"message": f"bad {CANARY}", "code": CANARY}}).encode() + b"\n\n",
    ),
    "redirect": ("307 Temporary Redirect", "text/plain", b""),
}


def given_out(run: sw.Run, comm: RecordingComm, error: BaseException | None) -> str:
    """Everything that leaves the kernel or stands in a notebook, as one text."""
    out = [repr(run), repr(run.widget), repr(run.recording), repr(run.recording.request), repr(run.recording.response), repr(run.findings)]
    out += [repr(entry) for entry in run.recording.read_entries() if entry.kind == "mark"]
    out += [repr(frame_detail(run, index)) for index in range(len(run.reading.channels))]
    out += [repr(comm.messages), repr(run.widget.get_state())]
    while error is not None:
        out += [repr(error), str(error), repr(error.to_dict()) if isinstance(error, sw.SSEWidgetError) else ""]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(out)


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_given_out(
    raw: RawServer, comms: list[RecordingComm], caplog: pytest.LogCaptureFixture, place: str, echo: str
) -> None:
    status, content_type, body = ECHOES[echo]

    def handler(connection: Connection) -> None:
        connection.start(status, content_type, X_Echo=CANARY, Location=f"http://other.invalid/{CANARY}?q={CANARY}")
        connection.chunk(body)
        connection.end()

    url = raw.serve(handler)
    if place == "user info":
        url = url.replace("//", f"//me:{quote(CANARY)}@")
    with caplog.at_level(logging.INFO, "sse_widget"):
        run = sw.stream(url, log=True, **PLACES[place])
        widget = run.widget
        error: BaseException | None = None
        try:
            run.wait(60)
        except sw.SSEWidgetError as raised:
            error = raised
    comm = next(comm for comm in comms if comm.comm_id == widget.comm.comm_id)
    everything = given_out(run, comm, error) + caplog.text
    assert "***" in everything
    assert CANARY not in everything


def value_of(data: str) -> str:
    return str(int(data))


MISTAKES: list[tuple[str, Callable[[RawServer], sw.Run]]] = [
    ("a line break", lambda raw: sw.stream(raw.url, headers={"Authorization": f"Bearer {CANARY}\n"})),
    ("a NUL inside", lambda raw: sw.stream(raw.url, headers={"Authorization": f"Bearer \0{CANARY}\0"})),
    ("parse that quotes", lambda raw: sw.stream(raw.stream(said(CANARY)), headers={"x-api-key": CANARY}, parse=value_of)),
    ("auth that is a text", lambda raw: sw.stream(raw.url, auth=CANARY)),
]


@pytest.mark.parametrize("make", [make for _, make in MISTAKES], ids=[name for name, _ in MISTAKES])
def test_no_mistake_gives_it_out(raw: RawServer, make: Callable[[RawServer], sw.Run]) -> None:
    with pytest.raises(sw.SSEWidgetError) as caught:
        make(raw).wait(60)
    shown = caught.getrepr(chain=True)
    assert CANARY not in str(caught.value)
    assert all(CANARY not in line for line in str(shown).splitlines() if line.startswith("E "))
    assert caught.value.__cause__ is None or CANARY not in str(caught.value.__cause__)


def test_the_body_is_a_credential_too(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start("307 Temporary Redirect", Location="http://other.invalid/")
        connection.end()

    with pytest.raises(sw.RedirectError, match="carries credentials"):
        sw.stream(raw.serve(handler), json={"api_key": CANARY}).wait(60)


def test_the_secrets_of_an_open_response_are_known(raw: RawServer) -> None:
    url = raw.stream(ECHOES["401"][2], status="401 Unauthorized", content_type="application/json")
    with (
        httpx.Client(headers={"x-api-key": CANARY}) as client,
        client.stream("GET", url) as response,
        pytest.raises(sw.StatusError, match=r"Incorrect key \*\*\*"),
    ):
        sw.stream(response).wait(60)


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Authorization", "Bearer env:MY_KEY", f"Bearer {CANARY}"),
        ("x-api-key", "env:MY_KEY", CANARY),
        ("x-plain", "env:MY_KEY", CANARY),
        ("x-note", "my env:MY_KEY is secret", "my env:MY_KEY is secret"),
        ("x-note", "notenv:MY_KEY", "notenv:MY_KEY"),
    ],
)
def test_a_header_from_the_environment(raw: RawServer, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sent: str) -> None:
    monkeypatch.setenv("MY_KEY", CANARY)
    headers = {name: value}
    run = sw.stream(raw.stream(said(f"echo {CANARY}")), headers=headers, show=False).wait()
    assert raw.requests[0].headers[name.lower()] == sent
    assert headers == {name: value}
    assert CANARY not in repr(run.recording.request)
    if sent.endswith(CANARY):
        assert CANARY not in repr([frame_detail(run, index) for index in range(len(run.reading.channels))])


@pytest.mark.parametrize(
    ("value", "message"), [(None, "wants the environment variable MY_KEY, which is not set"), ("ké\ny", "no header can carry")]
)
def test_a_header_that_the_environment_cannot_fill(monkeypatch: pytest.MonkeyPatch, value: str | None, message: str) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(sw.UsageError, match=message) as caught:
        sw.stream("http://127.0.0.1:9", headers={"Authorization": "Bearer env:MY_KEY"})
    assert "ké" not in str(caught.value)
