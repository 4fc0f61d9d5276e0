"""A reverse proxy: with buffering, without, with compression, and its own ways to end a stream or to refuse one."""

from __future__ import annotations

import json

import sse_widget as sw
from sse_widget.run import Run

from ...support import Held
from .place import Place, case, chat, failure, kinds, marks, message, silent, step_by_step, until, whole

WORDS = 200


@case("nginx, proxy_buffering off: each token before the next is sent")
async def unbuffered(place: Place) -> str:
    with place.held() as held:
        run = chat(place.nginx.plain, "off")
        await step_by_step(held, run)
    assert not {"burst", "buffered"} & set(kinds(run)), kinds(run)
    assert place.asked == ["POST /v1/chat/completions HTTP/1.1"], place.asked
    return f"{run.status}, {len(run.events)} events, no finding"


@case("nginx, buffering on, X-Accel-Buffering: no from the server")
async def accel(place: Place) -> str:
    with place.held(old=True, X_Accel_Buffering="no") as held:
        run = chat(place.nginx.plain, "on")
        await step_by_step(held, run)
    assert not {"burst", "buffered"} & set(kinds(run)), kinds(run)
    return f"{run.status}, no finding"


@case("nginx, buffering on, HTTP/1.1 to the server")
async def chunked(place: Place) -> str:
    with place.held() as held:
        run = chat(place.nginx.plain, "on-chunked")
        await _answers(held, run, 30, rate=25)
    return f"{len(run.events)} events in {_pieces(run)} pieces: nginx passes chunks on"


@case("nginx, buffering on: a short answer comes at once, and this is said")
async def burst(place: Place) -> str:
    with place.held(old=True) as held:
        run = chat(place.nginx.plain, "on")
        await _answers(held, run, 30, rate=25)
    assert _pieces(run) < 5, f"30 words came in {_pieces(run)} pieces"
    said = message(run, "burst")
    assert "proxy with buffering on" in said, said
    return said


@case("nginx, buffering on with small buffers: it comes in heaps, and this is said")
async def heaps(place: Place) -> str:
    with place.held(old=True) as held:
        run = chat(place.nginx.plain, "small-buffers")
        await _answers(held, run, WORDS, rate=100)
    assert _pieces(run) < WORDS / 8, f"{WORDS} words came in {_pieces(run)} pieces"
    said = message(run, "buffered")
    assert "proxy" in said, said
    return said


@case("nginx, gzip on, buffering off: each token before the next is sent")
async def compressed(place: Place) -> str:
    with place.held() as held:
        run = chat(place.nginx.plain, "gzip")
        await step_by_step(held, run)
    assert _coding(run) == "gzip", run.recording.response
    return f"content-encoding gzip, {len(run.events)} events"


@case("nginx, gzip and buffering on: whole, and this is said")
async def compressed_late(place: Place) -> str:
    with place.held(old=True) as held:
        run = chat(place.nginx.plain, "gzip-on")
        await _answers(held, run, 30, rate=25)
    assert _coding(run) == "gzip", run.recording.response
    return message(run, "burst")


@case("gzip and brotli by the server itself: each token before the next is sent")
async def compressed_behind(place: Place) -> str:
    for coding in ("gzip", "br"):
        with place.held(old=True, coding=coding) as held:
            run = chat(place.nginx.plain, "off")
            await step_by_step(held, run)
        assert _coding(run) == coding, run.recording.response
        assert coding in place.raw.requests[0].headers["accept-encoding"]
    return "gzip, br"


@case("nginx gives up on a silent stream (proxy_read_timeout)")
async def impatient(place: Place) -> str:
    with place.held() as held:
        run = chat(place.nginx.plain, "impatient")
        held.words(3)
        await run
        whole(run, held, "cut off")
    said = message(run, "cut_off")
    assert "incomplete chunked read" not in said, said
    return said


@case("nginx gives up on a server that never answers: 504")
async def never(place: Place) -> str:
    place.raw.serve(silent)
    error = await failure(chat(place.nginx.plain, "impatient"), sw.StatusError, "504", hint="gateway")
    assert "<html>" in error.body
    return str(error)


@case("nginx finds nobody behind it: 502")
async def down(place: Place) -> str:
    error = await failure(chat(place.nginx.plain, "down"), sw.StatusError, "502", hint="gateway")
    assert "<html>" in error.body
    return str(error)


@case("nginx finds the request too large: 413")
async def large(place: Place) -> str:
    run = chat(place.nginx.plain, "small", json={"prompt": "x" * 300_000})
    error = await failure(run, sw.StatusError, "413", hint="too large")
    assert error.status == 413
    return str(error)


@case("nginx is full, 503 with Retry-After: asked again until there is room")
async def full(place: Place) -> str:
    with place.held() as held:
        first = chat(place.nginx.plain, "one")
        held.words(1)
        await anext(aiter(first))  # it has the one place
        error = await failure(chat(place.nginx.plain, "one"), sw.StatusError, "503", hint="asks to wait 1 s")
        second = chat(place.nginx.plain, "one", reconnect=sw.Reconnect(attempts=50, before_first_event_only=True))
        await until(lambda: marks(second, "wait"))
        place.raw.stream(_event("second"))
        held.end()
        await first
        whole(first, held)
        await second
    assert (second.status, second.text) == ("done", "second"), (second.status, second.error)
    waits = [mark["seconds"] for mark in marks(second, "wait")]
    assert all(wait >= 1 for wait in waits), waits
    return f"{error} With a policy: {second.status} after {len(waits)} waits of at least 1 s."


@case("nginx is full and the POST is not repeated more than twice unless asked")
async def twice(place: Place) -> str:
    with place.held() as held:
        first = chat(place.nginx.plain, "one")
        held.words(1)
        await anext(aiter(first))
        run = chat(place.nginx.plain, "one", reconnect="auto")
        error = await failure(run, sw.StatusError, "503", hint="tried 3 times")
        held.end()
        await first
        whole(first, held)
    assert len(marks(run, "reconnect")) == 2, marks(run, "reconnect")
    return error.hint


@case("Stop is seen by the server behind nginx")
async def stopped(place: Place) -> str:
    with place.held() as held:
        run = chat(place.nginx.plain, "off")
        held.words(1)
        await anext(aiter(run))
        run.stop()
        connection = place.raw.requests[0]
        assert connection.closed_by_client(), "the server did not see the end"
        assert (run.status, run.text) == ("stopped", held.said), (run.status, run.text)
    return "seen"


async def _answers(held: Held, run: Run, words: int, *, rate: float) -> None:
    """The server says so many words at this rate, and all of them arrive."""
    held.words(words, rate=rate)
    held.end()
    await run
    whole(run, held)


def _pieces(run: Run) -> int:
    """In how many pieces its events came."""
    return len({event.chunk for event in run.events})


def _coding(run: Run) -> str:
    headers = {name.lower(): value for name, value in (run.recording.response or {})["headers"]}
    return str(headers.get("content-encoding"))


def _event(text: str) -> bytes:
    delta = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]}
    return f"data: {json.dumps(delta)}\n\ndata: [DONE]\n\n".encode()
