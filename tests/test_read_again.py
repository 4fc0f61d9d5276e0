"""`Run.read_again` and `preview.py`: the same recording, read in another way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.pieces import TextCursor
from sse_widget.preview import EVENTS, SIZE, TEXT, preview
from sse_widget.reading import Reading

CUSTOM = [{"result": {"text": "a"}, "n": 1}, {"result": {"text": "b"}, "n": 2}, {"other": 0}]
CHAT = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in ("Hel", "lo")]


def gated(items: list[Any], at: int) -> tuple[Iterator[Any], threading.Event]:
    """Items, of which those from number ``at`` on wait for the event."""
    go = threading.Event()

    def source() -> Iterator[Any]:
        for number, item in enumerate(items):
            if number == at:
                assert go.wait(60)
            yield item

    return source(), go


@pytest.mark.parametrize(
    ("source", "first", "options", "status", "text"),
    [
        (CUSTOM, {"extract": "$.wrong"}, {"extract": "$.result.text"}, "done", "ab"),
        (CUSTOM, {"extract": "$.result.text"}, {"extract": "$.wrong"}, "failed", ""),
        (CUSTOM, {"extract": "$.result.text"}, {"extract": "$.result.text", "join": " "}, "done", "a b"),
        (CUSTOM, {"extract": "$.result.text"}, {"extract": {"text": "$.n"}}, "done", "12"),
        (CUSTOM, {"extract": "$.result.text"}, {"parse": lambda data: data[:2]}, "done", '{"{"{"'),
        (CUSTOM, {"extract": "$.result.text"}, {}, "done", "ab"),
        (CUSTOM, {"extract": "$.wrong"}, {}, "failed", ""),
        (CHAT, {"extract": "$.wrong"}, {"dialect": "auto"}, "cut off", "Hello"),
        (CHAT, {"extract": "$.choices[0].delta.content"}, {"dialect": "openai-chat"}, "cut off", "Hello"),
        (['{"a": 1}', '{"b": 2}'], {"extract": "$.a"}, {"dialect": "text", "join": " "}, "done", '{"a": 1} {"b": 2}'),
        (["a", "b"], {}, {"join": "-"}, "done", "a-b"),
    ],
)
def test_a_finished_run_is_decided_anew(source: list[Any], first: dict[str, Any], options: dict[str, Any], status: str, text: str) -> None:
    run = sw.stream(source, **first)
    with pytest.raises(sw.RuleError) if first.get("extract") == "$.wrong" else contextlib.nullcontext():
        run.wait()
    events = len(run.events)
    assert run.read_again(**options) is run
    assert (run.status, run.text, run.output.text) == (status, text, text)
    assert (run.error is not None) == (status == "failed")
    assert run.is_final
    assert len(run.events) == events
    assert "".join(TextCursor(run.reading).take()) == text
    fresh = sw.stream(source, **(options or first))
    assert fresh._settled_within(60)
    assert (fresh.status, fresh.text) == (status, text)  # as if it had been read like this from the start


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"extract": "result"}, "A path begins with \\$"),
        ({"dialect": "nonsense"}, "no dialect 'nonsense'"),
        ({"dialect": "openai_chat", "extract": "$.a"}, "exclude each other"),
        ({"extract": {"thought": "$.a"}}, "channel"),
        ({"join": 3}, "join must be a string"),
        ({"parse": "x"}, "parse must be a function"),
    ],
)
def test_what_cannot_be_changes_nothing(options: dict[str, Any], words: str) -> None:
    run = sw.stream(CUSTOM, extract="$.result.text").wait()
    reading = run.reading
    with pytest.raises(sw.UsageError, match=words):
        run.read_again(**options)
    assert run.reading is reading
    assert (run.status, run.text, run.rule["extract"]) == ("done", "ab", "$.result.text")


def test_the_limit_of_large_events() -> None:
    """It can be set for a run, whose page follows, and for a recording; and it is no reason to forget a rule."""
    run = sw.stream([{"result": {"text": "a" * size}} for size in (10, 2000, 4000)], extract="$.result.text").wait()

    def large(found: list[sw.Finding]) -> list[str]:
        return [one.message for one in found if one.kind == "large_events"]

    assert large(run.findings) == ["2 events had more than 1,024 B on the wire, the largest 4,024 B."]
    run.read_again(large=3000)
    assert large(run.findings) == ["1 event had more than 3,000 B on the wire, the largest 4,024 B."]
    assert (run.rule["extract"], run.text) == ("$.result.text", "a" * 6010)
    run.read_again(extract="$.result")
    assert len(large(run.findings)) == 1  # the limit stays
    run.read_again(large=0)
    assert (large(run.findings)[0][:8], run.rule["extract"]) == ("3 events", "$.result")
    assert large(run.recording.findings(large=5000)) == []
    for wrong in (-1, True, "1024"):
        with pytest.raises(sw.UsageError, match="large must be a number of bytes"):
            run.read_again(large=wrong)  # type: ignore[arg-type]


def test_an_error_of_the_source_stays() -> None:
    def source() -> Iterator[Any]:
        yield CUSTOM[0]
        raise OSError("gone")

    run = sw.stream(source(), extract="$.wrong")
    with pytest.raises(sw.SourceError):
        run.wait()
    run.read_again(extract="$.result.text")
    assert (run.status, run.text) == ("failed", "a")
    assert isinstance(run.error, sw.SourceError)


def test_a_live_run_goes_on_in_the_new_reading() -> None:
    source, go = gated([*CUSTOM, *CUSTOM], 3)
    run = sw.stream(source, extract="$.wrong")
    pieces = run._iterate()
    while len(run.events) < 3:
        run._sleep(run._signal.version, 0.01)
    run.read_again(extract="$.result.text")
    assert run.text == "ab"
    assert run.status == "writing"
    assert (next(pieces), next(pieces)) == ("a", "b")  # nothing was given before: it is made up for
    go.set()
    assert list(pieces) == ["a", "b"]
    assert (run.wait().status, run.text) == ("done", "abab")


def test_an_iteration_is_given_no_event_twice() -> None:
    source, go = gated([*CUSTOM[:2], *CUSTOM[:2]], 2)
    run = sw.stream(source, extract="$.result.text")
    pieces = run._iterate()
    assert (next(pieces), next(pieces)) == ("a", "b")
    run.read_again(extract="$.n", join="+")
    go.set()
    assert list(pieces) == ["+1", "+2"]
    assert run.text == "1+2+1+2"


def test_an_awaited_run_and_an_async_iteration() -> None:
    async def main() -> tuple[str, list[str], str]:
        async def source() -> AsyncIterator[Any]:
            for item in CUSTOM:
                yield item

        run = sw.stream(source(), extract="$.result.text")
        await run
        run.read_again(extract="$.n", wait=False)
        await run
        return run.text, [text async for text in run], run.status

    assert asyncio.run(main()) == ("12", ["1", "2"], "done")


def test_callbacks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sse_widget.stream")
    source, go = gated(CUSTOM, 0)
    run = sw.stream(source, extract="$.result.text", log=True)
    heard: dict[str, list[Any]] = {"delta": [], "event": [], "end": [], "status": []}
    for name in ("delta", "event", "end"):
        run.on(name, heard[name].append)
    run.observe(lambda change: heard["status"].append(change.new), "status")
    go.set()
    run.wait()
    run.read_again(extract="$.wrong")
    with pytest.raises(sw.RuleError):
        run.wait()
    run.read_again(extract="$.n").wait()
    assert "".join(delta.value for delta in heard["delta"] if delta.op == "append") == "ab12"
    assert [event.index for event in heard["event"]] == [0, 1, 2]
    assert heard["end"] == [run]
    assert heard["status"][-3:] == ["done", "failed", "done"]
    assert len(caplog.records) == 2  # what arrived is logged once, when it arrived


def test_many_frames_are_folded_in_slices() -> None:
    run = sw.stream([{"x": {"text": f"{i} "}} for i in range(500)], extract="$.x.text").wait()
    reading = Reading(run.recording, number=2, extract="$.x.text")
    assert reading.advance(10)
    assert 0 < len(reading.channels) <= 20
    assert not reading.finished
    reading.finish()
    assert (reading.finished, reading.output.text) == (True, run.text)
    assert list(reading.channels) == list(run.reading.channels)


@pytest.mark.parametrize(
    ("source", "options", "expected"),
    [
        (CUSTOM, {"extract": "$.result.text"}, ("ab", 2, 3)),
        (CUSTOM, {"extract": "$.result.text", "join": " "}, ("a b", 2, 3)),
        (CUSTOM, {"extract": "$.nothing"}, ("", 0, 3)),
        (CHAT, {"dialect": "auto"}, ("Hello", 2, 2)),
        (CHAT, {"dialect": "anthropic"}, ("", 0, 2)),
        (["1", "x"], {}, ("1x", 2, 2)),
        (["a" * 1000], {}, ("a" * TEXT, 1, 1)),
        ([{"t": str(i % 10)} for i in range(EVENTS + 100)], {"extract": "$.t"}, ("0123456789" * (EVENTS // 10), EVENTS, EVENTS)),
        ([{"t": "x" * SIZE}, {"t": "b"}, {"t": "c" * SIZE}, {"t": "d"}], {"extract": "$.t"}, ("c" * TEXT, 2, 2)),
        ([], {"extract": "$.t"}, ("", 0, 0)),
    ],
)
def test_a_preview_changes_nothing(source: list[Any], options: dict[str, Any], expected: tuple[str, int, int]) -> None:
    run = sw.stream(source).wait()
    reading, entries, deltas = run.reading, len(run.recording), len(run.reading.deltas)
    assert tuple(preview(run.reading, **options)) == expected
    assert (run.reading, len(run.recording), len(run.reading.deltas)) == (reading, entries, deltas)
