"""What the first request of a process would otherwise do on the loop of all streams: load modules, and the certificates of TLS.

That takes 0.1 to 0.3 s, in which no other stream's time could be stamped, and it would count as time to the first byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import threading
from functools import lru_cache

import httpx

from ..errors import ConnectError

_done = threading.Event()


def tls() -> ssl.SSLContext:
    """One context for all clients, since making one takes tens of milliseconds; another if the environment names other certificates.

    Raises ConnectError if it names some that cannot be read.
    """
    named = tuple((name, path, _changed(path)) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if (path := os.environ.get(name)))
    try:
        return _context(named)
    except OSError as error:  # of which ssl.SSLError is one
        where = " and ".join(f"{name}={path}" for name, path, _ in named)
        raise ConnectError(
            f"The certificates that the environment names cannot be read: {where or 'those of certifi'}: {error.strerror or error}.",
            hint="SSL_CERT_FILE is a file in PEM format, SSL_CERT_DIR a folder that `openssl rehash` has prepared.",
        ) from None


@lru_cache(maxsize=2)
def _context(named: tuple[tuple[str, str, int], ...]) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _changed(path: str) -> int:
    """When it was last changed, ns; 0 if it is not there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


async def warm() -> None:
    """Have it done, once, in a thread that ends with it. Never raises: what cannot be loaded is the request's own trouble."""
    if _done.is_set():
        return
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def work() -> None:
        with contextlib.suppress(Exception):
            asyncio.run(_load())
        _done.set()
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(_let_go, over)

    threading.Thread(target=work, name="sse-widget-warming", daemon=True).start()
    await over


def _let_go(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():  # it may have been cancelled
        waiting.set_result(None)


async def _load() -> None:
    import anyio  # httpx's; it loads what it needs of asyncio when it is first used

    async with httpx.AsyncClient(verify=tls(), trust_env=False):  # loads httpcore
        await anyio.sleep(0)
