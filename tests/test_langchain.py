"""LangServe and LangGraph, which both stream LangChain's messages."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import Dialect, LangGraph, LangServe, detect

from .agent_streams import Event, check, event_frame, operations, survives

RUN = ("metadata", {"run_id": "r1"})
ATTEMPT = ("metadata", {"run_id": "r1", "attempt": 1})
END = ("end", None)
USAGE = {"input_tokens": 7, "output_tokens": 9}


def chunk(content: Any = "", **fields: Any) -> dict[str, Any]:
    return {"content": content, "type": "AIMessageChunk", "id": "m1", "tool_call_chunks": [], **fields}


def piece(args: str, **fields: Any) -> dict[str, Any]:
    return {"name": None, "args": args, "id": None, "index": 0, **fields}


def whole(content: Any, number: str = "m1", **fields: Any) -> dict[str, Any]:
    return {"content": content, "type": "ai", "id": number, **fields}


def tool(content: Any, call: str = "c1") -> dict[str, Any]:
    return {"content": content, "type": "tool", "name": "w", "id": "t1", "tool_call_id": call, "status": "success"}


ASKED = {"content": "Weather?", "type": "human", "id": "h1"}
SERVED: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "strings": ([RUN, ("data", '"Hel"'), ("data", '"lo "'), END], {"dialect": "langserve", "text": "Hello ", "ended": True}),
    "message chunks": (
        [
            RUN,
            ("data", chunk("Hel")),
            ("data", chunk("lo")),
            ("data", chunk(tool_call_chunks=[piece('{"a":', name="w", id="c1")])),
            ("data", chunk(tool_call_chunks=[piece("1}")])),
            ("data", chunk(usage_metadata=USAGE, response_metadata={"finish_reason": "tool_calls", "model_name": "m"})),
            ("data", chunk(id="other", chunk_position="last")),
            END,
        ],
        {
            "text": "Hello",
            "calls": [("c1", "w", {"a": 1})],
            "usage": USAGE,
            "finish": "tool_calls",
            "model": "m",
            "kinds": ["text", "tool_call"],
        },
    ),
    "two calls at once, by index": (
        [
            ("data", chunk(tool_call_chunks=[piece("{", name="a", id="c1"), piece("", name="b", id="c2", index=1)])),
            ("data", chunk(tool_call_chunks=[piece("{}", index=1)])),
            ("data", chunk(tool_call_chunks=[piece("}")])),
        ],
        {"calls": [("c1", "a", {}), ("c2", "b", {})]},
    ),
    "lists of typed content": (
        [("data", chunk([{"type": "thinking", "thinking": "Hm"}])), ("data", chunk([{"type": "text", "text": "Hi", "index": 1}]))],
        {"text": "Hi", "reasoning": "Hm"},
    ),
    "reasoning beside the content": ([("data", chunk("", additional_kwargs={"reasoning_content": "Hm"}))], {"reasoning": "Hm"}),
    "messages as constructors": (
        [("data", {"lc": 1, "type": "constructor", "id": ["langchain_core", "AIMessageChunk"], "kwargs": {"content": "Hi", "id": "m"}})],
        {"text": "Hi"},
    ),
    "dicts of a chain": (
        [("data", {"answer": ""}), ("data", {"context": [{"page_content": "x"}]}), ("data", {"answer": "Hel"}), ("data", {"answer": "lo"})],
        {"text": "Hello"},
    ),
    "events of runnables": (
        [
            ("data", {"event": "on_chain_start", "run_id": "0", "name": "chain", "data": {}}),
            ("data", {"event": "on_tool_start", "run_id": "t", "name": "search", "data": {"input": {}}}),
            ("data", {"event": "on_tool_end", "run_id": "t", "name": "search", "data": {"output": tool("found")}}),
            ("data", {"event": "on_chat_model_stream", "run_id": "1", "data": {"chunk": chunk("Hel", id=None)}}),
            ("data", {"event": "on_chat_model_stream", "run_id": "1", "data": {"chunk": chunk("lo", id=None)}}),
            ("data", {"event": "on_llm_stream", "run_id": "2", "data": {"chunk": "!"}}),
        ],
        {"text": "Hello!", "steps": ["search"], "results": [("c1", "found")]},
    ),
    "patches of a log": (
        [
            ("data", {"ops": [{"op": "replace", "path": "", "value": {"streamed_output": []}}]}),
            ("data", {"ops": [{"op": "add", "path": "/logs/Model", "value": {"name": "Model"}}]}),
            ("data", {"ops": [{"op": "add", "path": "/logs/Model/streamed_output_str/-", "value": "Hel"}]}),
            ("data", {"ops": [{"path": "/streamed_output/-", "value": "Hel"}, {"path": "/final_output", "value": "Hel"}]}),
            ("data", {"ops": [{"path": "/streamed_output/-", "value": "lo"}, {"path": "/final_output", "value": "Hello"}]}),
        ],
        {"text": "Hello", "steps": ["Model"]},
    ),
    "an error": (
        [RUN, ("data", '"partial "'), ("error", {"status_code": 500, "message": "Internal Server Error"})],
        {"text": "partial ", "error": "Internal Server Error", "code": 500, "cut": False},
    ),
    "no end": ([RUN, ("data", '"partial"')], {"text": "partial", "cut": True}),
}


def node(name: str, task: str = "1") -> dict[str, Any]:
    return {"langgraph_node": name, "langgraph_checkpoint_ns": f"outer:0|{name}:{task}"}


GRAPHS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "message chunks with their nodes": (
        [
            ATTEMPT,
            ("messages", [chunk("Let me "), node("llm")]),
            ("messages", [chunk("look."), node("llm")]),
            ("messages", [chunk(tool_call_chunks=[piece("{}", name="w", id="c1")]), node("llm")]),
            ("updates", {"llm": {"messages": [whole("Let me look.", tool_calls=[{"name": "w", "args": {}, "id": "c1"}])]}}),
            ("messages", [tool("rain"), node("tools")]),
            ("updates", {"tools": {"messages": [tool("rain")]}}),
            ("messages|sub:1", [chunk("It rains.", id="m2"), node("llm", "2")]),
        ],
        {
            "dialect": "langgraph",
            "text": "Let me look.It rains.",
            "calls": [("c1", "w", {})],
            "results": [("c1", "rain")],
            "steps": ["llm", "tools", "llm"],
            "id": "r1",
            "cut": False,
        },
    ),
    "partial messages are snapshots": (
        [
            ATTEMPT,
            ("messages/metadata", {"m1": {"metadata": node("llm")}}),
            ("messages/partial", [whole("Hel")]),
            ("messages/partial", [whole("Hello")]),
            ("messages/partial", [whole("Hello", usage_metadata=USAGE, response_metadata={"stop_reason": "end_turn", "model": "m"})]),
            ("messages/complete", [whole("Hello")]),
        ],
        {"text": "Hello", "steps": ["llm"], "usage": USAGE, "finish": "end_turn", "model": "m"},
    ),
    "arguments as far as they parse": (
        [
            ("messages/partial", [whole("", tool_calls=[{"name": "w", "args": {}, "id": "c1"}])]),
            ("messages/partial", [whole("", tool_calls=[{"name": "w", "args": {"q": "a"}, "id": "c1"}])]),
            ("messages/partial", [whole("", tool_calls=[{"name": "w", "args": {"q": "ab"}, "id": "c1"}])]),
        ],
        {"calls": [("c1", "w", {"q": "ab"})]},
    ),
    "arguments as the model writes them": (
        [
            ("messages/partial", [whole([{"id": "c1", "partial_json": '{"q": '}], tool_calls=[{"name": "w", "args": {}, "id": "c1"}])]),
            (
                "messages/partial",
                [whole([{"id": "c1", "partial_json": '{"q": 1}'}], tool_calls=[{"name": "w", "args": {"q": 1}, "id": "c1"}])],
            ),
        ],
        {"calls": [("c1", "w", {"q": 1})]},
    ),
    "values repeat history": (
        [
            ATTEMPT,
            ("values", {"messages": [whole("earlier", "m0"), ASKED]}),
            ("values", {"messages": [whole("earlier", "m0"), ASKED, whole("Rain.")]}),
            ("values", {"messages": [whole("earlier", "m0"), ASKED, whole("Rain.")]}),
        ],
        {"text": "Rain."},
    ),
    "updates alone": (
        [
            ATTEMPT,
            ("updates", {"llm": {"messages": [whole("Rain.")]}}),
            ("updates", {"llm": None}),
            ("updates", {"__interrupt__": [{"value": "?"}]}),
        ],
        {"text": "Rain.", "steps": ["llm", "llm"], "finish": "interrupt", "custom": [("interrupt", '[{"value":"?"}]')]},
    ),
    "tasks": (
        [
            ATTEMPT,
            ("tasks", {"id": "1", "name": "plan", "input": {}, "triggers": []}),
            ("debug|sub:2", {"type": "task", "payload": {"id": "2", "name": "search"}}),
            ("debug|sub:2", {"type": "task_result", "payload": {"id": "2", "name": "search", "error": "boom", "result": None}}),
            ("tasks", {"id": "1", "name": "plan", "error": None, "result": {}}),
        ],
        {"steps": ["plan", "search"], "ends": ["completed", "failed"]},
    ),
    "custom data": (
        [ATTEMPT, ("custom", {"progress": 0.5}), ("custom", '"half"')],
        {"custom": [("custom", '{"progress":0.5}'), ("custom", "half")]},
    ),
    "events": (
        [ATTEMPT, ("events", {"event": "on_chat_model_stream", "run_id": "1", "data": {"chunk": chunk("Hi")}})],
        {"text": "Hi"},
    ),
    "a chunk that comes after its node's update": (
        [("messages", [chunk("a"), node("llm")]), ("updates", {"llm": {}}), ("messages", [chunk("b"), node("llm")])],
        {"steps": ["llm"], "text": "ab"},
    ),
    "a node that is only known by its updates the second time": (
        [("messages", [chunk("a"), node("llm")]), ("updates", {"llm": {}}), ("updates", {"llm": {}})],
        {"steps": ["llm", "llm"]},
    ),
    "an error without a message": ([ATTEMPT, ("error", {"error": "RuntimeError", "message": ""})], {"error": "RuntimeError"}),
    "an end": ([ATTEMPT, ("messages", [chunk("Hi"), node("llm")]), END], {"text": "Hi", "ended": True}),
}


def protocol(method: str, place: str = "llm:1", **data: Any) -> Event:
    return method, {"type": "event", "seq": 1, "method": method, "params": {"namespace": [place] if place else [], "data": data}}


def block(event: str, index: int = 0, run: str = "r", **about: Any) -> Event:
    return protocol("messages", event=f"content-block-{event}", index=index, run_id=run, **about)


def arguments(text: str) -> dict[str, Any]:
    return {"type": "block-delta", "fields": {"type": "tool_call_chunk", "id": "c1", "name": "w", "args": text}}


PROTOCOL: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "content blocks": (
        [
            protocol("lifecycle", "", event="running", graph_name="agent"),
            protocol("lifecycle", event="started", graph_name="llm"),
            protocol("messages", event="message-start", id="m1", run_id="r"),
            block("start", content={"type": "reasoning", "reasoning": "H"}),
            block("delta", delta={"type": "reasoning-delta", "reasoning": "m"}),
            block("finish", content={"type": "reasoning", "reasoning": "Hm"}),
            block("start", 1, content={"type": "text", "text": ""}),
            block("delta", 1, delta={"type": "text-delta", "text": "Hel"}),
            block("delta", 1, delta={"type": "text-delta", "text": "lo"}),
            block("finish", 1, content={"type": "text", "text": "Hello"}),
            protocol("messages", event="message-finish", reason="stop", usage=USAGE, run_id="r"),
            protocol("lifecycle", event="completed", graph_name="llm"),
            protocol("values", "", messages=[ASKED, whole("Hello")]),
            protocol("lifecycle", "", event="completed", graph_name="agent"),
        ],
        {
            "dialect": "langgraph",
            "text": "Hello",
            "reasoning": "Hm",
            "steps": ["llm"],
            "finish": "stop",
            "usage": USAGE,
            "id": "m1",
            "ended": True,
        },
    ),
    "arguments so far, and what the tool gave": (
        [
            block("start", content={"type": "tool_use", "id": "c1", "name": "w", "input": ""}),
            *(block("delta", delta=arguments(text)) for text in ("", '{"a"', '{"a":1}')),
            block("delta", delta={"type": "block-delta", "fields": {"type": "input_json_delta", "input": "x"}}),
            block("finish", content={"type": "input_json_delta", "id": "c1", "name": "w", "args": '{"a":1}'}),
            protocol("tools", "tools:2", event="tool-started", tool_call_id="c1", tool_name="w", input="{}"),
            protocol("tools", "tools:2", event="tool-finished", tool_call_id="c1", output={"content": "rain", "status": "success"}),
            protocol("messages", "tools:2", event="message-start", run_id="t", role="tool"),
            block("finish", run="t", content={"type": "text", "text": "rain"}),
        ],
        {"text": "", "calls": [("c1", "w", {"a": 1})], "results": [("c1", "rain")]},
    ),
    "fragments that were missed": (
        [block("delta", delta={"type": "text-delta", "text": "Hel"}), block("finish", content={"type": "text", "text": "Hello"})],
        {"text": "Hello"},
    ),
    "a graph that fails": (
        [protocol("lifecycle", event="started"), protocol("lifecycle", event="failed", error="no model")],
        {"error": "no model", "ends": ["failed"]},
    ),
    "a graph that asks": ([protocol("input.requested", interrupt_id="i", payload="Go on?")], {"finish": "interrupt"}),
}
STREAMS = {**SERVED, **GRAPHS, **PROTOCOL}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


def test_arguments_as_the_model_writes_them_grow() -> None:
    done = operations(*GRAPHS["arguments as the model writes them"][0])
    assert done == [("tool_call", op) for op in ("open", "append", "append", "close")]


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("metadata", {"run_id": "r", "attempt": 1}, LangGraph),
        ("messages|sub:1", [chunk("x"), {}], LangGraph),
        ("values", {"messages": [ASKED]}, LangGraph),
        ("data", '"a"', LangServe),
        ("data", chunk("x"), LangServe),
        ("data", {"ops": [{"op": "add", "path": "/x"}]}, LangServe),
    ],
)
def test_detection(kind: str, data: Any, expected: type[Dialect]) -> None:
    assert detect(*event_frame(data, kind)) is expected


@pytest.mark.parametrize(
    ("kind", "data"),
    [("metadata", {"run_id": "r"}), ("values", {"temperature": "3"}), ("updates", {"a": {"b": 1}}), ("data", {"temperature": "3"})],
)
def test_words_that_anybody_may_use(kind: str, data: Any) -> None:
    assert detect(*event_frame(data, kind)) not in (LangGraph, LangServe)
