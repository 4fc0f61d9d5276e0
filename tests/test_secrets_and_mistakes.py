"""Secrets, and what goes wrong: errors, tracebacks and logs hold none, whatever was mistaken for what."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

import sse_widget as sw
from sse_widget.redaction import Redactor, is_secret_name, mask_all, redact_json, redact_url
from sse_widget.tracebacks import bare
from sse_widget.view.lane import frame_detail

from .canary import CANARY, tell_nothing, traceback_of
from .support import Connection, RawServer, closed_port

BEARER = {"Authorization": f"Bearer {CANARY}"}


def said(text: str) -> bytes:
    return f"data: {json.dumps(text)}\n\n".encode()


def value_of(data: str) -> str:
    return str(int(data))


def failing(error: Exception) -> Iterator[str]:
    yield "a"
    raise error


def break_off(connection: Connection) -> None:
    """Begin a stream, and then speak no HTTP any more."""
    connection.start()
    connection.socket.sendall(f"{CANARY}\r\n".encode())


def port(says: bytes = b"") -> str:
    """The address of a port that takes connections, says this, and nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        taken = []
        while True:
            taken.append(listener.accept()[0])
            taken[-1].sendall(says)

    threading.Thread(target=accept, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


USER = f"me:{quote(CANARY, safe='')}@"
MISTAKES: dict[str, Callable[[RawServer], sw.Run]] = {
    "a line break": lambda raw: sw.stream(raw.url, headers={"Authorization": f"Bearer {CANARY}\n"}),
    "a NUL inside": lambda raw: sw.stream(raw.url, headers={"Authorization": f"Bearer \0{CANARY}\0"}),
    "a letter that no header carries": lambda raw: sw.stream(raw.url, headers={"x-api-key": f"é…{CANARY}"}),
    "parse that quotes": lambda raw: sw.stream(raw.stream(said(CANARY)), headers={"x-api-key": CANARY}, parse=value_of),
    "auth that is a text": lambda raw: sw.stream(raw.url, auth=CANARY),
    "headers that are a text": lambda raw: sw.stream(raw.url, headers=CANARY),
    "headers that hold a number": lambda raw: sw.stream(raw.url, headers={**BEARER, "x-n": 3}),
    "params that hold an object": lambda raw: sw.stream(raw.url, headers=BEARER, params={"key": object(), "token": CANARY}),
    "json that is none": lambda raw: sw.stream(raw.url, json={"api_key": CANARY, "x": object()}),
    "content that is none": lambda raw: sw.stream(raw.url, headers=BEARER, content=3),
    "a timeout that is a key": lambda raw: sw.stream(raw.url, headers=BEARER, timeout=CANARY),
    "a method that is a key": lambda raw: sw.stream(raw.url, headers=BEARER, method=CANARY),
    "a client that is a key": lambda raw: sw.stream(raw.url, client=CANARY),
    "a key for a URL": lambda raw: sw.stream(CANARY),
    "a URL without its scheme": lambda raw: sw.stream(f"api.example.com/v1?key={CANARY}"),
    "a URL of another scheme": lambda raw: sw.stream(f"wss://{USER}example.com/v1"),
    "a password with a slash": lambda raw: sw.stream(f"http://me:{CANARY}@127.0.0.1/"),
    "a URL with a line break": lambda raw: sw.stream(f"http://127.0.0.1/\n?key={CANARY}"),
    "a URL without a host": lambda raw: sw.stream(f"http://?key={CANARY}").wait(60),
    "a key for a provider": lambda raw: sw.stream("hi", provider=CANARY),
    "a key for a dialect": lambda raw: sw.stream(raw.url, headers=BEARER, dialect=CANARY),
    "a key for a framing": lambda raw: sw.stream(raw.url, headers=BEARER, framing=CANARY),
    "an option that does not exist": lambda raw: sw.Session().stream(raw.url, headers=BEARER, **{CANARY: 1}),
    "secrets that are a text": lambda raw: sw.stream(raw.url, headers=BEARER, secrets=CANARY),
    "a function that gives no text": lambda raw: sw.stream(raw.url, headers={**BEARER, "x-api-key": lambda: [CANARY]}),
    "a refused connection": lambda raw: sw.stream(f"http://{USER}127.0.0.1:{closed_port()}/?key={quote(CANARY)}", headers=BEARER),
    "an unknown host": lambda raw: sw.stream(f"http://nowhere.invalid/?key={quote(CANARY)}", headers=BEARER),
    "no TLS there": lambda raw: sw.stream(f"https://{port(b'no TLS')}/?key={quote(CANARY)}", headers=BEARER, reconnect=None),
    "no answer in time": lambda raw: sw.stream(f"http://{port()}/", headers=BEARER, timeout=httpx.Timeout(0.05), reconnect=None),
    "a broken answer": lambda raw: sw.stream(raw.serve(lambda it: it.socket.sendall(f"{CANARY}\r\n\r\n".encode())), headers=BEARER),
    "a broken stream": lambda raw: sw.stream(raw.serve(break_off), headers=BEARER, reconnect=None),
    "an iterator that quotes": lambda raw: sw.stream(failing(ValueError(f"bad {CANARY}")), secrets=[lambda: CANARY]),
    "an iterator with a cause": lambda raw: sw.stream(failing(_caused()), secrets=[lambda: CANARY]),
    "a dict that is one item": lambda raw: sw.stream({"api_key": CANARY}),
}


def _caused() -> Exception:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise RuntimeError("outside") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_mistake_gives_it_out(raw: RawServer, caplog: pytest.LogCaptureFixture, mistake: str) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(sw.SSEWidgetError) as caught:
        MISTAKES[mistake](raw).wait(60)
    tell_nothing(traceback_of(caught.value, __file__) + repr(caught.value.to_dict()) + caplog.text)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": BEARER},
        {"json": {"api_key": CANARY}},
        {"params": {"key": CANARY}},
        {"headers": {"x-tenant": "abc"}, "secrets": ["x-tenant"]},
        {"json": {"prompt": CANARY}, "secrets": [lambda: CANARY]},
        {"auth": ("me", CANARY)},
        {"auth": httpx.BasicAuth("me", CANARY)},
        {"headers": {"x-api-key": "abc"}},
        {"headers": {"Cookie": "id=abc"}},
    ],
    ids=["header", "body", "query", "named", "prompt", "auth", "httpx's auth", "short", "cookie"],
)
def test_no_redirect_takes_credentials_elsewhere(raw: RawServer, options: dict[str, Any]) -> None:
    with RawServer() as other:

        def handler(connection: Connection) -> None:
            connection.start("307 Temporary Redirect", Location=f"{other.url}/elsewhere")
            connection.end()

        with pytest.raises(sw.RedirectError, match="carries credentials"):
            sw.stream(raw.serve(handler), **options).wait(60)
        assert other.requests == []


