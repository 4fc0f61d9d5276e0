"""TLS with an authority of one's own, TLS that fails, and HTTP/2, which clients of the user speak."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import httpx

import sse_widget as sw
from sse_widget.sources.leaving import lane_of

from .place import Place, case, chat, client, environment, failure, message, step_by_step, stream, until, whole


@case("TLS, private CA by SSL_CERT_FILE")
async def by_variable(place: Place) -> str:
    with environment(SSL_CERT_FILE=str(place.authority)), place.held() as held:
        run = chat(place.nginx.tls, "off")
        await step_by_step(held, run)
    return f"{run.status}, {(run.recording.response or {})['http_version']}"


@case("TLS, private CA by SSL_CERT_FILE, and taken back")
async def taken_back(place: Place) -> str:
    with environment(SSL_CERT_FILE=str(place.authority)), place.held() as held:
        await step_by_step(held, chat(place.nginx.tls, "off"))
    await failure(chat(place.nginx.tls, "off"), sw.ConnectError, "certificate")
    return "refused again"


@case("TLS, SSL_CERT_FILE names no file")
async def no_file(place: Place) -> str:
    with environment(SSL_CERT_FILE="/nowhere/ca.pem"):
        error = await failure(chat(place.nginx.tls, "off"), sw.ConnectError, "SSL_CERT_FILE", hint="SSL_CERT_FILE")
    return str(error)


@case("TLS, private CA by the user's client (verify=)")
async def by_client(place: Place) -> str:
    async with client(verify=place.trusting) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "off", client=mine)
            await step_by_step(held, run)
    return str(run.status)


@case("TLS, a CA that nobody knows")
async def unknown(place: Place) -> str:
    error = await failure(chat(place.nginx.tls, "off", reconnect="auto"), sw.ConnectError, "certificate", hint="SSL_CERT_FILE")
    assert "tried" not in error.hint, "it was tried again, which cannot help"
    return str(error)


@case("TLS, a certificate that has expired")
async def expired(place: Place) -> str:
    with environment(SSL_CERT_FILE=str(place.authority)):
        return str(await failure(chat(place.nginx.expired, "off"), sw.ConnectError, "expired", hint="clock"))


@case("TLS, a certificate of another host")
async def wrong_host(place: Place) -> str:
    with environment(SSL_CERT_FILE=str(place.authority)):
        return str(await failure(chat(place.nginx.wrong, "off"), sw.ConnectError, "127.0.0.1", hint="host"))


@case("TLS, asked of a port without it")
async def not_there(place: Place) -> str:
    url = place.nginx.plain.replace("http:", "https:")
    return str(await failure(chat(url, "off"), sw.ConnectError, hint="http://"))


@case("no TLS, asked of a port with it")
async def too_plain(place: Place) -> str:
    url = place.nginx.tls.replace("https:", "http:")
    return str(await failure(chat(url, "off"), sw.StatusError, "400", hint="https://"))


@case("HTTP/2, the user's client: each token before the next is sent")
async def two(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "off", client=mine)
            await step_by_step(held, run)
    version = (run.recording.response or {})["http_version"]
    assert version == "HTTP/2", version
    return f"{run.status}, {version}"


@case("HTTP/2, an open response")
async def two_open(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            request = mine.build_request("POST", f"{place.nginx.tls}/off/v1/chat/completions", json={"stream": True})
            held.words(1)
            response = await mine.send(request, stream=True)
            assert response.http_version == "HTTP/2"
            run = stream(response)
            texts = aiter(run)
            await anext(texts)
            await step_by_step(held, run, texts=texts)
    return str(run.status)


@case("HTTP/2, two streams over one connection, one stopped")
async def two_at_once(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as first:
            one = chat(place.nginx.tls, "off", client=mine)
            first.words(1)
            await anext(aiter(one))
            left = place.raw.requests[0]
            with place.held() as second:
                two = chat(place.nginx.tls, "off", client=mine)
                second.words(1)
                texts = aiter(two)
                await anext(texts)
                one.stop()
                assert await until(lambda: left.closed_by_client(0.05)), "the server behind does not see that the first is stopped"
                await step_by_step(second, two, texts=texts)
        assert len(mine._transport._pool.connections) == 1  # type: ignore[attr-defined]  # httpx does not tell otherwise
    return f"{one.status}; {two.status}"


@case("HTTP/2, Stop before the answer begins")
async def two_early(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        gone = threading.Event()
        place.raw.requests.clear()
        place.raw.serve(lambda connection: gone.set() if connection.closed_by_client() else None)
        run = chat(place.nginx.tls, "off", client=mine)
        await until(lambda: place.raw.requests)
        run.stop()
        await run
        assert await until(gone.is_set), "the server behind does not see it"
    return str(run.status)


@case("HTTP/2, Stop of an open response")
async def two_open_stopped(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            held.words(1)
            request = mine.build_request("POST", f"{place.nginx.tls}/off/v1/chat/completions", json={"stream": True})
            run = stream(await mine.send(request, stream=True))
            await anext(aiter(run))
            run.stop()
            await run
            connection = place.raw.requests[0]
            assert await until(lambda: connection.closed_by_client(0.05)), "the server behind does not see it"
    return str(run.status)


@case("HTTP/2, Stop of an SDK's stream")
async def two_sdk(place: Place) -> str:
    class Chunks:
        """Shaped like those of the providers' packages: it holds the response that it reads."""

        def __init__(self, response: httpx.Response) -> None:
            self.response = response

        async def __aiter__(self) -> AsyncIterator[dict[str, object]]:
            async for line in self.response.aiter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:])

    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            held.words(1)
            request = mine.build_request("POST", f"{place.nginx.tls}/off/v1/chat/completions", json={"stream": True})
            run = stream(Chunks(await mine.send(request, stream=True)))
            await anext(aiter(run))
            run.stop()
            await run
            connection = place.raw.requests[0]
            assert await until(lambda: connection.closed_by_client(0.05)), "the server behind does not see it"
    return str(run.status)


