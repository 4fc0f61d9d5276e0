"""One stream split into lanes: which event goes where, whatever it is split by, and what is said of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget import Key, Recording, UsageError
from sse_widget.demux import Demux, split
from sse_widget.demux_key import OTHERS, key_of
from sse_widget.wire import EVENT, MARK, TAIL

from .agent_streams import Event, body


def lanes_of(*events: Event, key: Any, content_type: str = "text/event-stream") -> Demux:
    """The stream of these events, split."""
    chosen = key_of(key)
    assert chosen is not None
    return split(Recording.from_bytes(body(*events), content_type), chosen)


def sorted_by(*events: Event, key: Any) -> dict[Any, list[int]]:
    """Numbers of the events in each lane."""
    demux = lanes_of(*events, key=key)
    numbers = {event.frame: event.index for event in Recording.from_bytes(body(*events), "text/event-stream").events}
    return {lane.key: [numbers[frame] for frame in lane.frames] for lane in demux.lanes.values()}


def message(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **members}


def chunk(identity: str, text: str) -> dict[str, Any]:
    return {"id": identity, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}


def node(place: str) -> dict[str, Any]:
    return {"langgraph_node": place.partition(":")[0], "langgraph_checkpoint_ns": place}


RULES: dict[str, tuple[Any, list[Event], dict[Any, list[int]]]] = {
    "a path": ("$.agent", [{"agent": "a"}, {"agent": "b"}, {"agent": "a"}], {"a": [0, 2], "b": [1]}),
    "a deep path, numbers, and what is no key": (
        "$.meta.of",
        [
            {"meta": {"of": 1}},
            {"meta": {"of": None}},
            {"meta": {"of": {"x": 1}}},
            {"meta": {"of": ""}},
            {"meta": {"of": 1}},
            "plain",
            {"a": 1},
        ],
        {"1": [0, 4]},
    ),
    "the event's name": ("event", [("a", {"x": 1}), {"x": 2}, ("b", {"x": 3}), ("a", "text")], {"a": [0, 3], "b": [2]}),
    "the namespace": (
        "event|namespace",
        [("messages|tools:1", []), ("messages", []), ("messages|tools:1", []), ("values|other:2", {})],
        {"tools:1": [0, 2], "other:2": [3]},
    ),
    "a function": (lambda event: event.index % 2, [{"x": 1}] * 5, {0: [0, 2, 4], 1: [1, 3]}),
    "a function of what is not for everybody": (lambda event: event.json().get("who"), [{"who": "a"}, {}, {"who": "a"}], {"a": [0, 2]}),
    "nothing": ("$.nobody", [{"a": 1}], {}),
    # --- known without a rule
    "agents by name": ("auto", [{"agent": "a"}, {"agent_name": "b"}, {"agent": {"name": "a"}}, {"x": 1}], {"a": [0, 2], "b": [1]}),
    "AG-UI, messages and their calls": (
        "auto",
        [
            message("RUN_STARTED", runId="r"),
            message("TEXT_MESSAGE_START", messageId="m1", role="assistant"),
            message("TEXT_MESSAGE_START", messageId="m2", role="assistant"),
            message("TEXT_MESSAGE_CONTENT", messageId="m1", delta="x"),
            message("TOOL_CALL_START", toolCallId="c", toolCallName="f", parentMessageId="m2"),
            message("TOOL_CALL_ARGS", toolCallId="c", delta="{}"),
            message("TOOL_CALL_RESULT", toolCallId="c", messageId="t", content="1"),
            message("TEXT_MESSAGE_END", messageId="m1"),
            message("RUN_FINISHED", runId="r"),
        ],
        {"m1": [1, 3, 7], "m2": [2, 4, 5, 6]},
    ),
    "AG-UI, messages with an author, and in steps": (
        "auto",
        [
            message("TEXT_MESSAGE_START", messageId="m1", name="Ann"),
            message("TEXT_MESSAGE_CONTENT", messageId="m1", delta="x"),
            message("STEP_STARTED", stepName="plan"),
            message("TEXT_MESSAGE_START", messageId="m2"),
            message("STEP_FINISHED", stepName="plan"),
            message("TEXT_MESSAGE_CONTENT", messageId="m2", delta="y"),
        ],
        {"Ann": [0, 1], "plan": [2, 3, 4, 5]},
    ),
    "AG-UI, chunks without an id": (
        "auto",
        [message("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"), message("TEXT_MESSAGE_CHUNK", delta="b")],
        {"m": [0, 1]},
    ),
    "LangGraph, subgraphs": (
        "auto",
        [("metadata", {"run_id": "r", "attempt": 1}), ("messages|a:1", [{"type": "AIMessageChunk", "content": "x"}, {}]), ("values", {})],
        {"a:1": [1]},
    ),
    "LangGraph, nodes by their messages": (
        "auto",
        [
            ("messages", [{"type": "AIMessageChunk", "id": "1", "content": "x"}, node("research:7")]),
            ("messages", [{"type": "AIMessageChunk", "id": "2", "content": "y"}, node("write:8|inner:9")]),
            ("messages/metadata", {"3": {"metadata": node("check:1")}}),
            ("messages/partial", [{"type": "ai", "id": "3", "content": "z"}]),
        ],
        {"research:7": [0], "write:8": [1], "check:1": [2, 3]},
    ),
    "LangGraph's newer protocol": (
        "auto",
        [
            message("event", method="messages", params={"namespace": ["a:1"], "data": {}}),
            message("event", method="values", params={"namespace": []}),
        ],
        {"a:1": [0]},
    ),
    "LangChain's events": (
        "auto",
        [
            {"event": "on_chat_model_stream", "data": {}, "run_id": "1", "metadata": node("a:1")},
            {"event": "on_chain_end", "data": {}, "metadata": {}},
        ],
        {"a:1": [0]},
    ),
    "A2A, tasks": (
        "auto",
        [
            {"jsonrpc": "2.0", "result": {"kind": "task", "id": "t1", "status": {"state": "submitted"}}},
            {"jsonrpc": "2.0", "result": {"kind": "artifact-update", "taskId": "t2", "artifact": {"parts": []}}},
            {"statusUpdate": {"taskId": "t1", "status": {"state": "TASK_STATE_WORKING"}}},
            {"jsonrpc": "2.0", "error": {"code": 1}},
        ],
        {"t1": [0, 2], "t2": [1]},
    ),
    "OpenAI's Agents SDK": (
        "auto",
        [
            message("raw_response_event", data={"type": "response.created"}),
            message("agent_updated_stream_event", new_agent={"name": "Triage"}),
            message("raw_response_event", data={"type": "response.output_text.delta", "delta": "x"}),
            message("agent_updated_stream_event", new_agent={"name": "Refunds"}),
            message("raw_response_event", data={"type": "response.output_text.delta", "delta": "y"}),
            message("run_item_stream_event", name="message_output_created", item={"agent": {"name": "Triage"}}),
        ],
        {"Triage": [1, 2, 5], "Refunds": [3, 4]},
    ),
    "Google's ADK": (
        "auto",
        [{"author": "user", "invocationId": "1"}, {"author": "planner", "invocationId": "1", "content": {}}],
        {"planner": [1]},
    ),
    "AutoGen": ("auto", [message("ModelClientStreamingChunkEvent", source="writer", content="x")], {"writer": [0]}),
    "responses that take turns": (
        "auto",
        [chunk("1", "a"), chunk("2", "b"), chunk("1", "c"), chunk("2", "d"), chunk("3", "e")],
        {"1": [0, 2], "2": [1, 3], "3": [4]},
    ),
    "one response alone": ("auto", [chunk("1", "a"), chunk("1", "b"), chunk("1", "c")], {}),
    "ids that change with every chunk": ("auto", [chunk(str(n), "a") for n in range(9)], {}),
}


@pytest.mark.parametrize("name", RULES)
def test_what_goes_where(name: str) -> None:
    key, events, expected = RULES[name]
    assert sorted_by(*events, key=key) == expected


def test_a_lane_holds_its_events_as_they_came() -> None:
    stream = Recording()
    stream.mark("open", 0.1, status=200)
    stream.chunk(b': hello\n\nevent: a\ndata: {"n": 1}\nid: 7\n\nevent: b\nda', 0.2)
    stream.chunk(b'ta: {"n": 2}\n\nevent: a\r\ndata: {"n": 3}\r\n\r\nevent: c', 0.3)
    stream.seal("close", 0.9)
    lanes = split(stream, Key("event")).lanes
    assert [(e.time, e.type, e.id, e.data) for e in lanes["a"].recording.events] == [
        (0.2, "a", "7", '{"n": 1}'),
        (0.3, "a", "7", '{"n": 3}'),
    ]
    assert [(e.time, e.data) for e in lanes["b"].recording.events] == [(0.3, '{"n": 2}')]
    assert lanes["a"].recording.metrics().headers == 0.1
    assert lanes["a"].recording.metrics().end == 0.3, "it ended with its last event, not with the connection"


FRAMINGS: dict[str, tuple[str, Callable[[list[Any]], bytes]]] = {
    "sse": ("text/event-stream", lambda events: b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)),
    "ndjson": ("application/x-ndjson", lambda events: b"\n".join(json.dumps(event).encode() for event in events)),
    "json_array": ("application/json", lambda events: json.dumps(events, indent=1).encode()),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_every_framing_is_split(framing: str) -> None:
    content_type, written = FRAMINGS[framing]
    events = [{"of": name, "n": n} for n, name in enumerate("abacab")]
    lanes = split(Recording.from_bytes(written(events), content_type), Key("$.of")).lanes
    found = {key: [event.json()["n"] for event in lane.recording.events] for key, lane in lanes.items()}
    assert found == {"a": [0, 2, 4], "b": [1, 5], "c": [3]}
    for lane in lanes.values():
        assert {frame.kind for frame in lane.recording.frames} == {EVENT, MARK}, "nothing is left over in between"


def test_the_unfinished_last_event_is_its_lanes_if_it_says_whose_it_is() -> None:
    whole = body({"of": "a", "n": 1}, {"of": "b", "n": 2})
    lanes = split(Recording.from_bytes(whole.rstrip(b"\n"), "text/event-stream"), Key("$.of")).lanes
    assert [frame.data for frame in lanes["b"].recording.frames if frame.kind == TAIL] == ['{"of": "b", "n": 2}']
    half = split(Recording.from_bytes(whole[:-9], "text/event-stream"), Key("$.of"))
    assert list(half.lanes) == ["a"]


def test_what_a_broken_connection_leaves_is_in_no_lane() -> None:
    stream = Recording()
    stream.mark("open", 0.1, status=200)
    stream.chunk(b'data: {"of": "a"}', 0.2)
    stream.mark("wait", 0.3, why="it broke", seconds=0.1, attempt=1, of=3)
    stream.mark("reconnect", 0.4, url="http://x.test", method="GET", how="again")
    stream.mark("open", 0.5, status=200)
    stream.chunk(body({"of": "a"}), 0.6)
    stream.seal("close", 0.7)
    lanes = split(stream, Key("$.of")).lanes.values()
    assert [[frame.time for frame in lane.recording.frames if frame.kind != MARK] for lane in lanes] == [[0.6]]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.text(max_size=8)), max_size=40), st.randoms(use_true_random=False))
def test_any_interleaving_any_cutting(said: list[tuple[str | None, str]], chance: Any) -> None:
    """The lanes together are the stream's events, each once, in their order and with their times."""
    data = body(*(({"who": who, "text": text, "n": n} if who else {"text": text, "n": n}) for n, (who, text) in enumerate(said)))
    stream, at, time = Recording(), 0, 0.0
    while at < len(data):
        step = chance.randint(1, 60)
        time += chance.random()
        stream.chunk(data[at : at + step], time)
        at += step
    stream.seal("close", time + 1)
    demux = split(stream, Key("$.who"))
    whole = [(event.time, event.data) for event in stream.events]
    together = [(event.frame, event.time, event.data, who) for who, lane in demux.lanes.items() for event in lane.recording.events]
    for who, lane in demux.lanes.items():
        own = [(event.time, event.data) for event in lane.recording.events]
        assert own == [one for one, (by, _) in zip(whole, said, strict=True) if by == who]
    assert len(together) + demux.alone.get("unkeyed", 0) == len(whole) == demux.seen
    assert sorted(frame for lane in demux.lanes.values() for frame in lane.frames) == [
        event.frame for event, (who, _) in zip(stream.events, said, strict=True) if who
    ]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 7))
