"""`sources/attempts.py`: what is asked again of a server that really breaks, refuses, delays or sends elsewhere, and what comes of it."""

from __future__ import annotations

import asyncio
import email.utils
import json
import threading
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import sse_widget as sw
from sse_widget.sources.attempts import retry_after
from sse_widget.sources.opening import opening
from sse_widget.wire import EVENT, TAIL

from .support import PATIENCE, Connection, RawServer, closed_port

CANARY = "sk-canary-0123456789"
SOON = sw.Reconnect(delay=0.01, attempts=5, cap=0.02)
Step = Callable[[Connection], None]


def numbered(*numbers: int, retry: int | None = None) -> bytes:
    """Events of a ticker, with ids."""
    head = b"" if retry is None else b"retry: %d\n\n" % retry
    return head + b"".join(b"id: %d\ndata: t%d \n\n" % (number, number) for number in numbers)


def chat(*texts: str, end: bool = False) -> bytes:
    """Chunks of an OpenAI chat."""
    events = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts]
    data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return data + (b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n' if end else b"")


def breaks(data: bytes, **headers: str) -> Step:
    """A stream that is cut after these bytes."""

    def step(connection: Connection) -> None:
        connection.start(**headers)
        connection.chunk(data)

    return step


def ends(data: bytes = b"", **headers: str) -> Step:
    """A stream that ends as it should."""

    def step(connection: Connection) -> None:
        connection.start(**headers)
        if data:
            connection.chunk(data)
        connection.end()

    return step


def answers(status: str, **headers: str) -> Step:
    """A status and a body that is no stream."""

    def step(connection: Connection) -> None:
        connection.start(status, "application/json", **headers)
        connection.chunk(b'{"error": {"message": "Busy."}}')
        connection.end()

    return step


def hangs_up(connection: Connection) -> None:
    """No answer at all."""


def script(raw: RawServer, *steps: Step, path: str = "/") -> str:
    """A server that answers the first request by the first step, and so on, and then says that there is no more."""
    left = list(steps)
    lock = threading.Lock()

    def handler(connection: Connection) -> None:
        with lock:
            step = left.pop(0) if left else answers("204 No Content")
        step(connection)

    return raw.serve(handler) + path


def marks(run: sw.Run, *names: str) -> list[dict[str, Any]]:
    """Our marks of these names, as they stand in the frames."""
    return [json.loads(frame.data) for frame in run.recording.frames if frame.type in names]


def said(run: sw.Run, kind: str = "reconnect") -> list[str]:
    return [found.message for found in run.findings if found.kind == kind]


def sent(raw: RawServer) -> list[tuple[str, str, str | None]]:
    """Method, path and last event id of each request."""
    return [(*one.head.split(" ", 2)[:2], one.headers.get("last-event-id")) for one in raw.requests]  # type: ignore[misc]


# --- a GET with ids -----------------------------------------------------------------------------------------------------
def test_a_get_with_ids_is_taken_up_where_it_broke(raw: RawServer) -> None:
    """Nobody has to ask for it: it can neither lose nor double anything. A 204 is the server's word for the end."""
    url = script(raw, breaks(numbered(1, 2, retry=10) + b"id: 3\ndata: half of t"), breaks(numbered(3, 4)), answers("204 No Content"))
    run = sw.stream(url).wait(PATIENCE)
    assert (run.status, run.text, run.error) == ("done", "t1 t2 t3 t4 ", None)
    assert sent(raw) == [("GET", "/", None), ("GET", "/", "2"), ("GET", "/", "4")]
    first, second = marks(run, "wait")
    assert (first["attempt"], first["of"], second["attempt"]) == (1, 5, 1)  # the count starts again after new events
    assert 0.01 <= first["seconds"] < 1
    assert "incomplete" in first["why"]
    assert [(one["how"], one["after"], one["anew"]) for one in marks(run, "reconnect")] == [
        ("LastEventId", "2", False),
        ("LastEventId", "4", False),
    ]
    (told,) = said(run)
    assert told.startswith("The connection was lost after ")
    assert told.endswith(" later from event 2.")


def test_the_unfinished_event_stays_visible_and_is_not_read(raw: RawServer) -> None:
    url = script(raw, breaks(numbered(1) + b"id: 2\ndata: half\xe2\x82"), ends(numbered(2)))
    run = sw.stream(url, reconnect=SOON).wait(PATIENCE)
    assert run.text == "t1 t2 "
    kinds = [
        (frame.kind, frame.type, frame.data)
        for frame in run.recording.frames
        if frame.kind in (EVENT, TAIL) or frame.type in ("wait", "reconnect")
    ]
    assert [(kind, name) for kind, name, _ in kinds][:5] == [
        (EVENT, "message"),
        (TAIL, "message"),
        (6, "wait"),
        (6, "reconnect"),
        (EVENT, "message"),
    ]
    assert kinds[1][2] == "half\ufffd"
    assert [one.id for one in run.events] == ["1", "2"]
    assert said(run, "invalid_utf8") == []  # half a character is no wrong one


@pytest.mark.parametrize("cut", range(1, len(numbered(2)) + 1))
def test_a_cut_anywhere_in_an_event_neither_loses_nor_doubles_it(raw: RawServer, cut: int) -> None:
    event = "id: 2\ndata: é€🍕\n\n".encode()
    whole = event[:cut] == event or cut >= len(event)
    url = script(raw, breaks(numbered(1) + event[:cut]), ends(b"\xef\xbb\xbf" + (numbered(3) if whole else event + numbered(3))))
    run = sw.stream(url, reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "t1 é€🍕t3 ")


def test_a_compressed_stream_begins_anew_with_each_connection(raw: RawServer) -> None:
    def packed(data: bytes, keep: int | None = None) -> bytes:
        packer = zlib.compressobj(wbits=31)
        return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:keep]

    url = script(
        raw,
        breaks(packed(numbered(1, 2)) + b"\x4a", Content_Encoding="gzip"),
        breaks(packed(numbered(3)), Content_Encoding="gzip"),
        ends(numbered(4)),
    )
    run = sw.stream(url, reconnect=SOON).wait(PATIENCE)
    assert run.text == "t1 t2 t3 t4 "


