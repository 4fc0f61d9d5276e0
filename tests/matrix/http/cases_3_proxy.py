"""A forward proxy, named by the environment: for HTTP, as a tunnel for TLS, with credentials, refusing, and not there."""

from __future__ import annotations

import sse_widget as sw
from sse_widget.run import Run

from ...support import closed_port
from .place import PROXY_SECRET, Place, case, chat, client, environment, failure, step_by_step


@case("HTTP_PROXY: each token before the next is sent")
async def plain(place: Place) -> str:
    before = len(place.proxy.asked())
    with environment(HTTP_PROXY=place.proxy.bare), place.held() as held:
        await step_by_step(held, chat(place.nginx.plain, "off"))
    (asked,) = place.proxy.asked()[before:]
    assert asked.startswith(f"POST {place.nginx.plain}/off/"), asked
    return "the proxy saw POST http://…"


@case("HTTPS_PROXY: a tunnel (CONNECT)")
async def tunnel(place: Place) -> str:
    before = len(place.proxy.asked())
    with environment(HTTPS_PROXY=place.proxy.bare, SSL_CERT_FILE=str(place.authority)), place.held() as held:
        await step_by_step(held, chat(place.nginx.tls, "off"))
    (asked,) = place.proxy.asked()[before:]
    assert asked.startswith(f"CONNECT 127.0.0.1:{place.nginx.ports['tls']}"), asked
    return "the proxy saw CONNECT …"


@case("ALL_PROXY: both")
async def both(place: Place) -> str:
    before = len(place.proxy.asked())
    with environment(ALL_PROXY=place.proxy.bare, SSL_CERT_FILE=str(place.authority)):
        for url in (place.nginx.plain, place.nginx.tls):
            with place.held() as held:
                await step_by_step(held, chat(url, "off"))
    asked = [line.partition(" ")[0] for line in place.proxy.asked()[before:]]
    assert asked == ["POST", "CONNECT"], asked
    return "POST and CONNECT"


@case("NO_PROXY")
async def without(place: Place) -> str:
    before = len(place.proxy.asked())
    with environment(ALL_PROXY=place.proxy.bare, NO_PROXY="localhost,127.0.0.1"), place.held() as held:
        await step_by_step(held, chat(place.nginx.plain, "off"))
    assert place.proxy.asked()[before:] == []
    return "the proxy saw nothing"


@case("a proxy with credentials, HTTP and CONNECT; they are nowhere to be seen")
async def credentials(place: Place) -> str:
    with environment(ALL_PROXY=place.closed.url, SSL_CERT_FILE=str(place.authority)):
        for url in (place.nginx.plain, place.nginx.tls):
            with place.held() as held:
                run = chat(url, "off")
                await step_by_step(held, run)
                _kept(run)
                assert "proxy-authorization" not in place.raw.requests[0].headers
    return "done, done"


@case("a proxy that wants credentials: 407 to HTTP")
async def refused(place: Place) -> str:
    with environment(HTTP_PROXY=place.closed.bare):
        return str(await failure(chat(place.nginx.plain, "off"), sw.StatusError, "407", hint="credentials"))


@case("a proxy that wants credentials: 407 to CONNECT")
async def refused_tunnel(place: Place) -> str:
    with environment(HTTPS_PROXY=place.closed.bare):
        return str(await failure(chat(place.nginx.tls, "off"), sw.ConnectError, "407", hint="credentials"))


@case("a proxy that gets wrong credentials, which its refusal does not tell")
async def wrong(place: Place) -> str:
    with environment(ALL_PROXY=place.closed.url.replace(PROXY_SECRET, f"wrong-{PROXY_SECRET}")):
        run = chat(place.nginx.plain, "off")
        error = await failure(run, sw.StatusError, "401")  # tinyproxy's word for it
        _kept(run)
        run = chat(place.nginx.tls, "off")
        tunnel = await failure(run, sw.ConnectError, "proxy", hint="credentials")
        _kept(run)
    return f"{error.message} {tunnel.message}"


@case("a proxy that is not there")
async def down(place: Place) -> str:
    told = ""
    for name, url in (("HTTP_PROXY", place.nginx.plain), ("HTTPS_PROXY", place.nginx.tls), ("ALL_PROXY", place.nginx.plain)):
        with environment(**{name: f"http://me:{PROXY_SECRET}@127.0.0.1:{closed_port()}"}):
            run = chat(url, "off")
            told = str(await failure(run, sw.ConnectError, "proxy", hint="environment"))
            _kept(run)
    return told


@case("a proxy that finds nobody at the other end of the tunnel")
async def nobody(place: Place) -> str:
    with environment(HTTPS_PROXY=place.proxy.bare):
        return str(await failure(chat(f"https://127.0.0.1:{closed_port()}", "off"), sw.ConnectError, "proxy", hint="NO_PROXY"))


@case("a proxy of the user's client, HTTP/2 in its tunnel")
async def of_the_client(place: Place) -> str:
    async with client(verify=place.trusting, http2=True, proxy=place.closed.url) as mine:
        with place.held() as held:
            run = chat(place.nginx.tls, "off", client=mine)
            await step_by_step(held, run)
            _kept(run)
    return f"{run.status}, {(run.recording.response or {})['http_version']}"


@case("Stop goes through proxy and nginx to the server")
async def stopped(place: Place) -> str:
    with environment(HTTP_PROXY=place.proxy.bare), place.held() as held:
        run = chat(place.nginx.plain, "off")
        held.words(1)
        await anext(aiter(run))
        run.stop()
        assert place.raw.requests[0].closed_by_client(), "the server did not see the end"
    return str(run.status)


def _kept(run: Run) -> None:
    """The proxy's credentials are neither in what is recorded nor in what is said."""
    recording = run.recording
    marks = list(recording.marks(0, len(recording)))
    told = repr([recording.request, recording.response, marks, run.error, str(run.error), getattr(run.error, "__cause__", None)])
    assert PROXY_SECRET not in told, told
