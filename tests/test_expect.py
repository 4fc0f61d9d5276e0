"""Assertions about streams: they hold where they should, and a failure shows what came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import sse_widget as sw
from sse_widget import expect
from sse_widget.expecting import Expect
from sse_widget.recording import Recording
from tests.chat import DONE, call, chunk, fragment, say

BUNDLED = sw.demo.recordings()


def recorded() -> Recording:
    """A word every half second, with a gap of two; two pings; a tool call; an end."""
    recording = Recording(name="chat")
    look = call(fragment('{"city": "Naples"}', name="look", index=0, id="c1"))
    events = [(0.5, say("Hello ")), (1.0, say("there. ")), (3.0, look), (3.5, say("Sunny.")), (3.6, chunk(finish="stop"))]
    recording._restore(0.1, "mark", b"", {"mark": "open", "status": 200})
    for time, event in events:
        recording._restore(time, "chunk", f"data: {json.dumps(event)}\n\n: ping\n\n".encode(), None)
    recording._restore(3.7, "chunk", f"event: end\ndata: {DONE}\n\n: a note\n\n".encode(), None)
    recording._restore(4.0, "mark", b"", {"mark": "close"})
    recording._restored()
    return recording


def test_what_holds_can_be_put_in_a_row() -> None:
    expect(recorded()).event("end", within=4.0).event("end", after="message").text_contains("Sunny").no_stall(longer_than=2.0).count(
        "ping", exactly=5
    ).count("comment", at_least=6, at_most=6).tool_call("look").tool_call("look", city="Naples").finish_reason("stop").first_token(0.5)


FAILURES: list[tuple[Callable[[Expect], Any], str]] = [
    (lambda it: it.event("message_stop"), "chat: no event 'message_stop' came; there were "),
    (lambda it: it.event("end", within=1.0), "event 'end' came at 3.70 s, not within 1.00 s"),
    (lambda it: it.event("end", after="start"), "no event 'start' came, after which 'end' was expected"),
    (lambda it: it.event("end", after="end"), "no event 'end' came after 'end'"),
    (lambda it: it.count("ping", at_least=9), "5 of 'ping' came, not at least 9"),
    (lambda it: it.count("ping", at_most=1), "5 of 'ping' came, not at most 1"),
    (lambda it: it.count("end", exactly=2), "1 of 'end' came, not 2"),
    (lambda it: it.text_contains("rain"), "'rain' is not in the answer, which is 'Hello there. Sunny.'"),
    (lambda it: it.reasoning_contains("hm"), "'hm' is not in the reasoning, which has 0 characters"),
    (lambda it: it.tool_call("cook"), 'no call of \'cook\'; the calls were: look({"city": "Naples"})'),
    (lambda it: it.tool_call("look", city="Rome"), "no call of 'look' with {'city': 'Rome'}"),
    (lambda it: it.finish_reason("length"), "the finish reason is 'stop', not 'length'"),
    (lambda it: it.first_token(0.2), "the first token came at 0.50 s, not within 0.20 s"),
    (lambda it: it.no_stall(longer_than=1.5), "nothing came for 2.00 s, from 1.00 s on"),
]


@pytest.mark.parametrize(("check", "message"), FAILURES)
def test_what_does_not_hold_says_so(check: Callable[[Expect], Any], message: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        check(expect(recorded()))


def test_a_failure_shows_the_events_around() -> None:
    with pytest.raises(AssertionError) as caught:
        expect(recorded()).no_stall(longer_than=1.5)
    shown = str(caught.value).splitlines()
    assert len(shown) == 1 + 6
    assert re.match(r"  → +2 +3\.000 s", shown[3])
    assert "there. " in shown[2]


def test_findings() -> None:
    with pytest.raises(AssertionError, match="stall"):
        expect(BUNDLED["stall"]).no_finding("stall")
    expect(BUNDLED["chat"]).no_finding()


def test_a_run_is_waited_for_also_if_it_fails() -> None:
    expect(sw.stream(["one ", "two"])).text_contains("one two")
    failing = [json.dumps(say("some")), json.dumps({"error": {"message": "busy"}})]
    expect(sw.stream([f"data: {data}\n\n".encode() for data in failing])).text_contains("some")


def test_what_is_neither() -> None:
    with pytest.raises(sw.UsageError, match="not a str"):
        expect("text")  # type: ignore[arg-type]