def test_it_does_not_matter_when_it_is_read(said: list[str], limit: int) -> None:
    stream = Recording.from_bytes(body(*({"who": who, "n": n} for n, who in enumerate(said))), "text/event-stream")
    at_once = split(stream, Key("$.who"))
    opened = {key: Recording() for key in "abc"}
    slowly = Demux(stream, Key("$.who"), lambda key, tag, name: opened[str(key)])
    for stop in range(len(stream.frames) + 1):
        while slowly.advance(stop, limit):
            pass
    assert {key: list(lane.frames) for key, lane in slowly.lanes.items()} == {key: list(lane.frames) for key, lane in at_once.lanes.items()}


# --- bad input -------------------------------------------------------------------------------------------------------------
def messages_of(demux: Demux) -> str:
    return " ".join(finding.message for finding in demux.findings())


def test_a_thousand_keys_share_a_lane_after_the_first() -> None:
    demux = lanes_of(*({"of": f"agent {n}"} for n in range(1000)), key="$.of")
    assert len(demux.lanes) == 65
    assert len(demux.lanes[OTHERS].frames) == 1000 - 64
    assert "936 keys more than the 64 lanes" in messages_of(demux)
    few = lanes_of(*({"of": n} for n in "abca"), key=Key("$.of", lanes=2))
    assert {key: len(lane.frames) for key, lane in few.lanes.items()} == {"a": 2, "b": 1, OTHERS: 1}


