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
from ..turns import turns

_done = threading.Event()
_lock = threading.Lock()
_waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []


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
    with _lock:
        _waiting.append((loop, over))
        if len(_waiting) == 1:  # of hundreds that begin at once, the first does it for all
            threading.Thread(target=_work, name="sse-widget-warming", daemon=True).start()
    await over
    await turns.through_door()


def _work() -> None:
    with contextlib.suppress(Exception):
        asyncio.run(_load())
    with _lock:
        _done.set()
        waiting, _waiting[:] = _waiting[:], []
    for loop, over in waiting:
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(_let_go, over)


def _let_go(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():  # it may have been cancelled
        waiting.set_result(None)


async def _load() -> None:
    import anyio  # httpx's; it loads what it needs of asyncio when it is first used

    from . import pouring  # noqa: F401 - loads httpcore

    async with httpx.AsyncClient(verify=tls(), trust_env=False):
        await anyio.sleep(0)


def _forget() -> None:
    global _lock
    _lock = threading.Lock()
    _waiting.clear()


if hasattr(os, "register_at_fork"):  # a forked child has those who wait, but not the thread that they wait for
    os.register_at_fork(after_in_child=_forget)