def test_the_secrets_of_an_open_response_are_known(raw: RawServer) -> None:
    body = json.dumps({"error": {"message": f"Incorrect key {CANARY}"}}).encode()
    url = raw.stream(body, status="401 Unauthorized", content_type="application/json")
    with (
        httpx.Client(headers={"x-api-key": CANARY}) as client,
        client.stream("GET", url) as response,
        pytest.raises(sw.StatusError, match=r"Incorrect key \*\*\*"),
    ):
        sw.stream(response).wait(60)


@pytest.mark.parametrize("make", [lambda: iter([{"t": CANARY}]), lambda: [CANARY]], ids=["dicts", "texts"])
def test_what_the_user_names_is_hidden_in_what_has_no_request(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", CANARY)
    run = sw.stream(make(), extract="$.t" if make() != [CANARY] else None, secrets=["env:MY_KEY"], show=False).wait(60)
    assert run.text == CANARY
    tell_nothing(repr([frame_detail(run, index) for index in range(len(run.reading.channels))]))


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Authorization", "Bearer env:MY_KEY", f"Bearer {CANARY}"),
        ("x-api-key", "env:MY_KEY", CANARY),
        ("x-plain", "env:MY_KEY", CANARY),
        ("x-plain", lambda: CANARY, CANARY),
        ("x-note", "my env:MY_KEY is secret", "my env:MY_KEY is secret"),
        ("x-note", "notenv:MY_KEY", "notenv:MY_KEY"),
    ],
)
def test_a_header_from_the_environment(raw: RawServer, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, sent: str) -> None:
    monkeypatch.setenv("MY_KEY", CANARY)
    headers = {name: value}
    run = sw.stream(raw.stream(said(f"echo {CANARY}")), headers=headers, show=False).wait()
    assert raw.requests[0].headers[name.lower()] == sent
    assert headers == {name: value}
    assert CANARY not in repr(run.recording.request)
    if sent.endswith(CANARY):
        assert CANARY not in repr([frame_detail(run, index) for index in range(len(run.reading.channels))])


def test_other_places_are_filled_from_the_environment(raw: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", CANARY)
    body = {"model": "m", "prompt": "env:MY_KEY", "tools": [{"api_key": "env:MY_KEY"}]}
    given = json.dumps(body)
    url = raw.stream(said("x"))
    sw.stream(f"{url}/?key=env:MY_KEY&a=b", json=body, params={"token": "env:MY_KEY"}, auth=("me", "env:MY_KEY"), show=False).wait()
    request = raw.requests[0]
    assert unquote(request.head.split()[1]) == f"/?key={CANARY}&a=b&token={CANARY}"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"me:{CANARY}".encode()).decode()
    assert json.loads(request.body) == {"model": "m", "prompt": "env:MY_KEY", "tools": [{"api_key": CANARY}]}
    assert json.dumps(body) == given


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