def test_a_key_that_matches_nothing_says_so() -> None:
    assert "The key $.agnt matched none of 3 events" in messages_of(lanes_of(*[{"agent": "a"}] * 3, key="$.agnt"))


def test_a_function_that_raises_is_told_and_its_events_stay() -> None:
    def who(event: sw.Event) -> Any:
        return event.json()["who"]

    demux = lanes_of({"who": "a"}, {"x": 1}, {"who": "a"}, {"who": []}, key=who)
    assert [list(lane.frames) for lane in demux.lanes.values()] == [[1, 3]]
    assert demux.alone == {"raised": 2}
    assert "raised on 2 events: KeyError: 'who'" in messages_of(demux)


def test_a_key_that_cannot_be_shown_is_a_key_all_the_same() -> None:
    class Shy:
        def __str__(self) -> str:
            raise RuntimeError("no")

    shy = Shy()
    demux = lanes_of({"a": 1}, {"a": 2}, key=lambda event: shy)
    assert [(lane.tag, len(lane.frames)) for lane in demux.lanes.values()] == [("?", 2)]
    assert "raised once: RuntimeError: no" in messages_of(demux)


def test_a_lane_that_was_stopped_gets_nothing_more() -> None:
    stream = Recording.from_bytes(body({"of": "a"}, {"of": "a"}, {"of": "b"}), "text/event-stream")
    opened: dict[Any, Recording] = {}
    demux = Demux(stream, Key("$.of"), lambda key, tag, name: opened.setdefault(key, Recording()))
    frames = stream.frames
    demux.advance(2, 99)
    opened["a"].seal("stop", by="me")
    demux.advance(len(frames), 99)
    assert [len(recording.events) for recording in opened.values()] == [1, 1]
    assert demux.alone == {"late": 1}