def test_what_came_before_is_not_read_twice(raw: RawServer) -> None:
    """A server may send more than it was asked for; ids may run backwards for a while; numbers that are left out are told."""
    again = b"id: 1\ndata: t1 \n\nid: 2\ndata: t2 \n\nid: 2\ndata: t2 \n\n"
    url = script(raw, breaks(numbered(1, 2)), breaks(again + numbered(5, 6)), ends(numbered(6, 7)))
    run = sw.stream(url, reconnect=SOON).wait(PATIENCE)
    assert run.text == "t1 t2 t5 t6 t7 "
    assert [one.id for one in run.events] == ["1", "2", "1", "2", "2", "5", "6", "6", "7"]
    assert [run.reading.labels.of(one.frame) for one in run.events][2:5] == ["repeated"] * 3
    first, second = said(run)
    assert first.endswith(" from event 2. 3 events came again, and are not read twice. By their numbers 2 events never came.")
    assert second.endswith(" from event 6. 1 event came again, and is not read twice.")
    assert run.metrics.events == 9
    assert run.metrics.chunks == 5


def test_an_id_that_names_a_message_and_no_event_drops_nothing(raw: RawServer) -> None:
    same = b"id: msg_1\ndata: %s\n\n"
    url = script(raw, breaks(same % b"a" + same % b"b"), ends(same % b"b" + same % b"c"))
    run = sw.stream(url, reconnect=SOON).wait(PATIENCE)
    assert run.text == "abbc"  # "b" may as well be a new one


def test_events_without_an_id_of_their_own_are_new(raw: RawServer) -> None:
    url = script(raw, breaks(b"id: 1\ndata: a\n\ndata: b\n\n"), ends(b"data: b\n\ndata: c\n\n"))
    assert sw.stream(url, reconnect=SOON).wait(PATIENCE).text == "abbc"


def test_a_get_without_ids_is_not_taken_up_unless_somebody_wants_it(raw: RawServer) -> None:
    run = sw.stream(script(raw, breaks(b"data: a\n\n"), ends(b"data: b\n\n"))).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("cut off", "a", 1)
    run = sw.stream(script(raw, breaks(b"data: a\n\n"), ends(b"data: b\n\n")), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "ab")
    assert "the events have no ids, so some may have come twice or not at all" in said(run)[0]


def test_another_answer_takes_the_place_of_half_of_one(raw: RawServer) -> None:
    """Without ids a format that has an end begins from its beginning."""
    url = script(raw, breaks(chat("Hel")), ends(chat("Hello", " you", end=True)))
    run = sw.stream(url, reconnect=SOON)
    assert (run.wait(PATIENCE).status, run.text) == ("done", "Hello you")
    assert "the answer begins anew, and what had come before is dropped" in said(run)[0]
    assert marks(run, "reconnect")[0]["anew"] is True
    assert run.metrics.events == 5
    assert run.read_again(dialect="openai_chat").text == "Hello you"
    assert run.recording.read().text == "Hello you"


