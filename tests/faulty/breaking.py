"""Streams in odd pieces, connections that break, and servers that say nothing."""

from __future__ import annotations

import asyncio

from .talk import Talk, fault


# --- nothing wrong, in odd ways ----------------------------------------------------------------------------------------------
@fault
async def good(talk: Talk) -> None:
    await talk.head()
    await talk.finish()


@fault
async def delay(talk: Talk) -> None:
    """A pause before the head, after it, in mid-stream and before the end."""
    await asyncio.sleep(0.02)
    await talk.head()
    await asyncio.sleep(0.02)
    await talk.say(talk.at)
    await asyncio.sleep(0.02)
    await talk.done()
    await asyncio.sleep(0.02)
    await talk.finish()


@fault
async def drip(talk: Talk) -> None:
    """One byte at a time, the head and the chunks' lengths too."""
    write = talk.write

    async def slowly(data: bytes) -> None:
        for byte in data:
            await write(bytes([byte]))
            await asyncio.sleep(0)

    talk.write = slowly  # type: ignore[method-assign]
    await good(talk)


@fault
async def hints(talk: Talk) -> None:
    """A thousand times "103 Early Hints" before the answer."""
    await talk.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000)
    await good(talk)


@fault
async def until_close(talk: Talk) -> None:
    """HTTP/1.0: no length at all, the end of the connection is that of the stream."""
    await talk.head("200 OK", False)
    await talk.finish()
    talk.close()


@fault
async def half_closed_end(talk: Talk) -> None:
    """The same by closing only the server's half."""
    await talk.head("200 OK", False)
    await talk.finish()
    talk.writer.write_eof()


@fault
async def trailing(talk: Talk) -> None:
    """Garbage after the end of the answer."""
    await talk.head()
    await talk.finish()
    await talk.write(b"\0\xff\r\nHTTP/1.1 500 Oops\r\n\r\n" * 20)


@fault
async def junk_lines(talk: Talk) -> None:
    """Bytes between the events that are no line of an event stream."""
    await talk.head()
    await talk.say(talk.at)
    await talk.body(b"\n\0\xff\xfe junk\r\n<html>\r\r" + bytes(range(14, 58)) + b"\n" + b"\x80" * 3000 + b"\n\n")
    await talk.finish()


@fault
async def broken_after_end(talk: Talk) -> None:
    """All is said, ``[DONE]`` as well, and then the connection breaks."""
    await talk.head()
    await talk.done()
    talk.close()


@fault
async def open_after_end(talk: Talk) -> None:
    """All is said, and the server does not hang up."""
    await talk.head()
    await talk.done()
    await talk.left()


# --- the connection breaks ---------------------------------------------------------------------------------------------------
@fault
async def cut(talk: Talk) -> None:
    """In the middle of an event."""
    await talk.head()
    await talk.say(talk.at)
    await talk.body(talk.event(talk.at)[:30])
    talk.close()


@fault
async def cut_between(talk: Talk) -> None:
    await talk.head()
    await talk.say(talk.at)
    talk.close()


@fault
async def cut_before(talk: Talk) -> None:
    talk.close()


@fault
async def cut_head(talk: Talk) -> None:
    await talk.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    talk.close()


@fault
async def half_close(talk: Talk) -> None:
    """The server's half is closed in mid-stream; it still listens."""
    await talk.head()
    await talk.say(talk.at)
    talk.writer.write_eof()


@fault
async def reset(talk: Talk) -> None:
    await talk.head()
    await talk.say(talk.at)
    await talk.arrived()
    talk.reset()


@fault
async def reset_before(talk: Talk) -> None:
    talk.reset()


@fault
async def reset_head(talk: Talk) -> None:
    await talk.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await talk.arrived()
    talk.reset()


# --- nothing comes -----------------------------------------------------------------------------------------------------------
@fault
async def never(talk: Talk) -> None:
    """No answer at all."""
    await talk.left()


@fault
async def never_head(talk: Talk) -> None:
    await talk.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
    await talk.left()


@fault
async def never_first(talk: Talk) -> None:
    await talk.head()
    await talk.left()


@fault
async def never_more(talk: Talk) -> None:
    await talk.head()
    await talk.say(talk.at)
    await talk.left()


@fault
async def never_end(talk: Talk) -> None:
    """Pings for ever, and no word more."""
    await talk.head()
    await talk.say(talk.at)
    while True:
        await talk.body(b": ping\n\n")
        await asyncio.sleep(0.005)


@fault
async def endless_hints(talk: Talk) -> None:
    while True:
        await talk.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
        await asyncio.sleep(0.001)
