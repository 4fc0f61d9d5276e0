"""Threads that start streams and follow them in every way there is, and one that meddles with those of all the others."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import sse_widget as sw
from tests.pages import Page
from tests.support import RecordingComm

from .streams import Plan, Stream, Wrong, address, plan

LOST = 0.05
"""Of the messages to a page, so many get lost."""


class LossyComm(RecordingComm):
    """A comm with a page behind it, to which not everything gets through. What the page says goes back at once."""

    def __init__(self, *args: Any, **keys: Any) -> None:
        self.page = Page()
        self.chance = random.Random(repr(keys.get("comm_id")))
        self.lossy = True
        self.first = True
        super().__init__(*args, **keys)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any) -> None:
        if msg_type not in ("comm_open", "comm_msg") or not data or "state" not in data:
            return
        if not self.first and self.lossy and self.chance.random() < LOST:
            return
        self.first = False
        self.page.receive({"data": data, "buffers": buffers or []}, time.monotonic())

    def beat(self) -> None:
        """Time has gone by for the page."""
        self.page.tick(time.monotonic())
        said, self.page.said = self.page.said, []
        for command in said:
            self.receive(command)


class Soak:
    """What all threads share. wrong: what was not as it must be, in words."""

    def __init__(self, server: str, seed: int, until: float) -> None:
        self.server, self.seed, self.until = server, seed, until
        self.live: list[Stream] = []
        self.wrong: list[str] = []
        self.injected: Counter[str] = Counter()
        self.ends: dict[str, Counter[str]] = {}
        self.did: Counter[str] = Counter()
        self.started = 0
        self.lock = threading.Lock()

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    def complain(self, stream: Stream | None, error: BaseException) -> None:
        where = f" {stream.plan} {stream.run!r}" if stream is not None else ""
        words = str(error) if isinstance(error, Wrong) else "".join(traceback.format_exception(error))
        with self.lock:
            self.wrong.append(words + where)

    def note(self, stream: Stream) -> None:
        """A stream has ended."""
        with self.lock:
            for fault in stream.plan.faults:
                self.ends.setdefault(fault, Counter())[stream.run.status] += 1

    def start(self, session: sw.Session, chance: random.Random) -> Stream:
        made: Plan = plan(chance)
        with self.lock:
            self.started += 1
            number = self.started
        stream = Stream(session.stream(address(self.server, made, number), show=False, **made.options), made)
        with self.lock:
            self.live.append(stream)
        return stream

    def forget(self, streams: list[Stream]) -> None:
        with self.lock:
            self.live = [stream for stream in self.live if stream not in streams]


# --- who follows -------------------------------------------------------------------------------------------------------------
def _wait(stream: Stream, _: random.Random) -> None:
    stream.run.wait(60)


def _iterate(stream: Stream, chance: random.Random) -> None:
    leave = chance.randrange(40)
    for number, _text in enumerate(stream.run):
        if number == leave and chance.random() < 0.3:
            break
    stream.run.wait(60)


def _await(stream: Stream, _: random.Random) -> None:
    async def main() -> None:
        await asyncio.wait_for(stream.run._wait(), 60)

    asyncio.run(main())


def _async_for(stream: Stream, _: random.Random) -> None:
    async def main() -> None:
        async for text in stream.run:
            assert text

    asyncio.run(asyncio.wait_for(main(), 60))


def _poll(stream: Stream, _: random.Random) -> None:
    for _turn in range(3000):
        try:
            stream.run.wait(0.02)
        except TimeoutError:
            stream.look()
            continue
        return
    raise TimeoutError


def _listen(stream: Stream, _: random.Random) -> None:
    texts: list[str] = []
    end = stream.run.on("delta", lambda delta: texts.append(delta.value) if delta.op == "append" else None)
    with contextlib.closing(contextlib.ExitStack()) as left:
        left.callback(end)
        stream.run.wait(60)


FOLLOW: list[Callable[[Stream, random.Random], None]] = [_wait, _wait, _iterate, _await, _async_for, _poll, _listen]


def person(soak: Soak, number: int) -> None:
    """One who starts sessions of some streams, follows them to their end, and looks whether all is as it must be."""
    chance = random.Random(f"{soak.seed}-{number}")
    while not soak.over and len(soak.wrong) < 20:
        session = sw.Session()
        comm = _shown(session) if chance.random() < 0.3 else None
        streams = [soak.start(session, chance) for _ in range(chance.choice((1, 1, 2, 5)))]
        if comm is not None and chance.random() < 0.15:
            _later(chance, _close, soak, session, streams)
            comm = None
        for stream in streams:
            endless = "stopped" in stream.plan.ends
            if endless or chance.random() < 0.1:
                _later(chance, _stop, soak, stream)
            try:
                chance.choice(FOLLOW)(stream, chance)
            except sw.SSEWidgetError:
                pass
            except BaseException as error:
                soak.complain(stream, error)
                _stop(soak, stream)
        if chance.random() < 0.1:
            session.stop()
            soak.did["session stopped"] += 1
        for stream in streams:
            try:
                stream.end()
            except BaseException as error:
                soak.complain(stream, error)
            soak.note(stream)
        if comm is not None:
            _agree(soak, session, comm, streams)
        soak.forget(streams)


def _stop(soak: Soak, stream: Stream) -> None:
    with stream.lock:
        stream.stopped = True
    stream.run.stop(by="the soak")
    soak.did["stopped"] += 1


def _close(soak: Soak, session: sw.Session, streams: list[Stream]) -> None:
    """The widget is closed while the streams go on, which nobody could see then: so they stop."""
    for stream in streams:
        with stream.lock:
            stream.stopped = True
    session.widget.close()
    soak.did["widget closed"] += 1


def _later(chance: random.Random, job: Callable[..., None], *arguments: Any) -> None:
    timer = threading.Timer(chance.random() * 0.4, job, arguments)
    timer.daemon = True
    timer.start()


def _shown(session: sw.Session) -> LossyComm:
    comm = session.widget.comm
    assert isinstance(comm, LossyComm)
    return comm


def _agree(soak: Soak, session: sw.Session, comm: LossyComm, streams: list[Stream]) -> None:
    """The page has missed some of it; now the line is good, and it must come to what the kernel has."""
    comm.lossy = False
    until = time.monotonic() + 60
    wake = threading.Event()
    while time.monotonic() < until:
        with session.lock:
            shown = comm.page.shows()
            texts = [
                "".join(part[3] for part in shown[s.run.id]["parts"] if part[1] == "text") if s.run.id in shown else None for s in streams
            ]
            heads = [len(shown[s.run.id]["frames"]) if s.run.id in shown else -1 for s in streams]
            agree = texts == [s.run.text for s in streams] and heads == [len(s.run.reading.channels) for s in streams]
        if agree:
            break
        with session.lock:
            comm.beat()
        wake.wait(0.1)  # a page's clock has to go on
    else:
        soak.complain(streams[0], Wrong(f"a page does not come to what the kernel has: {texts} {heads}"))
    soak.did["pages agreed"] += 1
    session.widget.close()


# --- who meddles -------------------------------------------------------------------------------------------------------------
def meddler(soak: Soak, number: int) -> None:
    """One who does at random what anybody may do with anybody's stream, from a thread of one's own."""
    chance = random.Random(f"{soak.seed}-meddler-{number}")
    pause = threading.Event()
    while not soak.over and len(soak.wrong) < 20:
        pause.wait(0.002)
        with soak.lock:
            stream = chance.choice(soak.live) if soak.live else None
        if stream is None:
            continue
        run, what = stream.run, chance.random()
        try:
            if what < 0.5:
                stream.look()
                soak.did["looked"] += 1
            elif what < 0.75:
                assert run.status
                assert run.metrics.events >= 0
                assert [repr(run), run.findings, run.output.to_dict(), run.events[-3:], run.recording.frames[-3:], run.logprobs()]
                soak.did["read"] += 1
            elif what < 0.85:
                run.pause()
                pause.wait(chance.random() * 0.01)
                run.resume()
                soak.did["paused"] += 1
            elif what < 0.97:
                with stream.lock:
                    if not stream.over:
                        run.read_again(dialect=chance.choice(("text", "generic", "auto", "openai_chat")), wait=False)
                        run.read_again(wait=False)
                soak.did["read again"] += 1
            elif what < 0.98:
                _stop(soak, stream)
        except BaseException as error:
            soak.complain(stream, error)