def test_cookies_of_the_first_answer_go_along_and_no_further(raw: RawServer) -> None:
    """A load balancer finds by them the one server that knows the stream."""
    with RawServer() as other:
        other.stream(numbered(3))
        moved = answers("307 Moved", Location=other.url + "/there")
        run = sw.stream(script(raw, breaks(numbered(1), Set_Cookie="node=seventeen"), breaks(numbered(2)), moved), reconnect=SOON)
        run.wait(PATIENCE)
        assert [one.headers.get("cookie") for one in raw.requests] == [None, "node=seventeen", "node=seventeen"]
        assert (run.status, run.text, other.requests) == ("cut off", "t1 t2 ", [])
        assert "seventeen" not in repr([run.findings, list(run.recording.read_entries()), run.recording.response])


# --- ends -----------------------------------------------------------------------------------------------------------------
def test_a_stream_that_ended_is_not_asked_for_again(raw: RawServer) -> None:
    for reconnect in ("auto", "lan", SOON):
        raw.requests.clear()
        run = sw.stream(script(raw, ends(chat("Hi", end=True))), reconnect=reconnect).wait(PATIENCE)
        assert (run.status, run.text, len(raw.requests)) == ("done", "Hi", 1)
        raw.requests.clear()
        run = sw.stream(script(raw, ends(b"data: a\n\n")), reconnect=reconnect).wait(PATIENCE)
        assert (run.status, run.text, len(raw.requests)) == ("done", "a", 1)


def test_an_end_that_was_announced_is_one_also_if_the_connection_breaks_after_it(raw: RawServer) -> None:
    run = sw.stream(script(raw, breaks(b"id: 1\n" + chat("Hi", end=True))), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("done", "Hi", 1)


def test_a_ticker_that_closes_is_asked_again_by_those_who_want_an_event_source(raw: RawServer) -> None:
    run = sw.stream(script(raw, ends(numbered(1, 2))), reconnect="auto").wait(PATIENCE)
    assert (run.status, len(raw.requests)) == ("done", 1)
    raw.requests.clear()
    run = sw.stream(script(raw, ends(numbered(1, 2)), ends(numbered(3)), answers("204 No Content")), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "t1 t2 t3 ")
    assert sent(raw)[1:] == [("GET", "/", "2"), ("GET", "/", "3")]


def test_a_server_that_says_the_same_again_and_again_is_left_at_last(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        ends(numbered(1, 2))(connection)

    run = sw.stream(raw.serve(handler), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("done", "t1 t2 ", 6)


def test_half_an_answer_that_ends_cleanly_is_a_loss(raw: RawServer) -> None:
    """Proxies that time out close as if all were well."""
    run = sw.stream(script(raw, ends(b"retry: 10\nid: 1\n" + chat("Hel")), ends(b"id: 2\n" + chat("lo", end=True)))).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "Hello")


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (answers("500 X"), "500"),
        (answers("503 X"), "503"),
        (ends(b"{}", content_type="application/json"), "JSON"),
        (answers("401 X"), "401"),
    ],
)
def test_another_status_or_type_ends_it_for_good_and_keeps_what_came(raw: RawServer, last: Step, words: str) -> None:
    run = sw.stream(script(raw, breaks(numbered(1)), last), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text, run.error, len(raw.requests)) == ("cut off", "t1 ", None, 2)
    (told,) = said(run, "cut_off")
    assert "could not be taken up again" in told
    assert words in told


def test_after_so_many_attempts_it_is_enough(raw: RawServer) -> None:
    run = sw.stream(script(raw, breaks(numbered(1)), *[hangs_up] * 9), reconnect=SOON).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("cut off", "t1 ", 6)
    assert [one["attempt"] for one in marks(run, "wait")] == [1, 2, 3, 4, 5]
    assert "It was tried 6 times." in said(run, "cut_off")[0] + "."