def test_events_without_a_key_are_counted() -> None:
    demux = lanes_of({"of": "a"}, {}, {}, key="$.of")
    assert demux.alone == {"unkeyed": 2}
    assert "2 events of 3 have no key" in messages_of(demux)


@pytest.mark.parametrize("bad", ["agent", "", 3, {"a": 1}, "$.[", Key])
def test_what_is_no_key_is_refused(bad: Any) -> None:
    if bad is Key:
        with pytest.raises(UsageError, match="lanes"):
            Key("$.a", lanes=0)
        return
    with pytest.raises(UsageError):
        key_of(bad)


def test_a_wrong_word_is_told_what_it_may_have_meant() -> None:
    with pytest.raises(UsageError, match=r"'\$\.agent'"):
        key_of("agent")


# --- what a Key says more -----------------------------------------------------------------------------------------------
def test_a_lane_that_says_its_end_ends_there() -> None:
    key = Key("$.of", done=lambda event: event.json().get("last"), name="$.name")
    demux = lanes_of({"of": "a", "name": "Ann"}, {"of": "a", "last": True}, {"of": "a"}, {"of": "b"}, key=key)
    assert {key: list(lane.frames) for key, lane in demux.lanes.items()} == {"a": [1, 2], "b": [4]}
    assert (demux.lanes["a"].name, demux.lanes["a"].recording.name, demux.lanes["b"].name) == ("Ann", "Ann", "")
    assert "came after the end" in messages_of(demux)


def test_a_task_that_is_over_ends_its_lane() -> None:
    def status(task: str, state: str, final: bool) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "result": {"kind": "status-update", "taskId": task, "status": {"state": state}, "final": final}}

    demux = lanes_of(status("1", "working", False), status("2", "working", False), status("1", "completed", True), key="auto")
    assert {key: lane.done for key, lane in demux.lanes.items()} == {"1": True, "2": False}


@pytest.mark.parametrize(
    "shown",
    [("tools:0f1e", "tools"), ("outer:1|inner:2", "inner"), ("plain", "plain"), ("a: b", "a: b"), (7, "7"), ("x" * 99, "x" * 79 + "…")],
)
def test_what_a_lane_is_tagged(shown: tuple[Any, str]) -> None:
    demux = lanes_of({"a": 1}, key=lambda event: shown[0])
    assert [lane.tag for lane in demux.lanes.values()] == [shown[1]]