@case("HTTP/2, Stop of an open response of a sync client")
async def two_sync(place: Place) -> str:
    with httpx.Client(verify=place.trusting, http2=True, timeout=None, trust_env=False) as mine, place.held() as held:
        held.words(1)
        request = mine.build_request("POST", f"{place.nginx.tls}/off/v1/chat/completions", json={"stream": True})
        run = stream(await asyncio.to_thread(mine.send, request, stream=True))
        await anext(aiter(run))
        run.stop()
        await run
        connection = place.raw.requests[0]
        assert await until(lambda: connection.closed_by_client(0.05)), "the server behind does not see it"
    return str(run.status)


@case("HTTP/2, httpcore itself still leaves the server writing")
async def two_needed(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            held.words(1)
            async with mine.stream("POST", f"{place.nginx.tls}/off/v1/chat/completions", json={"stream": True}) as response:
                lane = lane_of(response)
                assert lane is not None
                await anext(response.aiter_bytes())
            closed = lane.connection._h2_state.streams[lane.number].closed
    assert not closed, "it resets the stream: sse_widget/sources/leaving.py is not needed any more"
    return "so ours has to"


@case("HTTP/2, nginx gives up on a silent stream")
async def two_cut(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "impatient", client=mine)
            held.words(2)
            await run
            whole(run, held, "cut off")
    said = message(run, "cut_off")
    assert "HTTP/2" in said, said
    assert "<" not in said, said
    return said


@case("nginx is reloaded during a stream, HTTP/1.1")
async def reloaded(place: Place) -> str:
    async with client(verify=place.trusting) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "off", client=mine)
            texts = aiter(run)
            held.words(1)
            await anext(texts)
            before = place.nginx.reload()
            await until(lambda: place.nginx.retired > before)
            await step_by_step(held, run, texts=texts)
    return str(run.status)


@case("nginx is reloaded during a stream, HTTP/2")
async def two_reloaded(place: Place) -> str:
    async with client(verify=place.trusting, http2=True) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "off", client=mine)
            held.words(1)
            await anext(aiter(run))
            place.nginx.reload()
            await run  # nginx would let it go on; httpcore takes the announcement for the end (up to 1.0.9 at least)
            whole(run, held, "cut off")
    said = message(run, "cut_off")
    assert "announced the end of the connection (HTTP/2)" in said, said
    return said
