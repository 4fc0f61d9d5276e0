"""WebSocket and gRPC as sources, and the same tokens in four ways: real servers and real connections on this machine."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websocket

import sse_widget as sw
from sse_widget.transports import Cut, Relay, clients, serve, websocket
from sse_widget.transports import grpc as over_grpc
from sse_widget.transports.comparison import NAMES, lines_of
from sse_widget.transports.serving import Servers

from .support import PATIENCE, RawServer, closed_port

KEY = "sk-very-secret-key"


def ended(source: Any, **options: Any) -> sw.Run:
    """A run of it that has ended, however it ended."""
    run = sw.stream(source, show=False, **options)
    with contextlib.suppress(sw.SSEWidgetError):
        run.wait(PATIENCE)
    return run


# --- the four servers ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with serve("Zwölf Pizzen 🍕 für\nneun", tokens_per_second=math.inf) as running:
        yield running


def test_all_servers_send_the_same(servers: Servers) -> None:
    four = (
        (clients.sse_client, servers.sse),
        (clients.websocket_client, servers.websocket),
        (clients.grpc_client, servers.grpc),
        (clients.whole_client, servers.whole),
    )
    texts = [list(client(address)) for client, address in four]
    assert texts[0] == texts[1] == texts[2]
    assert len(texts[0]) > 5
    assert {"".join(text) for text in texts} == {"Zwölf Pizzen 🍕 für\nneun"}


def test_each_is_a_lane(servers: Servers) -> None:
    session = sw.Session()
    sources = (servers.sse, websocket(servers.websocket), over_grpc(servers.grpc, servers.method))
    runs = [session.stream(source, extract="$.text", show=False) for source in sources]
    runs.append(session.stream(servers.whole, extract="$.text", framing="json_array", show=False))
    for run in runs:
        run.wait(PATIENCE)
    assert [run.status for run in runs] == ["done"] * 4
    assert {run.text for run in runs} == {"Zwölf Pizzen 🍕 für\nneun"}
    assert [[event.data for event in run.events] for run in runs[:3]] == [servers.answer.messages] * 3
    assert [run.recording.response["status"] for run in runs if run.recording.response] == [200, 101, 200, 200]
    assert [run.findings for run in runs] == [[]] * 4


def threads() -> set[threading.Thread]:
    return {
        thread for thread in threading.enumerate() if thread.name.startswith(("sse-widget-relay", "sse-widget-demo", "sse-widget-grpc"))
    }


def test_closing_the_servers_ends_what_is_open() -> None:
    before = threads()
    servers = serve("a b c d e", tokens_per_second=0.001)
    sources: tuple[Any, ...] = (servers.sse, websocket(servers.websocket), over_grpc(servers.grpc, servers.method), servers.whole)
    runs = [sw.stream(source, reconnect=None if isinstance(source, str) else "auto", show=False) for source in sources]
    for run in runs[:2]:
        while not run.recording.opened:
            run._signal.wait(run._signal.version, 0.05)
    servers.close()
    servers.close()
    for run in runs:
        with pytest.raises(sw.SSEWidgetError):
            run.wait(PATIENCE)
    assert threads() <= before


@pytest.mark.parametrize("options", [{"text": ""}, {"text": 5}, {"tokens_per_second": 0}, {"tokens_per_second": True}])
def test_servers_of_nothing(options: dict[str, Any]) -> None:
    with pytest.raises(sw.UsageError, match=next(iter(options))):
        serve(**options)


# --- websocket -----------------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def talking(handler: Callable[[ServerConnection], None], **options: Any) -> Iterator[str]:
    """A WebSocket server, and its URL."""
    with serve_websocket(handler, "127.0.0.1", 0, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_messages_come_as_they_are() -> None:
    def handler(socket: ServerConnection) -> None:
        for message in ("plain text", ' {"a": 1}', "[1]", "ü".encode(), b"\xff\x00", "", "x" * 200_000):
            socket.send(message)

    with talking(handler) as url:
        run = ended(websocket(url))
    assert run.status == "done"
    entries = [(entry.data, entry.info) for entry in run.recording.read_entries() if entry.kind == "item"]
    said = [(data, (info or {})["as"]) for data, info in entries]
    assert said[:5] == [
        (b"plain text", "str"), (b' {"a": 1}', "json"), (b"[1]", "json"), ("ü".encode(), "str"), (b'{"base64": "/wA="}', "json"),
    ]  # fmt: skip
    assert len(said[-1][0]) == 200_000


def test_what_is_sent_first_and_with_what_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    heard: list[Any] = []

    def handler(socket: ServerConnection) -> None:
        assert socket.request is not None
        heard.extend([socket.request.path, socket.request.headers["Authorization"]])
        heard.extend(socket.recv() for _ in range(3))
        socket.send(f"you sent {KEY}")

    with talking(handler) as url:
        headers = {"Authorization": "Bearer env:MY_KEY"}
        run = ended(websocket(url + "/a?token=env:MY_KEY", headers=headers, send=[{"prompt": "ü"}, "text", b"\x01"]))
    assert heard == [f"/a?token={KEY}", f"Bearer {KEY}", '{"prompt": "ü"}', "text", b"\x01"]
    assert run.text == f"you sent {KEY}"
    assert KEY not in str(run.recording.request)
    assert KEY not in run.source.redactor.text(run.text)


@pytest.mark.parametrize(
    ("code", "reason", "status", "words"),
    [
        (1000, "bye", "done", ""),
        (1001, "", "done", ""),
        (1011, "", "cut off", "code 1011: the server had an error"),
        (4001, "no credit left", "cut off", "code 4001: no credit left"),
        (4000, "", "cut off", "code 4000"),
    ],
)
def test_how_it_closes(code: int, reason: str, status: str, words: str) -> None:
    def handler(socket: ServerConnection) -> None:
        socket.send("so far")
        socket.close(code, reason)

    with talking(handler) as url:
        run = ended(websocket(url))
    assert (run.status, run.text) == (status, "so far")
    assert run.recording.broken.endswith(words)


def test_a_websocket_that_is_cut() -> None:
    with serve(tokens_per_second=math.inf) as servers, Relay(servers.http_port, None) as whole:
        sent = ended(websocket(servers.at(0, whole.port, 0, 0)[1], compression=None), extract="$.text")
        assert sent.status == "done"
    with serve(tokens_per_second=math.inf) as servers, Relay(servers.http_port, sw.transports.Way(cut=Cut(after=400))) as relay:
        run = ended(websocket(servers.at(0, relay.port, 0, 0)[1], compression=None), extract="$.text")
    assert run.status == "cut off"
    assert "1006" in run.recording.broken
    assert sent.text.startswith(run.text)
    assert 0 < len(run.text) < len(sent.text)


def test_nobody_listens() -> None:
    run = ended(websocket(f"ws://127.0.0.1:{closed_port()}"))
    assert isinstance(run.error, sw.ConnectError)
    assert "refused" in str(run.error)


def test_a_server_that_is_none(raw: RawServer) -> None:
    raw.handler = lambda connection: connection.socket.sendall(b"no HTTP at all\r\n\r\n")
    assert isinstance(ended(websocket(raw.url.replace("http", "ws"))).error, sw.ConnectError)


def test_an_answer_that_is_no_upgrade(raw: RawServer) -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 22\r\n\r\n" + b'{"detail": "no \xc3\xbcser"}'
    raw.handler = lambda connection: connection.socket.sendall(answer)
    run = ended(websocket(raw.url.replace("http", "ws")))
    assert isinstance(run.error, sw.StatusError)
    assert (run.status, run.error.status) == ("failed", 403)
    assert "no üser" in str(run.error)
    assert "Upgrade" in run.error.hint


def test_a_redirect_is_not_followed(raw: RawServer) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:{raw.port}/elsewhere\r\nContent-Length: 0\r\n\r\n".encode()
    raw.handler = lambda connection: connection.socket.sendall(answer)
    run = ended(websocket(raw.url.replace("http", "ws"), headers={"x-api-key": KEY}))
    assert isinstance(run.error, sw.StatusError)
    assert len(raw.requests) == 1


def test_a_message_that_is_too_large() -> None:
    def handler(socket: ServerConnection) -> None:
        socket.send("first")
        socket.send("x" * 2000)

    with talking(handler) as url:
        run = ended(websocket(url), bounds=sw.Bounds(event_bytes=1000))
    assert isinstance(run.error, sw.BoundError)
    assert run.text == "first"


def test_stop_closes_the_websocket() -> None:
    over = threading.Event()

    def handler(socket: ServerConnection) -> None:
        socket.send("hello")
        for _ in socket:
            pass
        over.set()

    with talking(handler) as url:
        run = sw.stream(websocket(url), show=False)
        assert next(iter(run)) == "hello"
        run.stop()
        assert over.wait(PATIENCE)
    assert (run.status, run.text) == ("stopped", "hello")


@pytest.mark.parametrize("url", ["http://x", "ws://", "", 5, "x"])
def test_a_url_that_is_none(url: Any) -> None:
    with pytest.raises(sw.UsageError, match="URL"):
        websocket(url)


def test_options_that_cannot_be_used() -> None:
    with pytest.raises(sw.UsageError, match="no JSON"):
        websocket("ws://127.0.0.1", send=object())
    run = ended(websocket(f"ws://127.0.0.1:{closed_port()}", compression="zip"))
    assert isinstance(run.error, sw.UsageError)
    with pytest.raises(sw.UsageError, match="reconnect"):
        sw.stream(websocket("ws://127.0.0.1"), reconnect="lan", show=False)


# --- grpc ----------------------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def calling(handler: Callable[[bytes, Any], Iterator[bytes]]) -> Iterator[str]:
    """A gRPC server with the method a.B/C, and its target."""
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        method = grpc.unary_stream_rpc_method_handler(handler)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a.B", {"C": method}),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()


def test_a_call_with_its_request_and_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    heard: list[Any] = []

    def handler(request: bytes, context: Any) -> Iterator[bytes]:
        heard.append((request, dict(context.invocation_metadata())["authorization"]))
        context.send_initial_metadata((("x-model", "small"),))
        yield b"one "
        yield b"two"

    with calling(handler) as target:
        run = ended(over_grpc(target, "/a.B/C", send={"prompt": "ü"}, metadata={"Authorization": "Bearer env:MY_KEY"}))
    assert heard == [('{"prompt": "ü"}'.encode(), f"Bearer {KEY}")]
    assert (run.status, run.text) == ("done", "one two")
    assert KEY not in str(run.recording.request)
    assert ["x-model", "small"] in (run.recording.response or {})["headers"]


def test_messages_are_read_by_a_function() -> None:
    def handler(request: bytes, context: Any) -> Iterator[bytes]:
        yield from (b"\x0a\x03one", b"\x0a\x03two")  # protobuf: field 1, a string

    with calling(handler) as target:
        run = ended(over_grpc(target, "a.B/C", read=lambda data: {"text": data[2:].decode()}), extract="$.text")
        raw = ended(over_grpc(target, "a.B/C", read=lambda data: data[2]))
    assert run.text == "onetwo"
    assert [event.data for event in raw.events] == ["111", "116"]


def aborting(code: grpc.StatusCode, *, after: int) -> Callable[[bytes, Any], Iterator[bytes]]:
    def handler(request: bytes, context: Any) -> Iterator[bytes]:
        for _ in range(after):
            yield b"x"
        context.abort(code, f"said with {KEY}")

    return handler


@pytest.mark.parametrize(
    ("code", "after", "status", "error"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 0, "failed", sw.ResponseError),
        (grpc.StatusCode.UNAVAILABLE, 0, "failed", sw.ConnectError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 2, "failed", sw.ProviderError),
        (grpc.StatusCode.UNAVAILABLE, 2, "cut off", type(None)),
        (grpc.StatusCode.INTERNAL, 2, "cut off", type(None)),
    ],
)
def test_how_a_call_ends(code: grpc.StatusCode, after: int, status: str, error: type) -> None:
    with calling(aborting(code, after=after)) as target:
        run = ended(over_grpc(target, "a.B/C", metadata=[("x-api-key", KEY)]))
    assert (run.status, type(run.error), run.text) == (status, error, "x" * after)
    said = run.recording.broken or str(run.error)
    assert code.name in said
    assert KEY not in said


def test_a_method_that_is_not_there() -> None:
    with calling(aborting(grpc.StatusCode.OK, after=0)) as target:
        run = ended(over_grpc(target, "a.B/D"))
    assert isinstance(run.error, sw.ResponseError)
    assert "spelled" in str(run.error)


def test_no_server_and_a_server_of_something_else(servers: Servers) -> None:
    for port, words in ((closed_port(), "refused"), (servers.http_port, "does not speak HTTP/2: it answered 404")):
        run = ended(over_grpc(f"127.0.0.1:{port}", "a.B/C"))
        assert isinstance(run.error, sw.ConnectError)
        assert words in str(run.error)


def test_a_call_that_is_cut_and_one_that_takes_too_long() -> None:
    with serve(tokens_per_second=200) as servers, Relay(servers.grpc_port, sw.transports.Way(cut=Cut(after=600))) as relay:
        run = ended(over_grpc(f"127.0.0.1:{relay.port}", servers.method), extract="$.text")
    assert run.status == "cut off"
    assert "UNAVAILABLE" in run.recording.broken
    with serve("a b", tokens_per_second=0.001) as servers:
        run = ended(over_grpc(servers.grpc, servers.method, timeout=0.1))
    assert isinstance(run.error, sw.ResponseError)
    assert "DEADLINE_EXCEEDED" in str(run.error)


def test_stop_cancels_the_call() -> None:
    over = threading.Event()

    def handler(request: bytes, context: Any) -> Iterator[bytes]:
        context.add_callback(over.set)
        yield b"hello"
        over.wait(2 * PATIENCE)  # longer than the test

    with calling(handler) as target:
        run = sw.stream(over_grpc(target, "a.B/C"), show=False)
        assert next(iter(run)) == "hello"
        run.stop()
        assert over.wait(PATIENCE)
    assert (run.status, run.text) == ("stopped", "hello")


def test_tls_is_used_but_on_this_machine() -> None:
    targets = {"localhost:1": None, "127.0.0.1:1": None, "[::1]:1": None, "unix:/x": None, "dns:///localhost:1": None}
    for target in targets:
        assert over_grpc(target, "a.B/C")._credentials is None, target
    for target in ("example.com:443", "10.0.0.1:50051", "example.com", "dns:///example.com:443"):
        assert over_grpc(target, "a.B/C")._credentials is not None, target
    own = grpc.local_channel_credentials()
    assert over_grpc("example.com:1", "a.B/C", credentials=own)._credentials is own


@pytest.mark.parametrize(("target", "method"), [("", "a.B/C"), (5, "a.B/C"), ("x:1", "C"), ("x:1", "a/b/c"), ("x:1", None)])
def test_a_target_or_a_method_that_is_none(target: Any, method: Any) -> None:
    with pytest.raises(sw.UsageError, match="must be"):
        over_grpc(target, method)


# --- both ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("package", "extra", "make"),
    [
        ("websockets", "websocket", lambda: websocket("ws://x")),
        ("grpc", "grpc", lambda: over_grpc("x:1", "a/b")),
        ("grpc", "grpc", lambda: sw.transports.compare()),
        ("websockets", "websocket", lambda: sw.transports.serve()),
    ],
)
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, package: str, extra: str, make: Callable[[], Any]) -> None:
    for name in [*sys.modules]:
        if name == package or name.startswith(package + "."):
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(sw.UsageError, match=rf"sse_widget\[{extra}\]"):
        make()


def test_what_was_read_can_be_kept_and_played_again(servers: Servers, tmp_path: Path) -> None:
    for number, source in enumerate((websocket(servers.websocket), over_grpc(servers.grpc, servers.method))):
        run = ended(source, extract="$.text")
        kept = run.recording.save(tmp_path / f"{number}.ssejsonl")
        again = sw.replay(kept, math.inf, extract="$.text", show=False).wait(PATIENCE)
        assert again.text == run.text
        assert again.recording.request == run.recording.request


# --- the comparison ------------------------------------------------------------------------------------------------------------
def compared(through: Any = None, rate: float = math.inf, text: str | None = None) -> dict[str, dict[str, Any]]:
    """The rows by transport, once all have ended."""
    comparison = sw.transports.compare(text, tokens_per_second=rate, through=through, show=False)
    comparison.wait(PATIENCE)
    rows = {row["transport"]: row for row in comparison.rows()}
    assert tuple(rows) == NAMES
    for run in comparison.runs:
        rows[run.name]["text"] = run.text
    lines = comparison.summary().splitlines()
    assert [line.startswith(name) for line, name in zip(lines[1:], NAMES, strict=True)] == [True] * 4
    return rows


def test_what_each_takes_on_the_wire() -> None:
    rows = compared(text="one two three")
    messages = [len(f'{{"text":"{token}"}}') for token in ("one", " two", " three")]
    assert {row["text"] for row in rows.values()} == {"one two three"}
    assert {row["status"] for row in rows.values()} == {row["ended"] for row in rows.values()} == {"done"}
    assert [row["tokens"] for row in rows.values()] == [3, 3, 3, 3]
    assert [row["messages"] for row in rows.values()] == [3, 3, 3, 1]
    assert [row["frames"] for row in rows.values()] == [3, 3, 3, 1]
    longer = compared(text="one two three three three")
    more = {name: longer[name]["bytes_down"] - rows[name]["bytes_down"] for name in NAMES}
    # What two more tokens take: a WebSocket frame has a head of 2 bytes, an event here "id: 3\ndata: …\n\n" in a chunk with its length.
    assert more["WebSocket"] == 2 * (messages[2] + 2)
    assert more["SSE"] == 2 * (len("id: 3\ndata: \n\n") + messages[2] + len("1f\r\n\r\n"))
    assert more["gRPC"] >= 2 * (messages[2] + 5 + 9)  # gRPC's head and HTTP/2's; flow control comes when it comes
    assert more["Full response"] == 2 * len(" three")


def test_a_buffering_proxy_holds_up_one_of_them() -> None:
    direct, buffered = compared(rate=1000), compared("buffering proxy", rate=1000)
    assert {row["text"] for row in buffered.values()} == {row["text"] for row in direct.values()}
    assert buffered["SSE"]["pieces"] <= 3 < direct["SSE"]["pieces"]
    assert min(buffered["WebSocket"]["pieces"], buffered["gRPC"]["pieces"]) > 3
    assert all(row["status"] == "done" for row in buffered.values())


def test_a_proxy_of_http_1_1_alone_refuses_two_of_them() -> None:
    rows = compared("HTTP/1.1 proxy")
    assert [row["status"] for row in rows.values()] == ["done", "failed", "failed", "done"]
    assert "404" in rows["WebSocket"]["ended"]
    assert "HTTP/2" in rows["gRPC"]["ended"]


def test_after_a_cut_only_an_event_stream_goes_on() -> None:
    whole = compared()["SSE"]["text"]
    rows = compared(Cut(after=500), rate=200)
    assert [row["status"] for row in rows.values()] == ["done", "cut off", "cut off", "failed"]
    assert rows["SSE"]["text"] == whole
    assert rows["SSE"]["connections"] == 2
    assert rows["SSE"]["messages"] == rows["SSE"]["tokens"] == compared()["SSE"]["tokens"]  # none came again
    assert "Last-Event-ID" in rows["SSE"]["ended"]
    for name, words in (("WebSocket", "1006"), ("gRPC", "UNAVAILABLE")):
        assert words in rows[name]["ended"]
        assert whole.startswith(rows[name]["text"])
        assert 0 < rows[name]["tokens"] < rows["SSE"]["tokens"]
        assert rows[name]["bytes_down"] == 500
    assert (rows["Full response"]["text"], rows["Full response"]["first_token"]) == ("", None)
    assert "Content-Length" in rows["Full response"]["ended"]


def test_the_table_with_pandas_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = sw.transports.compare("a b", tokens_per_second=math.inf, show=False)
    comparison.wait(PATIENCE)
    table = comparison.table()
    assert list(table.index) == list(NAMES)
    assert table.loc["SSE", "status"] == "done"
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert comparison.table() == comparison.rows()


def test_a_comparison_leaves_nothing_behind() -> None:
    before = threads()
    comparison = sw.transports.compare("a b", tokens_per_second=math.inf, show=False)
    comparison.wait(PATIENCE)
    assert comparison.over.wait(PATIENCE)
    assert threads() <= before


def test_a_way_or_a_text_that_is_none() -> None:
    before = threads()
    with pytest.raises(sw.UsageError, match="way"):
        sw.transports.compare(through="the moon")
    with pytest.raises(sw.UsageError, match="text"):
        sw.transports.compare("")
    assert threads() <= before


def test_lines_are_those_of_the_file() -> None:
    assert lines_of(clients.whole_client) == 2
    assert lines_of(clients.websocket_client) == 4