# --- what events say of other lanes -------------------------------------------------------------------------------------
def call(name: str) -> dict[str, Any]:
    return {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": f"call {name}", "function": {"name": name, "arguments": ""}}]}}]}


LINKS: dict[str, tuple[Any, list[Event], list[tuple[Any, Any, str]]]] = {
    "our own word": (
        "$.agent",
        [{"agent": "a"}, {"agent": "a", "type": "handoff", "to": "b"}, {"agent": "b"}],
        [("a", "b", "handoff")],
    ),
    "a barrier": (
        "$.agent",
        [{"agent": "a"}, {"agent": "b"}, {"agent": "c", "type": "barrier", "waits_for": ["a", "b", "nobody"]}],
        [("a", "c", "barrier"), ("b", "c", "barrier")],
    ),
    "OpenAI's Agents SDK": (
        "auto",
        [
            message("agent_updated_stream_event", new_agent={"name": "Triage"}),
            message(
                "run_item_stream_event",
                name="handoff_occured",
                item={"agent": {"name": "Triage"}, "source_agent": {"name": "Triage"}, "target_agent": {"name": "Refunds"}},
            ),
            message("agent_updated_stream_event", new_agent={"name": "Refunds"}),
        ],
        [("Triage", "Refunds", "handoff")],
    ),
    "a call that transfers, told twice": (
        "$.agent",
        [*[{"agent": "Boss", **call("transfer_to_summary_bot")}] * 2, {"agent": "Summary Bot"}],
        [("Boss", "Summary Bot", "handoff")],
    ),
    "LangGraph's goto": (
        lambda event: event.type.partition("|")[2] or None,
        [("updates|a:1", {"x": 1}), ("updates|b:2", {"x": 1}), ("updates", {"a": {"goto": "b"}})],
        [("a:1", "b:2", "handoff")],
    ),
    "A2A, a task that refers to another": (
        "auto",
        [
            {"jsonrpc": "2.0", "result": {"kind": "task", "id": "t1", "status": {"state": "completed"}}},
            {"jsonrpc": "2.0", "result": {"kind": "message", "taskId": "t2", "messageId": "m", "referenceTaskIds": ["t1"], "parts": []}},
        ],
        [("t1", "t2", "handoff")],
    ),
    "AG-UI, one step after another": (
        "auto",
        [message(kind, stepName=name) for kind, name in (("STEP_STARTED", "a"), ("STEP_FINISHED", "a"), ("STEP_STARTED", "b"))],
        [("a", "b", "handoff")],
    ),
    "by a function": (
        Key("$.agent", links=lambda event: event.json().get("next")),
        [{"agent": "a", "next": "b"}, {"agent": "b"}],
        [("a", "b", "handoff")],
    ),
    "to nobody": ("$.agent", [{"agent": "a", "type": "handoff", "to": "nobody"}, {"agent": "b", "type": "handoff", "to": "b"}], []),
    "in the text alone": ("$.agent", [{"agent": "a", "text": "handoff to b, transfer_to_b"}, {"agent": "b"}], []),
}


@pytest.mark.parametrize("name", LINKS)
def test_what_events_say_of_other_lanes(name: str) -> None:
    key, events, expected = LINKS[name]
    assert [(link.source, link.target, link.kind) for link in lanes_of(*events, key=key).links] == expected


def test_a_lane_that_is_named_and_never_comes_is_told() -> None:
    assert "What events say of nobody is not drawn" in messages_of(
        lanes_of({"agent": "a", "type": "handoff", "to": "nobody"}, key="$.agent")
    )


MEMBERS = [
    *("type", "agent", "event", "metadata", "result", "taskId", "jsonrpc", "namespace", "params", "messageId", "id", "choices", "name"),
    *("new_agent", "item", "goto", "to", "waits_for", "referenceTaskIds", "handoff", "status", "state", "response"),
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5),
    max_leaves=12,
)
KINDS = ["handoff", "barrier", "raw_response_event", "run_item_stream_event", "TEXT_MESSAGE_START", "STEP_STARTED", "event", ""]


@given(ODD, st.sampled_from(["message", "messages", "messages|a", "updates", "messages/metadata"]), st.sampled_from(KINDS))
def test_odd_json_makes_nothing_raise(data: Any, name: str, kind: str) -> None:
    if isinstance(data, dict) and kind:
        data = {**data, "type": kind}
    events = [(name, json.dumps(data)), ("updates", json.dumps({"goto": data, "x": {"goto": data}}))]
    demux = lanes_of(*events, key="auto")
    assert not demux.alone.get("raised"), messages_of(demux)
    assert sum(len(lane.frames) for lane in demux.lanes.values()) + sum(demux.alone.values()) == 2
