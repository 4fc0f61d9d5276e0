"""`sources/http.py`: what is sent, what is checked, and what is said when it goes wrong."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer

from .support import Connection, RawServer, closed_port

EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n'
CANARY = "sk-canary-0123456789"


def test_what_is_sent_by_default(raw: RawServer) -> None:
    run = sw.stream(raw.stream(EVENT)).wait()
    sent = raw.requests[0].headers
    assert (sent["accept"], sent["cache-control"]) == ("text/event-stream", "no-cache")
    assert raw.requests[0].head.startswith("GET / HTTP/1.1")
    assert (run.status, run.text) == ("done", "hi")


def test_the_callers_objects_stay_as_they_were(raw: RawServer) -> None:
    headers = {"Accept": "application/json", "X-K": "v"}
    body = {"model": "m", "stream": True}
    request = httpx.Request("PUT", raw.stream(EVENT), headers={"X-K": "v"}, json=body)
    before = dict(headers), dict(body), dict(request.headers)
    sw.stream(raw.url, json=body, headers=headers, params={"q": "1"}).wait()
    sw.stream(request).wait()
    assert (dict(headers), dict(body), dict(request.headers)) == before
    first, second = raw.requests
    assert first.headers["accept"] == "application/json"
    assert (first.head.split()[:2], json.loads(first.body)) == (["POST", "/?q=1"], body)
    assert (second.head.split()[0], second.headers["accept"], second.headers["x-k"]) == ("PUT", "text/event-stream", "v")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/event-stream",
        "TEXT/Event-Stream",
        "text/event-stream; charset=utf-8",
        "text/event-stream;x bogus",
        None,
        "text/plain",
        "application/octet-stream",
    ],
)
def test_media_types_that_stream(raw: RawServer, content_type: str | None) -> None:
    run = sw.stream(raw.stream(EVENT[:9], EVENT[9:], content_type=content_type)).wait()
    assert (run.status, run.text) == ("done", "hi")


@pytest.mark.parametrize("content_type", ["text/event-streamfoo", "x-text/event-stream", "application/xml"])
def test_media_types_that_do_not(raw: RawServer, content_type: str) -> None:
    run = sw.stream(raw.stream(EVENT, content_type=content_type))
    with pytest.raises(sw.NotAStreamError):
        run.wait()
    assert run.status == "failed"


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=UTF-8"])
@pytest.mark.parametrize("cut", [1, 9])
def test_an_event_stream_that_is_called_a_document(raw: RawServer, content_type: str, cut: int) -> None:
    run = sw.stream(raw.stream(EVENT[:cut], EVENT[cut:], content_type=content_type)).wait()
    assert (run.status, run.text) == ("done", "hi")
    assert [found.message for found in run.findings if found.kind == "content_type"] == [
        f"The server calls this {content_type.partition(';')[0]}, which it is not, as its first bytes tell: strict clients refuse it."
    ]
    with httpx.Client() as client, client.stream("GET", raw.stream(EVENT[:cut], EVENT[cut:], content_type=content_type)) as response:
        assert sw.stream(response).wait().text == "hi"


@pytest.mark.parametrize("page", [b"<!doctype html><p>data: x", b"\n <html>data: x", b"Not found"])
def test_a_web_page_is_still_no_stream(raw: RawServer, page: bytes) -> None:
    url = raw.stream(page[:3], page[3:], content_type="text/html")
    with pytest.raises(sw.NotAStreamError, match=r"a web page|not an event stream") as caught:
        sw.stream(url).wait()
    assert caught.value.body == page.decode()
    with httpx.Client() as client, client.stream("GET", url) as response, pytest.raises(sw.NotAStreamError):
        sw.stream(response).wait()


ARRAY = b'[{"candidates": [{"content": {"parts": [{"text": "h"}]}}]}\n,\r\n{"candidates": [{"content": {"parts": [{"text": "i"}]}}]}]'


@pytest.mark.parametrize("cut", [0, 1, 5, 70])
def test_a_json_array_is_streamed(raw: RawServer, cut: int) -> None:
    chunks = [ARRAY[:cut], ARRAY[cut:]] if cut else [ARRAY]
    run = sw.stream(raw.stream(*chunks, content_type="application/json; charset=UTF-8")).wait()
    assert (run.text, len(run.events)) == ("hi", 2)


def test_a_json_array_streams_while_it_is_written(raw: RawServer) -> None:
    seen = threading.Event()

    def handler(connection: Connection) -> None:
        connection.start(content_type="application/json")
        connection.chunk(ARRAY[:70])
        assert seen.wait(60)
        connection.chunk(ARRAY[70:])
        connection.end()

    run = sw.stream(raw.serve(handler))
    assert next(iter(run)) == "h"
    seen.set()
    assert run.wait().text == "hi"


def test_lines_of_json_under_the_type_of_one_object(raw: RawServer) -> None:
    lines = [b'{"message": {"content": "h"}, "done": false}\n', b'{"message": {"content": "i"}, "done": true}\n']
    assert sw.stream(raw.stream(*lines, content_type="application/json")).wait().text == "hi"


def test_a_json_array_of_an_open_response(raw: RawServer) -> None:
    url = raw.stream(ARRAY[:5], ARRAY[5:70], ARRAY[70:], content_type="application/json")
    with httpx.Client() as client, client.stream("GET", url) as response:
        assert sw.stream(response).wait().text == "hi"

    async def main() -> str:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            return (await sw.stream(response)).text

    assert asyncio.run(main()) == "hi"


def test_a_json_object_of_an_open_response(raw: RawServer) -> None:
    url = raw.stream(b'{"error": ', b'{"message": "No."}}', content_type="application/json")
    with httpx.Client() as client, client.stream("GET", url) as response, pytest.raises(sw.NotAStreamError, match="No"):
        sw.stream(response).wait()


@pytest.mark.parametrize("body", [b'{"error": {"message": "No."}}', b'{"error":\n {"message": "No.", "x": "' + b"y" * 9000 + b'"}}\n'])
def test_a_json_object_is_an_answer_or_an_error(raw: RawServer, body: bytes) -> None:
    run = sw.stream(raw.stream(body[:9], body[9:], content_type="application/json"))
    with pytest.raises(sw.NotAStreamError, match="No"):
        run.wait()
    assert len(run.events) == 0


def test_a_framing_forced_by_hand_wins(raw: RawServer) -> None:
    assert sw.stream(raw.stream(EVENT, content_type="application/xml"), framing="sse").wait().text == "hi"


@pytest.mark.parametrize("status", [204, 205, 299, 404, 500, 503])
def test_a_status_other_than_200_is_no_stream(raw: RawServer, status: int) -> None:
    run = sw.stream(raw.stream(EVENT, status=f"{status} X"))
    with pytest.raises(sw.StatusError) as caught:
        run.wait()
    assert caught.value.status == status


SAID: list[tuple[str, type[sw.SSEWidgetError], str, str]] = [
    ("/status/401", sw.StatusError, r"401 Unauthorized: ", "API key"),
    ("/status/404", sw.StatusError, r"404 Not Found\.", "path of the URL"),
    ("/status/500", sw.StatusError, r"500 Internal Server Error", "Try again later"),
    ("/json", sw.NotAStreamError, r"complete answer, not a stream", '"stream": true'),
    ("/empty", sw.EmptyStreamError, r"without a single event", "server's log"),
]


@pytest.mark.parametrize(("path", "error", "message", "hint"), SAID)
def test_bad_answers_say_what_happened_and_what_to_check(
    server: DemoServer, path: str, error: type[sw.SSEWidgetError], message: str, hint: str
) -> None:
    run = sw.stream(server.url + path)
    with pytest.raises(error, match=message) as caught:
        run.wait()
    assert hint in caught.value.hint
    assert run.status == "failed"
    assert run.error is caught.value


def test_nothing_listens_there() -> None:
    port = closed_port()
    with pytest.raises(sw.ConnectError, match=rf"127\.0\.0\.1:{port} refused the connection\. Is the server running"):
        sw.stream(f"http://127.0.0.1:{port}/v1").wait()


def test_no_such_host() -> None:
    with pytest.raises(sw.ConnectError, match=r"no host named nowhere\.invalid"):
        sw.stream("http://nowhere.invalid/").wait()


def test_a_connection_that_breaks_before_the_response(raw: RawServer) -> None:
    with pytest.raises(sw.ConnectError, match="broke before the response began"):
        sw.stream(raw.serve(lambda connection: connection.socket.close())).wait()


def test_a_cut_keeps_what_came(server: DemoServer) -> None:
    run = sw.stream(server.url + "/cut").wait()
    assert (run.status, run.text, run.error) == ("cut off", "This sentence has no", None)
    assert [f.kind for f in run.findings] == ["cut_off"]


def test_bytes_that_are_no_utf8_are_replaced_and_told(server: DemoServer) -> None:
    run = sw.stream(server.url + "/invalid-utf8").wait()
    assert run.text == "One byte of this caf\ufffd is no UTF-8."
    assert "invalid_utf8" in [f.kind for f in run.findings]


def test_a_character_split_over_chunks(server: DemoServer) -> None:
    assert sw.stream(server.url + "/split").wait().text == "A 🍕 in four chunks."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_within_an_origin_are_followed(server: DemoServer, status: int) -> None:
    body = {"model": "plain", "stream": True, "rate": 0} if status in (307, 308) else None  # the others turn a POST into a GET
    to = {} if body else {"to": "/plain?rate=0"}
    run = sw.stream(f"{server.url}/redirect/same/{status}", headers={"Authorization": f"Bearer {CANARY}"}, json=body, params=to).wait()
    assert run.status == "done"
    assert run.text
    assert [e.info["status"] for e in run.recording.read_entries() if e.info and e.info["mark"] == "redirect"] == [status]


@pytest.mark.parametrize(
    "credentials",
    [
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"headers": {"x-api-key": CANARY}},
        {"auth": ("me", CANARY)},
        {"params": {"key": CANARY}},
        {"headers": {"Cookie": f"a={CANARY}"}},
    ],
)
def test_credentials_never_follow_a_redirect_to_another_origin(raw: RawServer, server: DemoServer, credentials: dict[str, Any]) -> None:
    raw.stream(EVENT)
    params = {"to": raw.url + "/there", **credentials.pop("params", {})}
    run = sw.stream(f"{server.url}/redirect/other/307", params=params, json={"model": "plain"}, **credentials)
    with pytest.raises(sw.RedirectError, match="another origin"):
        run.wait()
    assert raw.requests == []


def test_without_credentials_they_may(raw: RawServer, server: DemoServer) -> None:
    raw.stream(EVENT)
    assert sw.stream(f"{server.url}/redirect/other/307", params={"to": raw.url + "/there"}).wait().text == "hi"


def test_a_redirect_to_itself_ends(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start("302 Found", Location="/again")
        connection.end()

    with pytest.raises(sw.RedirectError, match="more than 10 times"):
        sw.stream(raw.serve(handler)).wait()


def test_no_secret_is_kept(raw: RawServer) -> None:
    """A server that echoes the key in its error must not put it on the page."""

    def handler(connection: Connection) -> None:
        connection.start("401 Unauthorized", "application/json", X_Request_Id="req-1")
        connection.chunk(json.dumps({"error": {"message": f"Incorrect API key provided: {CANARY}"}}).encode())
        connection.end()

    run = sw.stream(
        raw.serve(handler), headers={"Authorization": f"Bearer {CANARY}"}, params={"key": CANARY}, json={"api_key": CANARY, "model": "m"}
    )
    with pytest.raises(sw.StatusError) as caught:
        run.wait()
    everything = repr(
        [caught.value, caught.value.to_dict(), run.recording.request, run.recording.response, list(run.recording.read_entries())]
    )
    assert CANARY in raw.requests[0].head
    assert "Incorrect API key provided: ***" in everything
    assert CANARY not in everything
    assert run.recording.response is not None
    assert run.recording.response["request_id"] == "req-1"


def test_the_request_id_and_headers_are_kept(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start(X_Request_Id="req-7", Set_Cookie="session=abcdefgh")
        connection.chunk(EVENT)
        connection.end()

    run = sw.stream(raw.serve(handler)).wait()
    assert run.recording.response is not None
    assert run.recording.response["request_id"] == "req-7"
    assert "abcdefgh" not in repr(run.recording.response)


def _gzip() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    packer = zlib.compressobj(wbits=31)
    return lambda data: packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH), packer.flush


def _br() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    packer = brotli.Compressor()
    return lambda data: packer.process(data) + packer.flush(), packer.finish


@pytest.mark.parametrize(("coding", "packer"), [("gzip", _gzip), ("br", _br)])
def test_a_coding_is_decoded_as_it_flows(raw: RawServer, coding: str, packer: Any) -> None:
    pack, finish = packer()
    first, seen = pack(EVENT), threading.Event()

    def handler(connection: Connection) -> None:
        connection.start(Content_Encoding=coding)
        for place in range(0, len(first), 7):  # cut anywhere
            connection.chunk(first[place : place + 7])
        assert seen.wait(60)
        connection.chunk(finish())
        connection.end()

    run = sw.stream(raw.serve(handler))
    assert next(iter(run)) == "hi"  # before the rest was sent
    seen.set()
    assert run.wait().status == "done"
    assert coding in raw.requests[0].headers["accept-encoding"].split(", ")


def test_an_unusable_address() -> None:
    with pytest.raises(sw.UsageError, match="does not begin with http"):
        sw.stream("ftp://x")
    with pytest.raises(sw.UsageError, match="no URL"):
        sw.stream("http://[::1")


async def _with_client(raw: RawServer) -> sw.Run:
    async with httpx.AsyncClient(headers={"X-Mine": "1"}) as client:
        return await sw.stream(raw.stream(EVENT), client=client)


def test_a_client_of_the_callers(raw: RawServer) -> None:
    import asyncio

    run = asyncio.run(_with_client(raw))
    assert (run.text, raw.requests[0].headers["x-mine"], raw.requests[0].headers["accept"]) == ("hi", "1", "text/event-stream")


async def _timeouts(raw_timeout: Any, **options: Any) -> dict[str, float | None]:
    """Those of the request that a client with this timeout is given to send."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=EVENT)

    keys = {} if raw_timeout is None else {"timeout": raw_timeout}
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), **keys) as client:
        await sw.stream("http://mock/", client=client, **options)
    return dict(sent[0].extensions["timeout"])


