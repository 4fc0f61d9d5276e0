"""Any bytes, cut anyhow: every frame and every column of it as a second decoder has them, which was written for being plain."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.frames import Frames
from sse_widget.framing import FRAMINGS, HEAD
from sse_widget.recording import Recording
from sse_widget.wire import COMMENT, EMPTY, EVENT, IGNORED, RETRY, TAIL, Decoder, Frame, SSEDecoder

from .fuzzing import cut, damaged, tries
from .streams import STREAMS
from .test_wire import ADVERSARIAL, decode, streams, vars_of

END = (1000.0, 999)
"""Time and chunk of the end, as `decode` has them."""


# --- the second decoder ----------------------------------------------------------------------------------------------------
class Plain:
    """The rules of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, for a stream that is
    all there, and beside them what is reported here although a client drops it. It knows nothing of chunks.

    frames: those of the stream, as `Frame` has them, but for time and chunk: in their place stands where their last byte is.
    """

    def __init__(self, stream: bytes) -> None:
        self.frames: list[Frame] = []
        self.last_event_id = ""
        self.retry: int | None = None
        self.data: list[bytes] = []
        self.type = self.id = ""
        self.named = False
        begin = 3 if stream.startswith(b"\xef\xbb\xbf") else 0
        self.block = at = begin
        for line in re.finditer(rb"([^\r\n]*)(\r\n|\r|\n)", stream[begin:]):
            at = begin + line.start()
            shown = at + len(line[1]) + 1  # the LF of a CR LF belongs to no frame
            if line[1]:
                self.line(line[1], at, shown)
            else:
                self.blank(shown)
                self.block = begin + line.end()
            at = begin + line.end()
        self.end(stream[at:], len(stream))

    def line(self, line: bytes, start: int, end: int) -> None:
        """A whole line: "If the line starts with a colon", "contains a colon", "otherwise"."""
        if line.startswith(b":"):
            self.add(COMMENT, start, end, data=line[1:].removeprefix(b" "))
        elif not self.field(line):
            self.add(IGNORED, start, end, data=line)
        elif line.startswith(b"retry"):
            digits = line.partition(b":")[2].removeprefix(b" ")
            self.retry = int(digits.decode()[-15:])
            self.add(RETRY, start, end, data=digits, retry=self.retry)

    def field(self, line: bytes) -> bool:
        """ "Process the field": whether the rules know it."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self.data.append(value)
        elif name == b"event":
            self.type, self.named = value.decode("utf-8", "replace"), True
        elif name == b"id" and b"\0" not in value:
            self.id, self.named = value.decode("utf-8", "replace"), True
        elif name == b"retry":
            return re.fullmatch(rb"0*[0-9]{1,15}", value) is not None  # no number of more digits is a time in ms
        else:
            return False
        return True

    def blank(self, end: int) -> None:
        """ "Dispatch the event"."""
        self.last_event_id = self.id
        if self.data:
            self.add(EVENT, self.block, end, type=self.type or "message", data=b"\n".join(self.data))
        elif self.named:
            self.add(EMPTY, self.block, end, type=self.type)
        self.data, self.type, self.named = [], "", False

    def end(self, rest: bytes, end: int) -> None:
        """ "Once the end of the file is reached, any pending data must be discarded": it is shown, but nothing of it is in force."""
        if rest:
            self.field(rest)
        if rest or self.data or self.named:
            data = b"\n".join(self.data)
            self.frames.append(self.made(TAIL, self.block, end, self.type or "message", self.id, data, None)._replace(time=-1.0))

    def add(self, kind: int, start: int, end: int, *, type: str = "", data: bytes = b"", retry: int | None = None) -> None:
        self.frames.append(self.made(kind, start, end, type, self.last_event_id, data, retry))

    def made(self, kind: int, start: int, end: int, type: str, id: str, data: bytes, retry: int | None) -> Frame:
        return Frame(kind, float(end - 1), start, end, 0, type, id, data.decode("utf-8", "replace"), retry)

    def in_chunks(self, chunks: list[bytes]) -> list[Frame]:
        """The frames of the stream if it comes in these chunks: each is there with the chunk that has its last byte."""
        ends = list(itertools.accumulate(map(len, chunks)))
        return [frame._replace(time=when, chunk=chunk) for frame in self.frames for when, chunk in [_when(frame, ends)]]


def _when(frame: Frame, ends: list[int]) -> tuple[float, int]:
    if frame.time < 0:
        return END
    chunk = next(i for i, end in enumerate(ends) if end > frame.time)
    return float(chunk), chunk


# --- streams ---------------------------------------------------------------------------------------------------------------
lines = st.tuples(
    st.sampled_from([b"data", b"event", b"id", b"retry", b"", b"da", b"\xef\xbb\xbfdata", b" data", b"data\0"]),
    st.sampled_from([b"", b":", b": ", b":  ", b"::"]),
    st.one_of(st.sampled_from([b"", b"7", b"007", b"9" * 16, b"0" * 40 + b"5", b"\0", b"\xe2\x82", b"[DONE]"]), st.binary(max_size=6)),
    st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""]),
).map(b"".join)
structured = st.tuples(st.sampled_from([b"", b"\xef\xbb\xbf", b"\n", b"\xef\xbb"]), st.lists(lines, max_size=14).map(b"".join)).map(
    b"".join
)
provided = st.builds(
    lambda name, seed: damaged(STREAMS[name].body(), seed, seed % 9), st.sampled_from(sorted(STREAMS)), st.integers(0, 2**32)
)
places = st.lists(st.integers(0, 4000), max_size=16)


