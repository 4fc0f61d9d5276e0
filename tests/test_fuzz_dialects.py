"""Streams that no provider sends, read by every dialect: nothing raises, and the deltas keep the promises that all the rest builds on."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.deltas import CHANNEL_OF_KIND, RESPONSE, Delta
from sse_widget.dialects import DIALECTS, UnknownJSON
from sse_widget.output import Output
from sse_widget.reading import Reading
from sse_widget.recording import Recording
from sse_widget.view.outbox import encode_ops

from .fuzzing import cut, damaged, tries
from .streams import STREAMS, Stream
from .test_streams_of_all_dialects import all_of, fit_to_be_shown, read
from .typed import ODD, mutated

NAMES = [dialect.name for dialect in DIALECTS if dialect is not UnknownJSON]
Json = Any


# --- what deltas promise ---------------------------------------------------------------------------------------------------
def kept(reading: Reading) -> None:
    """The promises of `sse_widget.deltas` and `sse_widget.dialects.base`, delta by delta, in the plainest words."""
    opened: dict[int, str] = {}
    closed: set[int] = set()
    texts: dict[int, list[str]] = {}
    joins: dict[int, str] = {}
    last = 0
    written: set[tuple[int, int]] = set()
    for delta in reading.deltas:
        assert type(delta) is Delta
        frame, part, op, value = delta
        assert last <= frame < max(len(reading.channels), 1), "deltas are in order of frames, and of frames that exist"
        last = frame
        if part == RESPONSE:
            assert op == "set"
            _response(value)
            continue
        if op == "open":
            assert part == len(opened) + 1, "parts are counted in order of opening"
            assert value["kind"] in CHANNEL_OF_KIND
            assert type(value["choice"]) is int
            opened[part], texts[part], joins[part] = value["kind"], [], value.get("join", "")
            continue
        assert part in opened, f"{op} of a part that was never opened"
        assert part not in closed, f"{op} of a part that was closed"
        if op == "append":
            assert type(value) is str
            assert value
            assert (frame, part) not in written, "one event makes at most one append to one part"
            written.add((frame, part))
            texts[part].append(value)
        elif op == "replace":
            assert type(value) is str
            written.add((frame, part))
            texts[part] = [value]
        elif op == "set":
            assert type(value) is dict
        else:
            assert (op, value) == ("close", None)
            closed.add(part)
    assert closed == set(opened), "what was opened is closed in the end"
    assert {part.number: part.text for part in reading.output.parts} == {part: joins[part].join(t) for part, t in texts.items()}
    assert {part.number: part.kind for part in reading.output.parts} == opened
    _travels(reading, texts)


def _response(fields: Any) -> None:
    """What the output and the page take for granted of part 0."""
    assert type(fields) is dict
    for name, kinds in {"usage": dict, "error": dict, "finish_reason": dict, "model": str, "response_id": str, "role": str}.items():
        assert fields.get(name) is None or type(fields[name]) is kinds, name
    for choice, reason in (fields.get("finish_reason") or {}).items():
        assert type(choice) is int
        assert reason is None or type(reason) is str
    if fields.get("error"):
        assert type(fields["error"]["message"]) is str
        assert fields["error"]["message"]


def _travels(reading: Reading, texts: dict[int, list[str]]) -> None:
    """The operations that the page gets say the same, all at once or cut in two."""
    half = len(reading.deltas) // 2
    for batches in ([reading.deltas], [reading.deltas[:half], reading.deltas[half:]]):
        page: dict[int, list[str]] = {}
        for batch in batches:
            for op in json.loads(json.dumps(encode_ops(batch), allow_nan=False)):
                _, part, what = op[:3]
                if part == RESPONSE:
                    continue
                if isinstance(what, list):
                    page[part] += filter(None, what)
                elif what == "open":
                    page[part] = []
                elif what == "replace":
                    page[part] = [op[3]]
        assert {part: "".join(t) for part, t in page.items()} == {part: "".join(t) for part, t in texts.items()}


def read_along(stream: Stream, chunks: list[bytes], **options: Any) -> Reading:
    """A finished reading that followed the chunks as they came."""
    recording = Recording()
    recording.content_type = stream.content_type
    recording.mark("open", 0.0, status=200)
    reading = Reading(recording, **options)
    for chunk in chunks:
        recording.chunk(chunk, 0.0)
        reading.advance()
        assert isinstance(reading.output.text, str)
        json.dumps(reading.output.to_dict(), allow_nan=False)
    recording.seal("close")
    reading.finish()
    return reading


# --- streams ---------------------------------------------------------------------------------------------------------------
def _names_in(value: Json) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(name for inner in value.values() for name in _names_in(inner))}
    return {name for inner in value for name in _names_in(inner)} if isinstance(value, (list, tuple)) else set()


def _words_in(value: Json) -> set[str]:
    if isinstance(value, str):
        return {value} if len(value) < 40 else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return {word for one in inner for word in _words_in(one)}


OF = {name: [stream for stream in STREAMS.values() if stream.dialect == name] for name in NAMES}
KEYS = {name: sorted(set().union(*(_names_in(s.plain_events()) for s in of))) or ["text"] for name, of in OF.items()}
WORDS = {name: sorted(set().union(*(_words_in(s.plain_events()) for s in of))) for name, of in OF.items()}
KINDS = {name: sorted({e[0] for s in of for e in s.plain_events() if isinstance(e, tuple)}) for name, of in OF.items()}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([10**30, 1e308, 0.5, float("nan"), float("-inf")]),
    st.sampled_from(["", "a", "\ud83d", "\ude00", "é", "[DONE]", "</think>", "<think>", "{", '{"a"', "\0", "error"]),
    st.text(max_size=6),
)


def objects(name: str) -> st.SearchStrategy[Json]:
    """JSON made of nothing but the words of a dialect, in places where they do not belong."""
    leaves = st.one_of(scalars, st.sampled_from(WORDS[name] or [""]))
    keys = st.sampled_from(KEYS[name])
    inside = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12)
    return st.dictionaries(keys, inside, max_size=5)


SPOKEN = {name: objects(name) for name in NAMES}


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, list[tuple[str, Json]]]:
    """A dialect's name, and events of its words; some are its own, whole."""
    name = draw(st.sampled_from(NAMES))
    own = [event for stream in OF[name] for event in stream.plain_events()]
    kinds = st.sampled_from(["", *KINDS[name]])
    one = st.one_of(st.tuples(kinds, SPOKEN[name]), st.sampled_from(own), st.tuples(kinds, scalars))
    events = draw(st.lists(one, min_size=1, max_size=10))
    return name, [event if isinstance(event, tuple) else ("", event) for event in events]