# --- nothing has come yet -------------------------------------------------------------------------------------------------
def test_a_request_that_never_got_through_is_repeated_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def asleep(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("sse_widget.sources.attempts.sleep", asleep)
    of_a_post: dict[str, Any] = {"json": {"model": "m"}}
    for options in ({}, of_a_post):
        waits.clear()
        run = sw.stream(f"http://127.0.0.1:{closed_port()}/v1", **options)
        with pytest.raises(sw.ConnectError, match=r"refused the connection.*It was tried 3 times"):
            run.wait(PATIENCE)
        assert [one["attempt"] for one in marks(run, "wait")] == [1, 2]
        assert waits[0] == 0.5
        assert 0.5 <= waits[1] <= 1.0


def test_a_server_that_comes_up_late(raw: RawServer) -> None:
    """The port is free at first: nothing listens. Once the first attempt was refused, the server starts on it."""
    import socket

    port = closed_port()
    run = sw.stream(f"http://127.0.0.1:{port}/", json={"a": 1}, reconnect=sw.Reconnect(delay=0.05))
    while not marks(run, "wait"):
        threading.Event().wait(0.001)
    with RawServer(socket.create_server(("127.0.0.1", port))) as late:
        late.stream(chat("Hi", end=True))
        assert run.wait(PATIENCE).text == "Hi"
        assert [json.loads(one.body) for one in late.requests] == [{"a": 1}]
    assert said(run)[0].startswith("No stream came at first (127.0.0.1:")


@pytest.mark.parametrize("name", ["nowhere.invalid", None])
def test_what_can_only_fail_again_is_not_tried_again(name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **keys: Any) -> Any:
        raise httpx.ConnectError("[Errno -2] Name or service not known")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", unknown)
    run = sw.stream(f"http://{name or 'a.invalid'}/", reconnect=SOON)
    with pytest.raises(sw.ConnectError, match="no host named"):
        run.wait(PATIENCE)
    assert marks(run, "wait") == []


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_asks_for_it_is_asked_again(raw: RawServer, status: int, method: str) -> None:
    body: dict[str, Any] = {"json": {"model": "m"}} if method == "POST" else {}
    run = sw.stream(script(raw, answers(f"{status} X", Retry_After="0"), ends(chat("Hi", end=True))), reconnect=SOON, **body).wait(PATIENCE)
    assert (run.text, len(raw.requests)) == ("Hi", 2)
    assert raw.requests[0].body == raw.requests[1].body
    assert f"The server answered {status}" in marks(run, "wait")[0]["why"]


@pytest.mark.parametrize(
    ("step", "error", "options"),
    [
        (answers("429 X"), sw.StatusError, {"json": {}}),  # after how long?
        (answers("429 X", Retry_After="0", X_Should_Retry="false"), sw.StatusError, {"json": {}}),
        (answers("500 X", Retry_After="0"), sw.StatusError, {"json": {}}),
        (answers("500 X", Retry_After="0"), sw.StatusError, {}),
        (answers("429 X", Retry_After="86400"), sw.StatusError, {"json": {}}),  # beyond any budget
        (hangs_up, sw.ConnectError, {"json": {}}),  # it may have been processed
        (breaks(b": ping\n\n"), sw.ConnectError, {"json": {}}),
        (answers("204 X"), sw.StatusError, {}),
        (answers("200 X"), sw.NotAStreamError, {}),
    ],
)
def test_what_is_not_asked_again(raw: RawServer, step: Step, error: type[Exception], options: dict[str, Any]) -> None:
    run = sw.stream(script(raw, step, ends(chat("Hi", end=True))), reconnect=SOON, **options)
    with pytest.raises(error):
        run.wait(PATIENCE)
    assert len(raw.requests) == 1


def test_a_post_is_repeated_at_most_twice(raw: RawServer) -> None:
    run = sw.stream(script(raw, *[answers("429 X", Retry_After="0")] * 9), json={}, reconnect=SOON)
    with pytest.raises(sw.StatusError, match="It was tried 3 times"):
        run.wait(PATIENCE)
    assert len(raw.requests) == 3


def test_a_post_that_broke_is_cut_off_and_not_sent_again(raw: RawServer) -> None:
    for reconnect in ("auto", "lan", "mobile", SOON):
        raw.requests.clear()
        run = sw.stream(script(raw, breaks(b"id: 1\n" + chat("Hel"))), json={}, reconnect=reconnect).wait(PATIENCE)
        assert (run.status, run.text, len(raw.requests)) == ("cut off", "Hel", 1)


@pytest.mark.parametrize("step", [hangs_up, breaks(b": ping\n\n"), answers("502 X")])
def test_a_post_is_repeated_before_its_first_event_if_somebody_wants_it(raw: RawServer, step: Step) -> None:
    eager = sw.Reconnect(delay=0.01, before_first_event_only=True)
    run = sw.stream(script(raw, step, step, step, breaks(chat("Hel"))), json={"a": 1}, reconnect=eager).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("cut off", "Hel", 4)


def test_a_post_is_repeated_after_events_too_if_somebody_wants_it(raw: RawServer) -> None:
    eager = sw.Reconnect(delay=0.01, before_first_event_only=False)
    run = sw.stream(script(raw, breaks(chat("Hel")), ends(chat("Good", "bye", end=True))), json={"a": 1}, reconnect=eager).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "Goodbye")