@pytest.mark.parametrize(
    ("theirs", "options", "read"),
    [
        (None, {}, None),  # httpx's 5 s would cut off every model that thinks
        (httpx.Timeout(10.0, read=7.0), {}, 7.0),
        (None, {"timeout": httpx.Timeout(10.0, read=8.0)}, 8.0),
        (httpx.Timeout(10.0, read=7.0), {"timeout": 3}, None),
    ],
)
def test_timeouts_of_a_client_of_the_callers(theirs: Any, options: dict[str, Any], read: float | None) -> None:
    assert asyncio.run(_timeouts(theirs, **options))["read"] == read


class _Failing(httpx.AsyncBaseTransport):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self._error


async def _failing(error: Exception) -> sw.SSEWidgetError | None:
    async with httpx.AsyncClient(transport=_Failing(error)) as client:
        run = sw.stream("http://there/", client=client, reconnect="off")
        with pytest.raises(sw.ConnectError):
            await run
        return run.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("All connection attempts failed"), "there:80 refused the connection. Is the server running"),
        (
            httpx.ConnectError("no route in this transport"),
            "The connection to there:80 failed: no route in this transport. Check the address",
        ),
        (httpx.PoolTimeout(""), "All connections of the client are in use (PoolTimeout). httpx.Limits says how many"),
        (
            httpx.ProxyError("407 Proxy Authentication Required"),
            "to there:80: 407 Proxy Authentication Required. Give the proxy's credentials",
        ),
        (
            httpx.ProxyError("500 Unable to connect"),
            "The proxy does not lead to there:80: 500 Unable to connect. It is set in the environment",
        ),
    ],
)
def test_connections_that_fail(error: Exception, said: str) -> None:
    assert said in str(asyncio.run(_failing(error)))


