"""Answers that are wrong: in their lengths, as HTTP, in their coding, or by their status."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

from .talk import Talk, fault


# --- wrong lengths -----------------------------------------------------------------------------------------------------------
async def _plain(talk: Talk, length: str) -> None:
    await talk.head("200 OK", False, Content_Length=length)
    await talk.finish()


@fault
async def length_long(talk: Talk) -> None:
    """Content-Length promises more than comes."""
    await talk.head("200 OK", False, Content_Length="1000000")
    await talk.say(talk.at)
    talk.close()


@fault
async def length_short(talk: Talk) -> None:
    """Content-Length promises so little that the stream ends in an event."""
    await _plain(talk, str(sum(len(talk.event(i)) for i in range(talk.at)) + 20))


@fault
async def length_none(talk: Talk) -> None:
    await _plain(talk, "0")


@fault
async def length_bad(talk: Talk) -> None:
    await _plain(talk, "many")


@fault
async def length_two(talk: Talk) -> None:
    await _plain(talk, "100\r\nContent-Length: 200")


async def _odd_chunk(talk: Talk, data: bytes) -> None:
    await talk.head()
    await talk.say(talk.at)
    await talk.write(data)
    talk.close()


@fault
async def chunk_letters(talk: Talk) -> None:
    await _odd_chunk(talk, b"zz\r\n" + talk.event(talk.at) + b"\r\n0\r\n\r\n")


@fault
async def chunk_negative(talk: Talk) -> None:
    await _odd_chunk(talk, b"-5\r\n" + talk.event(talk.at) + b"\r\n0\r\n\r\n")


@fault
async def chunk_huge(talk: Talk) -> None:
    await _odd_chunk(talk, b"ffffffffffffffffffffffff\r\n" + talk.event(talk.at))


@fault
async def chunk_long(talk: Talk) -> None:
    """A chunk that promises more than comes."""
    await _odd_chunk(talk, b"ffff\r\n" + talk.event(talk.at)[:30])


@fault
async def chunk_short(talk: Talk) -> None:
    """A chunk that is longer than it says."""
    await _odd_chunk(talk, b"5\r\n" + talk.event(talk.at) + b"\r\n0\r\n\r\n")


@fault
async def chunk_garbage(talk: Talk) -> None:
    await _odd_chunk(talk, random.Random(talk.seed).randbytes(3000))


# --- no HTTP -----------------------------------------------------------------------------------------------------------------
async def _instead(talk: Talk, data: bytes) -> None:
    await talk.write(data)
    talk.close()


@fault
async def garbage(talk: Talk) -> None:
    await _instead(talk, random.Random(talk.seed).randbytes(5000))


@fault
async def garbage_line(talk: Talk) -> None:
    """A first line that never ends."""
    await _instead(talk, b"x" * 300_000)


@fault
async def banner(talk: Talk) -> None:
    """A server of something else."""
    await _instead(talk, b"SSH-2.0-OpenSSH_9.2p1\r\n")


@fault
async def http2(talk: Talk) -> None:
    """Frames of HTTP/2, which nobody has asked for."""
    await _instead(talk, b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0d\0\4\0\x10\0\0\0\6\0\0@\0")


@fault
async def headers_many(talk: Talk) -> None:
    await talk.head(**{f"X_{number}": "y" * 1000 for number in range(300)})
    await talk.finish()


@fault
async def headers_large(talk: Talk) -> None:
    await talk.head(X="y" * 1_000_000)
    await talk.finish()


@fault
async def headers_endless(talk: Talk) -> None:
    await talk.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await talk.write(b"X: y\r\n" * 500)


@fault
async def headers_wrong(talk: Talk) -> None:
    await _instead(talk, b"HTTP/1.1 200 OK\r\nContent-Type text/event-stream\r\n\r\n")


# --- wrong codings -----------------------------------------------------------------------------------------------------------
def _gzip() -> Callable[[bytes], bytes]:
    packer = zlib.compressobj(wbits=31)
    return lambda data: packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


@fault
async def gzip_corrupt(talk: Talk) -> None:
    await talk.head(Content_Encoding="gzip")
    talk.pack = _gzip()
    await talk.say(talk.at)
    talk.pack = bytes
    await talk.body(b"\xff" * 400)
    await talk.write(b"0\r\n\r\n")


@fault
async def gzip_cut(talk: Talk) -> None:
    """The coding has no end, the transport has."""
    await talk.head(Content_Encoding="gzip")
    talk.pack = _gzip()
    await talk.say(talk.at)
    await talk.write(b"0\r\n\r\n")


@fault
async def gzip_lie(talk: Talk) -> None:
    """It says gzip, and is none."""
    await talk.head(Content_Encoding="gzip")
    await talk.finish()


@fault
async def coding_unknown(talk: Talk) -> None:
    await talk.head(Content_Encoding="x-secret")
    talk.pack = lambda data: bytes(byte ^ 0x55 for byte in data)
    await talk.finish()


# --- statuses ----------------------------------------------------------------------------------------------------------------
async def _refuse(talk: Talk, status: str, **headers: str) -> None:
    body = b'{"error": {"message": "Not now.", "type": "overloaded"}}'
    await talk.head(status, False, Content_Length=str(len(body)), **headers)
    await talk.write(body)


@fault
async def status_429(talk: Talk) -> None:
    await _refuse(talk, "429 Too Many Requests", Retry_After="0")


@fault
async def status_503(talk: Talk) -> None:
    await _refuse(talk, "503 Service Unavailable", Retry_After="0")


@fault
async def status_500(talk: Talk) -> None:
    await _refuse(talk, "500 Internal Server Error")


@fault
async def status_401(talk: Talk) -> None:
    await _refuse(talk, "401 Unauthorized")


@fault
async def status_cut(talk: Talk) -> None:
    """An error whose words break off."""
    await talk.head("502 Bad Gateway", False, Content_Length="1000")
    await talk.write(b"upstream")
    talk.close()


@fault
async def redirect_to_reset(talk: Talk) -> None:
    await talk.head("307 Temporary Redirect", False, Content_Length="0", Location="/reset_before")