def test_the_thousandth_attempt_is_like_the_first() -> None:
    heard: list[str] = []

    async def mine(name: str, _info: dict[str, Any]) -> None:
        heard.append(name)

    async def many() -> None:
        request = httpx.Request("GET", "http://localhost", extensions={"trace": mine})
        for _ in range(5000):
            async with opening(request):
                pass
        await request.extensions["trace"]("connection.connect_tcp.started", {})

    asyncio.run(many())
    assert heard == ["connection.connect_tcp.started"]


def test_a_post_whose_answers_all_break_is_not_repeated_for_ever(raw: RawServer) -> None:
    eager = sw.Reconnect(delay=0.01, attempts=2, before_first_event_only=False)
    raw.handler = breaks(chat("Hel"))
    run = sw.stream(raw.url, json={"a": 1}, reconnect=eager).wait(PATIENCE)
    assert (run.status, run.text, len(raw.requests)) == ("cut off", "Hel", 3)


def test_a_body_that_is_streamed_cannot_be_sent_again(raw: RawServer) -> None:
    async def body() -> Any:
        yield b"{}"

    run = sw.stream(
        script(raw, answers("429 X", Retry_After="0"), ends(chat("Hi"))), content=body(), headers={"content-length": "2"}, reconnect=SOON
    )
    with pytest.raises(sw.StatusError):
        run.wait(PATIENCE)
    assert len(raw.requests) == 1


@pytest.mark.parametrize("reconnect", [None, "off", sw.Reconnect.off])
def test_off_is_never(raw: RawServer, reconnect: Any) -> None:
    run = sw.stream(script(raw, breaks(numbered(1))), reconnect=reconnect).wait(PATIENCE)
    assert (run.text, len(raw.requests), marks(run, "wait")) == ("t1 ", 1, [])
    with pytest.raises(sw.StatusError):
        sw.stream(script(raw, answers("429 X", Retry_After="0")), json={}, reconnect=reconnect).wait(PATIENCE)


DATE = "Fri, 20 Nov 2026 17:00:00 GMT"
LATER = email.utils.formatdate(email.utils.parsedate_to_datetime(DATE).timestamp() + 7, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": LATER, "date": DATE}, 7.0),
        ({"retry-after": DATE, "date": LATER}, 0.0),
        ({"retry-after": LATER}, 107.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    now = email.utils.parsedate_to_datetime(DATE).timestamp() - 100
    assert retry_after(httpx.Headers(headers), lambda: now) == seconds


# --- elsewhere, and never with credentials ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "credentials",
    [
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"headers": {"X-Api-Key": CANARY}},
        {"headers": {"X-Mine": CANARY}, "auth": ("me", CANARY)},
    ],
)
def test_credentials_do_not_follow_a_location_to_another_origin(raw: RawServer, credentials: dict[str, Any]) -> None:
    with RawServer() as other:
        other.stream(numbered(9))
        url = script(raw, breaks(numbered(1), Location=other.url + "/runs/1/stream"))
        run = sw.stream(url, json={}, reconnect=sw.Reconnect(delay=0.01, resume=sw.LangGraph()), **credentials).wait(PATIENCE)
        assert (run.status, run.text, other.requests) == ("cut off", "t1 ", [])
        (told,) = said(run, "cut_off")
        assert f"it goes on at another origin, {other.url}, and credentials are not sent there" in told
        assert CANARY not in repr([run.findings, list(run.recording.read_entries())])


def test_a_key_in_the_address_stays_there(raw: RawServer) -> None:
    with RawServer() as other:
        other.stream(numbered(2))
        url = script(raw, breaks(numbered(1), Location=other.url + "/runs/1/stream"))
        policy = sw.Reconnect(delay=0.01, resume=sw.LangGraph())
        run = sw.stream(url, json={}, params={"key": CANARY}, reconnect=policy).wait(PATIENCE)
        assert run.text == "t1 t2 "
        assert CANARY not in other.requests[0].head