@tries(300)
@given(st.one_of(structured, streams, provided), places)
@example(b"data: a\r\n: c\r\rdata\n\rid\n\nretry:1\ndata: b", [8, 9, 12, 13])
@example(b"\xef\xbb\xbf: c\n\xef\xbb\xbfdata: a\n\n", [1, 2, 3])
def test_every_frame_is_as_the_second_decoder_has_it(stream: bytes, at: list[int]) -> None:
    plain = Plain(stream)
    for chunks in (cut(stream, at), [stream], [bytes([byte]) for byte in stream]):
        frames, decoder = decode(chunks)
        assert frames == plain.in_chunks(chunks)
        assert (decoder.last_event_id, decoder.retry, decoder.offset) == (plain.last_event_id, plain.retry, len(stream))


@tries(200)
@given(st.one_of(structured, streams), st.one_of(structured, streams), places)
def test_a_second_connection_goes_on_where_the_first_ended(first: bytes, second: bytes, at: list[int]) -> None:
    """What is in force stays in force, what was unfinished does not, and ranges count on."""
    before, decoder = decode([first])
    again: Decoder = SSEDecoder(last_event_id=decoder.last_event_id, retry=decoder.retry, offset=decoder.offset)
    after, again = decode(cut(second, at), again)
    alone, only = decode(cut(second, at))
    assert [(f.start - len(first), f.end - len(first), f.kind, f.type, f.data, f.time, f.chunk) for f in after] == [
        (f.start, f.end, f.kind, f.type, f.data, f.time, f.chunk) for f in alone
    ]
    assert again.retry == (decoder.retry if only.retry is None else only.retry)
    assert {f.id for f in after} <= {f.id for f in alone} | {decoder.last_event_id}
    assert all(f.end <= len(first) for f in before)


# --- all framings, through the recording -----------------------------------------------------------------------------------
TYPES = [
    None,
    "",
    "x/y",
    "text/event-stream",
    "text/plain",
    "application/json",
    "application/x-ndjson",
    "application/vnd.amazon.eventstream",
]
LONG = [b"[" + b" " * HEAD, b'{"a": "' + b"x" * HEAD, b"\n" * HEAD]
SHORT = [
    b"",
    b"\xef\xbb\xbf",
    b"\n\r\n",
    b"[",
    b"[ ",
    b"{",
    b"{\n",
    b'0:"',
    b"d:",
    b"\0\0",
    b" ",
    b"\xef",
    b"0",
    b"e",
    b"dat",
    b"[]",
    b"[1",
    b"2:[",
]
beginnings = st.sampled_from([*LONG, *SHORT, b'{"a":1}\n', b'[{"a":1},'])


def frames_of(content_type: str | None, framing: str, chunks: list[bytes], marks: int = 0) -> Frames:
    """The frames of a recording, advanced at each chunk. marks: bits that say after which chunk one of our marks comes."""
    recording = Recording()
    recording.content_type = content_type
    frames = recording.framed(framing)
    for number, chunk in enumerate(chunks):
        recording.chunk(chunk)
        frames.advance()
        if marks >> number & 1:
            recording.mark("pause")
    recording.seal("close")
    while not frames.finished:
        frames.advance(1)
    return frames


def bare(frames: Frames) -> list[tuple[object, ...]]:
    """What must not depend on chunks: all but times, chunks, and our marks."""
    return [(f.kind, f.start, f.end, f.type, f.id, f.data, f.retry) for f in frames if f.kind != 6]


@tries(250)
@given(
    st.sampled_from(TYPES),
    st.sampled_from(["auto", "auto", "auto", *FRAMINGS]),
    beginnings,
    st.one_of(structured, streams, provided, st.lists(st.sampled_from([*b'[]{}",:\\ \n\r1ad\0\xff']), max_size=30).map(bytes)),
    st.lists(st.integers(0, 5000), max_size=12),
    st.integers(0, 255),
)
@example("application/x-ndjson", "auto", b"", b"data\ndata\n", [1], 0)
@example("application/vnd.amazon.eventstream", "auto", b"2:[", b"", [1], 0)
@example(None, "auto", b"[" + b" " * HEAD, b'{"a":1}]', [HEAD], 0)
@example(None, "auto", b'{"a": "' + b"x" * HEAD, b'"\n}', [HEAD], 0)
def test_in_every_framing_chunks_do_not_matter(
    content_type: str | None, framing: str, begin: bytes, rest: bytes, at: list[int], marks: int
) -> None:
    stream = begin + rest
    whole = frames_of(content_type, framing, [stream] if stream else [])
    chunks = [chunk for chunk in cut(stream, at) if chunk]
    pieces = frames_of(content_type, framing, chunks, marks)
    assert pieces.framing == whole.framing
    assert bare(pieces) == bare(whole)
    assert (pieces.invalid_utf8, pieces.retry, pieces.last_event_id) == (whole.invalid_utf8, whole.retry, whole.last_event_id)
    assert all(0 <= f.start <= f.end <= len(stream) for f in pieces)
    assert [f.time for f in pieces] == sorted(f.time for f in pieces)
    again = frames_of(content_type, pieces.framing or framing, [stream] if stream else [])
    assert bare(again) == bare(whole)


@pytest.mark.parametrize("piece", [*ADVERSARIAL, b"data: x\n\n"])
def test_endless_repetition_of_one_thing(piece: bytes) -> None:
    stream = piece * 300
    assert decode([stream])[0] == Plain(stream).in_chunks([stream])
    assert vars_of(decode([stream[:7], stream[7:]])[1]) == vars_of(decode([stream])[1])