def body_of(stream: Stream, events: list[tuple[str, Json]]) -> bytes:
    return stream.body([(kind if kind.__class__ is str and kind.isascii() else "", data) for kind, data in copy.deepcopy(events)])


@tries(150)
@given(spoken(), st.booleans(), st.sampled_from(["", "\n"]), st.lists(st.integers(0, 3000), max_size=6))
def test_words_of_a_dialect_in_any_order(made: tuple[str, list[tuple[str, Json]]], forced: bool, join: str, at: list[int]) -> None:
    name, events = made
    stream = OF[name][0]
    body = body_of(stream, events)
    options = {"dialect": name if forced else "auto", "join": join}
    whole = read(stream, body, **options)
    kept(whole)
    along = read_along(stream, cut(body, at), **options)
    fit_to_be_shown(along)
    kept(along)
    assert all_of(along) == all_of(whole)


@tries(120)
@given(
    st.sampled_from(sorted(STREAMS)),
    st.integers(0, 2**32),
    st.sampled_from(["auto", "auto", *NAMES]),
    st.lists(st.integers(0, 4000), max_size=6),
)
def test_streams_with_places_changed(name: str, seed: int, dialect: str, at: list[int]) -> None:
    """As they came or all at once, mutated streams say the same, and keep the promises."""
    stream = STREAMS[name]
    events = [list(one) if isinstance(one, tuple) else ["", one] for one in copy.deepcopy(stream.plain_events())]
    changed = [one if isinstance(one, list) and len(one) == 2 else ["", one] for one in mutated(events, seed, times=1 + seed % 8)]
    body = body_of(stream, [(kind, data) for kind, data in changed])
    whole = read(stream, body, dialect=dialect)
    kept(whole)
    assert all_of(read_along(stream, cut(body, at), dialect=dialect)) == all_of(whole)


@tries(120)
@given(st.sampled_from(sorted(STREAMS)), st.integers(0, 2**32), st.lists(st.integers(0, 4000), max_size=6))
def test_streams_with_bytes_changed(name: str, seed: int, at: list[int]) -> None:
    stream = STREAMS[name]
    body = damaged(stream.body(), seed, 1 + seed % 12)
    whole = read(stream, body)
    kept(whole)
    assert all_of(read_along(stream, cut(body, at))) == all_of(whole)


@tries(100)
@given(st.sampled_from(sorted(STREAMS)), st.integers(0, 2**32))
@example("openai_chat", 3)
def test_a_stream_that_goes_on_in_another_dialect(name: str, seed: int) -> None:
    """A proxy that falls over to another provider in mid-stream, with no word about it."""
    first, second = STREAMS.get(name, next(iter(STREAMS.values()))), sorted(STREAMS.values(), key=lambda s: s.dialect)[seed % len(STREAMS)]
    events = [*first.events[: 1 + seed % len(first.events)], *second.events]
    kept(read(first, first.body(events)))
    kept(read(first, first.body(events), dialect=second.dialect))


def test_the_promises_hold_for_the_streams_as_they_are() -> None:
    for stream in STREAMS.values():
        kept(read(stream))
        for odd in ODD:
            kept(read(stream, stream.body([*stream.events, ("", odd), *stream.events])))


def test_the_promises_are_looked_at() -> None:
    """Deltas that break one are noticed, so that the tests above mean something."""
    reading = read(STREAMS[sorted(STREAMS)[0]])
    good = list(reading.deltas)
    part = next(delta.part for delta in good if delta.op == "close")
    at = next(i for i, delta in enumerate(good) if delta.op == "append" and delta.part == part)
    wrong = [
        [*good, Delta(good[-1].frame, part, "append", "x")],
        [*good, Delta(good[-1].frame, 99, "append", "x")],
        [*good[: at + 1], good[at], *good[at + 1 :]],
        [delta for delta in good if delta != Delta(delta.frame, part, "close", None)],
        [*good, Delta(0, 0, "set", {"model": 3})],
    ]
    for deltas in wrong:
        reading.deltas = deltas  # type: ignore[assignment]
        reading.output = Output()
        try:
            for delta in deltas:
                reading.output.apply(delta)
            kept(reading)
        except (AssertionError, KeyError):
            continue
        raise AssertionError(deltas)