def test_the_rest_of_a_request_stays_readable(raw: RawServer) -> None:
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "What is a token?"}], "pin": 3, "password": 12345678}
    headers = {"x-trace": "t-1", **BEARER}
    run = sw.stream(f"{raw.stream(said('x'))}/v1?alt=sse&key=abcdefgh#top", headers=headers, json=body, show=False).wait()
    request = run.recording.request or {}
    assert request["url"] == f"{raw.url}/v1?alt=sse&key=***#top"
    assert {"x-trace": "t-1", "authorization": "***"}.items() <= dict(request["headers"]).items()
    assert request["body"] == {**body, "password": "***"}


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        *(
            (name, True)
            for name in ("Authorization", "x-api-key", "X-Goog-Api-Key", "api-key", "Cookie", "Set-Cookie", "Proxy-Authorization")
        ),
        *(
            (name, True)
            for name in ("key", "access_token", "refreshToken", "client_secret", "sig", "X-Amz-Signature", "x-amz-security-token")
        ),
        *((name, False) for name in ("max_tokens", "maxOutputTokens", "keys", "monkey", "idempotency-key", "author", "tokenizer")),
    ],
)
def test_names(name: str, is_secret: bool) -> None:
    assert is_secret_name(name) is is_secret


def test_urls_and_json_in_detail() -> None:
    assert (
        redact_url("https://me:pw@h.test:8/p?a=1&key=x&b=%20#access_token=y&c=2")
        == "https://h.test:8/p?a=1&key=***&b=%20#access_token=***&c=2"
    )
    assert redact_url("http://[::1") == "***"
    value = {"a": [{"name": "X-Api-Key", "value": "v"}, {"name": "x", "value": "w"}], "session": {"model": "m", "secret": ["s", 1234567]}}
    assert redact_json(value) == {
        "a": [{"name": "X-Api-Key", "value": "***"}, {"name": "x", "value": "w"}],
        "session": {"model": "m", "secret": ["***", "***"]},
    }


def test_all_of_json_is_masked_names_and_numbers_too() -> None:
    redactor = Redactor()
    redactor.add(CANARY)
    redactor.add("12345678")
    value = {CANARY: [1, 12345678, True, None, ("x", CANARY)], "n": 2.5}
    assert redactor.json(value) == {"***": [1, "***", True, None, ["x", "***"]], "n": 2.5}
    assert redactor.covered(value) == {"•" * 22: [1, "•" * 8, True, None, ["x", "•" * 22]], "n": 2.5}
    assert Redactor().covered(value) is value


def test_a_log_line_that_nobody_can_tell_to_belong_to_a_run(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor()
    redactor.add(CANARY)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").info("HTTP Request: %s %s", "GET", httpx.URL(f"http://h.test/?key={quote(CANARY, safe='')}&a=b"))
    logging.getLogger("httpcore.http11").debug("headers %r", [(b"Set-Cookie", b"sid=new-and-unknown"), (b"X-Plain", b"shown")])
    try:
        raise ValueError(f"bad {CANARY}")
    except ValueError:
        logging.getLogger("sse_widget").exception("a callback raised")
    tell_nothing(caplog.text)
    assert "GET http://h.test/?key=***&a=b" in caplog.text
    assert "new-and-unknown" not in caplog.text
    assert "shown" in caplog.text
    assert "ValueError: bad ***" in caplog.text
    assert mask_all(f"a {CANARY} b") == "a *** b"


def test_an_error_keeps_the_lines_of_its_user_alone(raw: RawServer) -> None:
    def source() -> Iterator[str]:
        yield "a"
        raise ValueError("mine")

    with pytest.raises(sw.SourceError) as caught:
        sw.stream(source(), show=False).wait(60)
    cause = caught.value.__cause__
    assert cause is not None
    traceback = cause.__traceback__
    names = []
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert names == ["source"]


def test_no_frame_of_a_request_stays_on_an_error(raw: RawServer) -> None:
    with pytest.raises(sw.ConnectError) as caught:
        sw.stream(f"http://127.0.0.1:{closed_port()}/", headers=BEARER, show=False).wait(60)
    link: BaseException | None = caught.value.__cause__
    assert isinstance(link, httpx.ConnectError)
    while link is not None:
        assert link.__traceback__ is None
        link = link.__cause__ or link.__context__


def test_a_bare_error_goes_through_groups_and_circles() -> None:
    inner = _caused()
    outer = RuntimeError("outer")
    outer.__cause__, inner.__context__ = inner, outer
    assert bare(outer) is outer


def test_a_secret_in_a_cause_takes_the_cause_away() -> None:
    redactor = Redactor()
    redactor.add(CANARY)
    assert redactor.cause(_caused()) is None
    plain = ValueError("plain")
    plain.__context__ = ValueError(CANARY)
    assert redactor.cause(plain) is None
    assert redactor.cause(ValueError("nothing")) is not None
    assert redactor.cause(None) is None