def test_a_way_that_is_not_there() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError(errno.EHOSTUNREACH, "No route to host")
    assert "There is no way to there:80: " in str(asyncio.run(_failing(error)))


def test_a_body_is_sent_as_it_was_given(raw: RawServer) -> None:
    """The caller may go on to change it for the next run."""
    body: dict[str, Any] = {"model": "first", "messages": []}
    url = raw.stream(EVENT)
    runs = []
    for model in ("a", "b", "c", "d"):
        body["model"] = model
        runs.append(sw.stream(url, json=body))
    for run in runs:
        run.wait(60)
    assert sorted(json.loads(request.body)["model"] for request in raw.requests) == ["a", "b", "c", "d"]


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"json": {"a": object()}}, "The request cannot be made: .*not JSON serializable"),
    ({"headers": {"X": "…"}}, "The request cannot be made: 'ascii' codec"),
    ({"headers": {"X": 5}}, "The request cannot be made: Header value must be str"),
    ({"timeout": "soon"}, "timeout must be seconds"),
    ({"auth": "key"}, "auth must be a .user, password. pair"),
    ({"content": iter([b"a"])}, "content must be str, bytes or an async iterable"),
]


@pytest.mark.parametrize(("options", "message"), UNUSABLE)
def test_options_that_cannot_be_used_are_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sw.UsageError, match=message):
        sw.stream("http://127.0.0.1:9", **options)