def test_without_credentials_a_location_may_lead_elsewhere(raw: RawServer) -> None:
    with RawServer() as other:
        other.stream(numbered(2))
        url = script(raw, breaks(numbered(1), Location=other.url + "/runs/1/stream"))
        run = sw.stream(url, json={"a": 1}, reconnect=sw.Reconnect(delay=0.01, resume=sw.LangGraph())).wait(PATIENCE)
        assert (run.status, run.text) == ("done", "t1 t2 ")
        assert sent(other) == [("GET", "/runs/1/stream", "1")]
        assert other.requests[0].headers["host"] == other.url.removeprefix("http://")


def test_auth_is_not_sent_elsewhere_either(raw: RawServer) -> None:
    with RawServer() as other:
        other.stream(numbered(2))

        def resume(state: sw.ResumeState) -> httpx.Request:
            return httpx.Request("GET", other.url + "/there")

        run = sw.stream(script(raw, breaks(numbered(1))), auth=("me", CANARY), reconnect=sw.Reconnect(delay=0.01, resume=resume)).wait(
            PATIENCE
        )
        assert (run.status, run.text) == ("done", "t1 t2 ")
        assert "authorization" in raw.requests[0].headers
        assert "authorization" not in other.requests[0].headers


def test_a_redirect_of_a_resumed_stream_carries_no_credentials(raw: RawServer) -> None:
    with RawServer() as other:
        other.stream(numbered(9))
        url = script(raw, breaks(numbered(1)), answers("307 Moved", Location=other.url + "/there"))
        run = sw.stream(url, headers={"x-api-key": CANARY}, reconnect=SOON).wait(PATIENCE)
        assert (run.status, run.text, other.requests) == ("cut off", "t1 ", [])
        assert "redirects to another origin" in said(run, "cut_off")[0]


# --- what is seen of it -------------------------------------------------------------------------------------------------
def test_times_count_from_the_first_request_and_say_what_was_lost(raw: RawServer) -> None:
    url = script(raw, answers("503 X", Retry_After="0"), breaks(numbered(1)), ends(numbered(2)))
    run = sw.stream(url, reconnect=sw.Reconnect(delay=0.05, jitter="none", backoff=1)).wait(PATIENCE)
    metrics = run.metrics
    assert metrics.reconnects == 2
    assert 0.1 <= metrics.reconnecting < metrics.end
    assert metrics.first_token >= 0.05
    assert metrics.gap_max >= 0.05
    assert said(run, "stall") == []
    first, second = run.recording.findings()[:2]
    assert first.message.startswith(
        "No stream came at first (The server answered 503 Service Unavailable: Busy); the request was sent again and got one "
    )
    assert second.message.startswith("The connection was lost after ")
    assert (first.severity, second.severity) == ("info", "info")
    assert first.duration is not None
    assert first.frames is not None


def test_attempts_are_listed(raw: RawServer) -> None:
    from sse_widget.view.lane import attempts

    run = sw.stream(script(raw, breaks(numbered(*range(1, 100))), ends(numbered(100))), reconnect=SOON).wait(PATIENCE)
    assert [(one["status"], one["note"]) for one in attempts(run)] == [(200, "GET"), (200, "GET, 2nd attempt"), (204, "GET, 2nd attempt")]


def test_status_while_waiting_and_stop_ends_the_wait_at_once(raw: RawServer) -> None:
    run = sw.stream(script(raw, breaks(numbered(1))), reconnect=sw.Reconnect(delay=3600.0, budget=None))
    seen = threading.Event()
    while run.status != "reconnecting":
        seen.wait(0.001)
    assert run.reading.connections.pending == {
        "at": pytest.approx(3600, abs=30),
        "attempt": 1,
        "of": 5,
        "why": marks(run, "wait")[0]["why"],
    }
    run.stop()
    assert (run.status, run.text) == ("stopped", "t1 ")
    assert run.wait(PATIENCE) is run
    assert len(raw.requests) == 1
    assert marks(run, "reconnect") == []


def test_reconnecting_is_told_to_those_who_observe(raw: RawServer) -> None:
    async def main() -> list[str]:
        async with httpx.AsyncClient() as client:
            run = sw.stream(script(raw, breaks(numbered(1)), ends(numbered(2))), client=client, reconnect=sw.Reconnect(delay=0.2))
            heard: list[str] = []
            run.observe(lambda change: heard.append(change["new"]), "status")
            await run
            return heard

    heard = asyncio.run(main())
    assert "reconnecting" in heard
    assert heard[-1] == "done"
