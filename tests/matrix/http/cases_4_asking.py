"""Redirects, and a client of the user's own: its auth, its timeouts and its transports."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx

import sse_widget as sw

from ...support import Connection
from .place import Place, case, chat, client, failure, marks, message, silent, step_by_step, stream, whole

KEY = "sk-that-must-not-travel-0123456789"
EVENT = b'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "%s"}, "finish_reason": "stop"}]}\n\n'


@case("redirects of a POST within the origin")
async def within(place: Place) -> str:
    told = []
    for code in (301, 302, 303, 307, 308):
        with place.held() as held:
            run = chat(place.nginx.plain, f"redirect/{code}", headers={"authorization": f"Bearer {KEY}"})
            await step_by_step(held, run)
            (request,) = place.raw.requests
        method = request.head.partition(" ")[0]
        assert method == ("POST" if code > 303 else "GET"), f"{code}: {method}"
        assert bool(request.body) == (code > 303)
        assert request.headers["authorization"] == f"Bearer {KEY}"
        (mark,) = marks(run, "redirect")
        assert mark["status"] == code
        told.append(f"{code} {method}")
    return ", ".join(told)


@case("redirects to another origin, with credentials: refused, and nothing is sent there")
async def elsewhere(place: Place) -> str:
    said = ""
    for code in (301, 302, 303, 307, 308):
        for credentials in ({"authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}, {"api-key": KEY}, {"cookie": f"session={KEY}"}):
            place.raw.requests.clear()
            run = chat(place.nginx.plain, f"elsewhere/{code}", headers=credentials)
            error = await failure(run, sw.RedirectError, place.nginx.other, hint="trust")
            assert place.raw.requests == []
            assert KEY not in repr(error.to_dict())
            said = str(error)
    return said


@case("redirects to another origin, without credentials: followed")
async def followed(place: Place) -> str:
    for code in (301, 302, 303, 307, 308):
        with place.held() as held:
            await step_by_step(held, chat(place.nginx.plain, f"elsewhere/{code}"))
    return "5 of 5"


@case("a redirect from http to https of the same host counts as another origin")
async def to_tls(place: Place) -> str:
    run = chat(place.nginx.plain, "to-tls", headers={"x-api-key": KEY})
    await failure(run, sw.RedirectError, "https://")
    async with client(verify=place.trusting) as mine:
        with place.held() as held:
            await step_by_step(held, chat(place.nginx.plain, "to-tls", client=mine))
    return "refused with credentials, followed without"


@case("basic auth, by auth= and by the client's, checked by nginx")
async def basic(place: Place) -> str:
    pair = ("reader", "pass-of-the-reader")
    error = await failure(chat(place.nginx.plain, "basic"), sw.StatusError, "401", hint="key")
    with place.held() as held:
        run = chat(place.nginx.plain, "basic", auth=pair)
        await step_by_step(held, run)
    async with client(auth=pair) as mine:
        with place.held() as held:
            await step_by_step(held, chat(place.nginx.plain, "basic", client=mine))
    assert pair[1] not in repr([run.recording.request, error])
    return "done by both, 401 without"


@case("digest auth of the user's client")
async def digest(place: Place) -> str:
    async with client(auth=httpx.DigestAuth("reader", "secret-of-the-reader")) as mine:
        with place.held() as held:
            play = place.raw.handler

            def ask(connection: Connection) -> None:
                given = dict(re.findall(r'(\w+)="?([^",]+)"?', connection.headers.get("authorization", "")))
                if not given:
                    challenge = 'WWW-Authenticate: Digest realm="r", nonce="abc", qop="auth", algorithm=MD5'
                    connection.socket.sendall(f"HTTP/1.1 401 Unauthorized\r\n{challenge}\r\nContent-Length: 0\r\n\r\n".encode())
                    return
                first = _md5("reader:r:secret-of-the-reader")
                second = _md5(f"POST:{given['uri']}")
                wanted = _md5(f"{first}:abc:{given['nc']}:{given['cnonce']}:auth:{second}")
                assert given["response"] == wanted
                play(connection)

            place.raw.serve(ask)
            run = chat(place.nginx.plain, "off", client=mine)
            await step_by_step(held, run)
        assert len(place.raw.requests) == 2
    return f"{run.status}, after one challenge"


@case("an auth of the user's own, which fetches a token and renews it at 401")
async def own_auth(place: Place) -> str:
    async with client(auth=_Tokens(f"{place.raw.url}/token")) as mine:
        with place.held() as held:
            play = place.raw.handler

            def ask(connection: Connection) -> None:
                if connection.head.startswith("GET /token"):
                    connection.socket.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(KEY)}\r\n\r\n{KEY}".encode())
                elif connection.headers.get("authorization") != f"Bearer {KEY}":
                    connection.socket.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                else:
                    play(connection)

            place.raw.serve(ask)
            run = chat(place.nginx.plain, "off", client=mine)
            await step_by_step(held, run)
    assert KEY not in repr(run.recording.request)
    return f"{run.status}; asked: 401, the token, the stream"


@case("a timeout of the user's client: the text before it is kept")
async def timeout(place: Place) -> str:
    async with client(timeout=httpx.Timeout(10, read=1.0)) as mine:
        with place.held() as held:
            held.words(3)
            run = await chat(place.nginx.plain, "off", client=mine)
            whole(run, held, "cut off")
        said = message(run, "cut_off")
        assert "timeout" in said, said
        place.raw.serve(silent)
        error = await failure(chat(place.nginx.plain, "off", client=mine), sw.ConnectError, "ReadTimeout", hint="timeout")
    return f"{said} Before the answer: {error}"


@case("timeout=httpx.Timeout(read=…)")
async def timeout_of_ours(place: Place) -> str:
    with place.held() as held:
        held.words(3)
        run = await chat(place.nginx.plain, "off", timeout=httpx.Timeout(10, read=1.0))
        whole(run, held, "cut off")
    return message(run, "cut_off")


@case("a full pool of the user's client")
async def pool(place: Place) -> str:
    async with client(limits=httpx.Limits(max_connections=1), timeout=httpx.Timeout(None, pool=0.5)) as mine:
        with place.held() as held:
            first = chat(place.nginx.plain, "off", client=mine)
            texts = aiter(first)
            held.words(1)
            await anext(texts)
            error = await failure(chat(place.nginx.plain, "off", client=mine), sw.ConnectError, "in use", hint="Limits")
            await step_by_step(held, first, texts=texts)
    return str(error)


@case("httpx.ASGITransport")
async def asgi(place: Place) -> str:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": EVENT % b"in process"})

    async with client(transport=httpx.ASGITransport(app)) as mine:
        run = await stream("http://app/", client=mine)
    assert (run.status, run.text) == ("done", "in process"), (run.status, run.text)
    return str(run.status)


@case("httpx.MockTransport, whose stream waits for what is read of it")
async def mock(place: Place) -> str:
    seen = asyncio.Event()

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield EVENT.replace(b'"stop"', b"null") % b"one"
            await seen.wait()
            yield EVENT % b" two"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Body())

    async with client(transport=httpx.MockTransport(answer)) as mine:
        run = stream("http://mock/", client=mine)
        assert await anext(aiter(run)) == "one"
        seen.set()
        await run
    assert (run.status, run.text) == ("done", "one two"), (run.status, run.text)
    return str(run.status)


@case("a transport of the user's own that fails")
async def failing(place: Place) -> str:
    class Failing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no route in this transport", request=request)

    async with client(transport=Failing()) as mine:
        return str(await failure(stream("http://own/", client=mine), sw.ConnectError, "no route in this transport"))


class _Tokens(httpx.Auth):
    """Fetches a token when the one it has is refused. It reads no other body, since that would hold a stream back to its end."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["authorization"] = "Bearer old"
        if (yield request).status_code == 401:
            token = yield httpx.Request("GET", self._url)
            request.headers["authorization"] = f"Bearer {(await token.aread()).decode()}"
            yield request


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # the algorithm that Digest has