@pytest.mark.parametrize("name", ["method", "json", "content", "params"])
def test_a_request_of_the_callers_is_not_half_used(name: str) -> None:
    options: dict[str, Any] = {name: "POST"}
    with pytest.raises(sw.UsageError, match=f"{name} cannot be used here"):
        sw.stream(httpx.Request("POST", "http://127.0.0.1:9"), **options)


async def _pieces() -> AsyncIterator[bytes]:
    yield b'{"model": '
    yield b'"m"}'


@pytest.mark.parametrize("wrap", [False, True])
def test_a_body_that_is_streamed(server: DemoServer, wrap: bool) -> None:
    url, headers = server.url + "/v1/chat/completions", {"content-type": "application/json"}
    if wrap:
        run = sw.stream(httpx.Request("POST", url, content=_pieces(), headers=headers))
    else:
        run = sw.stream(url, content=_pieces(), headers=headers)
    with pytest.raises(sw.StatusError):  # the demo server has no model "m"
        run.wait(60)
    assert server.log[-1].body == b'{"model": "m"}'


def test_a_redirect_that_makes_a_get_of_a_post_is_to_blame(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        if connection.head.startswith("POST"):
            connection.start("301 Moved Permanently", Location="/new?key=secret-of-mine-0123456789")
        else:
            connection.start("405 Method Not Allowed", "text/html")
        connection.end()

    with pytest.raises(
        sw.StatusError, match=r"405 .* A redirect made a GET of the POST, .* Use http://127.*/new\?key=\S* directly"
    ) as caught:
        sw.stream(raw.serve(handler) + "/old", json={}).wait(60)
    assert "secret-of-mine" not in str(caught.value)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, f"http://me:{CANARY}@127.0.0.1:{closed_port()}")
    with pytest.raises(sw.ConnectError, match=r"The proxy to example\.invalid:80 refused") as caught:
        sw.stream("http://example.invalid/").wait(60)
    assert CANARY not in str(caught.value) + str(caught.value.__cause__)
