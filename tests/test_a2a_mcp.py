"""A2A and MCP, which are both JSON-RPC."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import A2A, MCP, Dialect, detect

from .agent_streams import Event, check, event_frame, survives


def rpc(**result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "1", "result": result}


def status(state: str, text: str = "", **more: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"state": state}
    if text:
        about["message"] = {"kind": "message", "messageId": f"m-{text}", "role": "agent", "parts": [{"kind": "text", "text": text}]}
    return rpc(kind="status-update", taskId="t1", status=about, **more)


def artifact(text: str, number: str = "a", **more: Any) -> dict[str, Any]:
    return rpc(kind="artifact-update", taskId="t1", artifact={"artifactId": number, "parts": [{"kind": "text", "text": text}]}, **more)


A2A_STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "an answer in the last status": (
        [status("submitted"), status("working"), status("working"), status("completed", "Four.", final=True)],
        {"dialect": "a2a", "text": "Four.", "steps": ["submitted", "working"], "finish": "completed", "id": "t1", "ended": True},
    ),
    "messages along the way are steps": (
        [status("working", "Looking…"), artifact("Four."), status("completed", final=True)],
        {"text": "Four.", "steps": ["working", "Looking…"]},
    ),
    "pieces of an artifact": (
        [artifact("Hel"), artifact("lo", append=True), artifact("!", append=True, lastChunk=True)],
        {"text": "Hello!", "kinds": ["text"], "cut": True},
    ),
    "an artifact that is sent anew": ([artifact("Helo"), artifact("Hello")], {"text": "Hello"}),
    "two artifacts in turn": ([artifact("a"), artifact("x", "b"), artifact("b", append=True)], {"text": "abx"}),
    "the last message repeats the artifact": ([artifact("Four."), status("completed", "Four.\n", final=True)], {"text": "Four."}),
    "a message in place of a task": (
        [rpc(kind="message", messageId="m", role="agent", parts=[{"kind": "text", "text": "Hi"}])],
        {"text": "Hi", "ended": True},
    ),
    "a whole task": (
        [
            rpc(
                kind="task",
                id="t1",
                status={"state": "completed"},
                artifacts=[{"artifactId": "a", "parts": [{"kind": "text", "text": "Hi"}]}],
            )
        ],
        {"text": "Hi", "id": "t1", "ended": True},
    ),
    "1.0 without JSON-RPC": (
        [
            {"task": {"id": "t1", "status": {"state": "TASK_STATE_WORKING"}}},
            {"artifactUpdate": {"taskId": "t1", "artifact": {"parts": [{"text": "# Report"}]}}},
            {
                "statusUpdate": {
                    "taskId": "t1",
                    "status": {"state": "TASK_STATE_INPUT_REQUIRED", "message": {"parts": [{"text": "Go on?"}]}},
                }
            },
        ],
        {"text": "# ReportGo on?", "steps": ["working"], "finish": "input-required", "ended": True},
    ),
    "1.0 with JSON-RPC": ([rpc(statusUpdate={"taskId": "t1", "status": {"state": "TASK_STATE_COMPLETED"}})], {"finish": "completed"}),
    "a task that fails": ([status("failed", "no model", final=True)], {"error": "no model", "finish": "failed", "text": ""}),
    "an error of JSON-RPC": (
        [status("working"), {"jsonrpc": "2.0", "id": "1", "error": {"code": -32603, "message": "Internal error"}}],
        {"error": "Internal error", "code": -32603, "cut": False},
    ),
    "files and data": (
        [
            rpc(
                kind="artifact-update",
                artifact={
                    "artifactId": "a",
                    "parts": [
                        {"kind": "file", "file": {"name": "x.png", "mimeType": "image/png", "bytes": "AAAA"}},
                        {"url": "https://a.example/y.pdf", "mediaType": "application/pdf", "filename": "y.pdf"},
                        {"kind": "data", "data": {"n": 1}},
                    ],
                },
            )
        ],
        {
            "media": [
                {"type": "file", "media_type": "image/png", "bytes": 3, "name": "x.png"},
                {"type": "file", "media_type": "application/pdf", "url": "https://a.example/y.pdf", "name": "y.pdf"},
            ],
            "custom": [("data", '{"n":1}')],
            "text": "",
        },
    ),
}


def notice(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


MCP_STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "progress, a log line, the result": (
        [
            ("message", None),
            notice("notifications/progress", progressToken=1, progress=1, total=3),
            notice("notifications/progress", progressToken=1, progress=2, message="Reading"),
            notice("notifications/message", level="info", logger="x", data={"msg": "Processing"}),
            notice("notifications/tools/list_changed"),
            rpc(content=[{"type": "text", "text": "Four."}], structuredContent={"result": "Four."}, isError=False),
        ],
        {"dialect": "mcp", "text": "Four.", "steps": ["1 of 3", "Reading", "Processing"], "id": "1", "ended": True},
    ),
    "a tool that failed": ([rpc(content=[{"type": "text", "text": "no such file"}], isError=True)], {"error": "no such file", "text": ""}),
    "structured content alone": ([rpc(content=[], structuredContent={"n": 1})], {"text": '{"n":1}'}),
    "other results": ([rpc(tools=[{"name": "a"}])], {"custom": [("result", '{"tools":[{"name":"a"}]}')], "text": "", "ended": True}),
    "a request to the client": (
        [{"jsonrpc": "2.0", "id": 7, "method": "elicitation/create", "params": {"message": "Name?"}}],
        {"custom": [("request", '{"message":"Name?"}')], "cut": True},
    ),
    "pictures and resources": (
        [
            rpc(
                content=[
                    {"type": "image", "mimeType": "image/png", "data": "AAAA"},
                    {"type": "resource_link", "uri": "file:///a.txt", "name": "a"},
                    {"type": "resource", "resource": {"uri": "file:///b.txt", "text": "inside"}},
                ]
            )
        ],
        {
            "media": [{"type": "image", "media_type": "image/png", "bytes": 3}],
            "citations": ["file:///a.txt"],
            "custom": [("resource", "inside")],
        },
    ),
    "an error": (
        [{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}}],
        {"error": "Method not found", "code": -32601},
    ),
    "the older transport, which first says where to post": (
        [("endpoint", "/messages/?session_id=1"), rpc(content=[{"type": "text", "text": "Four."}])],
        {"dialect": "mcp", "text": "Four.", "ended": True},
    ),
    "a batch": ([[notice("notifications/message", data="a"), rpc(content=[{"type": "text", "text": "b"}])]], {"text": "b", "steps": ["a"]}),
}
STREAMS = {**{f"A2A: {k}": v for k, v in A2A_STREAMS.items()}, **{f"MCP: {k}": v for k, v in MCP_STREAMS.items()}}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (status("working"), A2A),
        (rpc(task={"id": "t", "status": {"state": "x"}}), A2A),
        ({"statusUpdate": {"taskId": "t"}}, A2A),
        (rpc(content=[]), MCP),
        (rpc(tools=[]), MCP),
        ([notice("notifications/message")], MCP),
        ({"jsonrpc": "2.0", "id": 1, "error": {"message": "x"}}, MCP),
    ],
)
def test_detection(data: Any, expected: type[Dialect]) -> None:
    assert detect(*event_frame(data)) is expected


@pytest.mark.parametrize(
    "data", [{"task": "write a poem"}, {"message": {"content": "x"}}, {"kind": "message", "text": "x"}, {"result": {"text": "x"}}]
)
def test_words_that_anybody_may_use(data: Any) -> None:
    assert detect(*event_frame(data)) not in (A2A, MCP)
