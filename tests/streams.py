"""A short stream of every dialect, as a server sends it, with what a reading of it must say. Written for the tests, recorded nowhere.

The words are not ASCII, one emoji comes in two halves, and some streams have the line ends, comments and signs of life of their servers,
so that every cut of the bytes has something to break.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from sse_widget.aws import pack
from sse_widget.dialects import NOT_JSON, parse_json
from sse_widget.wire import Frame

from . import (
    responses,
    test_a2a_mcp,
    test_adk,
    test_ag_ui,
    test_anthropic,
    test_bedrock_knowledge,
    test_cohere,
    test_gemini,
    test_gemini_interactions,
    test_langchain,
    test_ollama,
    test_openai_legacy,
    test_openai_media,
    test_openai_responses,
    test_other_dialects,
)
from .chat import DONE, call, chunk, fragment, say

Event = Any
"""Data, or a pair of an event's type and its data; a str is data as it is, and None is no data."""

SAID = "Grüße \U0001f600!"
"""What the streams below say, where they do not say why they say something else."""
PIECES = ("Grü", "ße ", "\ud83d", "\ude00", "!")
CALL = [("c1", "look", {"stadt": "Köln"})]


@dataclass(frozen=True)
class Stream:
    """One stream.

    dialect: that is to be recognised. events: see `Event`. said: what the output says, by name. framing: "sse", "ndjson", "json_array",
    "coded_lines" or "aws". end: the line end of events. before: bytes ahead of the first event. revises: text that was said may be
    replaced.
    """

    dialect: str
    events: list[Event]
    said: dict[str, Any] = field(default_factory=lambda: {"text": SAID})
    framing: str = "sse"
    end: str = "\n"
    before: str = ""
    revises: bool = False

    @property
    def content_type(self) -> str:
        types = {
            "sse": "text/event-stream",
            "ndjson": "application/x-ndjson",
            "json_array": "application/json",
            "coded_lines": "text/plain",
        }
        return types.get(self.framing, "application/vnd.amazon.eventstream")

    def plain_events(self) -> list[Event]:
        """The events as pairs of their type and their JSON, where they have any."""
        pairs = [_pair(one) for one in self.events]
        return [(kind, _parsed(data)) for kind, data in pairs]

    def body(self, events: list[Event] | None = None) -> bytes:
        """The stream in bytes; other events may take the place of its own."""
        pairs = [_pair(one) for one in (self.events if events is None else events)]
        if self.framing == "aws":
            headers = [{":event-type": kind or "chunk", ":message-type": "event"} for kind, _ in pairs]
            return b"".join(pack(_encoded(written(data)), head) for head, (_, data) in zip(headers, pairs, strict=True))
        if self.framing == "ndjson":
            return _encoded("".join(f"{written(data)}\n" for _, data in pairs))
        if self.framing == "coded_lines":
            return _encoded("".join(f"{kind}:{written(data)}\n" for kind, data in pairs))
        if self.framing == "json_array":
            return _encoded("[" + "\n,\r\n".join(written(data) for _, data in pairs) + "\n]")
        blocks = []
        for kind, data in pairs:
            lines = [f"event: {kind}"] if kind else []
            lines += [f"data: {line}" for line in written(data).split("\n")] if data is not None else []
            blocks.append(self.end.join([*lines, "", ""]))
        return _encoded(self.before + "".join(blocks))


def _pair(event: Event) -> tuple[str, Any]:
    if isinstance(event, Frame):
        return event.type, event.data
    return event if isinstance(event, tuple) else ("", event)


def _parsed(data: Any) -> Any:
    found = parse_json(data) if isinstance(data, str) and data[:1] in ("{", "[") else NOT_JSON
    return data if found is NOT_JSON else found


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # half a pair becomes bytes that are no UTF-8, which servers send, too


def written(data: Any) -> str:
    """Data on the wire: JSON whose characters are not escaped, unless they are half a surrogate pair."""
    if isinstance(data, str):
        return data
    text = json.dumps(data, ensure_ascii=False)
    return json.dumps(data) if any("\ud800" <= letter <= "\udfff" for letter in text) else text


def wrapped(*events: Any) -> list[Event]:
    """Bedrock's chunks around a vendor's events."""
    return [("chunk", {"bytes": base64.b64encode(json.dumps(one).encode()).decode(), "p": "abc"}) for one in events]


def named(events: list[Any]) -> list[Event]:
    """Events whose type in the JSON is that of the framing, too."""
    return [(one["type"], one) if isinstance(one, dict) else one for one in events]


_ARGUMENTS = ('{"stadt": ', '"K\u00f6', 'ln"}')
_CHAT: list[Event] = [
    {"choices": [], "id": "", "prompt_filter_results": [{}]},
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Hm"}),
    *map(say, PIECES),
    call({"id": "c1", **fragment(name="look", index=0)}),
    *(call(fragment(piece, index=0)) for piece in _ARGUMENTS),
    chunk(finish="tool_calls"),
    {"id": "c-1", "choices": [], "usage": {"completion_tokens": 7}},
    DONE,
]
_CALLED = {"text": SAID, "reasoning": "Hm", "calls": CALL, "finish": "tool_calls", "usage": {"completion_tokens": 7}, "ended": True}
_BLOCKS: list[Any] = [
    test_anthropic.begin(),
    test_anthropic.block("thinking", thinking=""),
    test_anthropic.grow(thinking="Hm"),
    test_anthropic.stop(),
    test_anthropic.PING,
    test_anthropic.block("text", 1, text=""),
    *(test_anthropic.grow(1, text=piece) for piece in PIECES),
    test_anthropic.stop(1),
    test_anthropic.block("tool_use", 2, id="c1", name="look", input={}),
    *(test_anthropic.grow(2, partial_json=piece) for piece in _ARGUMENTS),
    test_anthropic.stop(2),
    test_anthropic.finish("tool_use"),
    test_anthropic.END,
]
_ANSWERED = {"text": SAID, "reasoning": "Hm", "calls": CALL, "finish": "tool_use", "ended": True}
_CONVERSED: list[Event] = [
    ("messageStart", {"role": "assistant", "p": "ab"}),
    *(("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in PIECES),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "c1", "name": "look"}}}),
    *(("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": piece}}}) for piece in _ARGUMENTS),
    ("contentBlockStop", {"contentBlockIndex": 1}),
    ("messageStop", {"stopReason": "tool_use"}),
    ("metadata", {"usage": {"outputTokens": 7}}),
]
_GEMINI: list[Event] = [
    test_gemini.answer(test_gemini.thought("Hm")),
    *map(test_gemini.answer, PIECES),
    test_gemini.answer(test_gemini.function(name="look", args={"stadt": "Köln"}), finish="STOP", usageMetadata={"totalTokenCount": 9}),
]
_CALLED_BY_GEMINI = {"text": SAID, "reasoning": "Hm", "calls": [("", "look", {"stadt": "Köln"})], "finish": "STOP"}
_SERVED, _GRAPHS, _PROTOCOL = test_langchain.SERVED, test_langchain.GRAPHS, test_langchain.PROTOCOL
_ITEM = {"type": "function_call", "id": "fc", "call_id": "c1", "name": "look"}


def _of(dialect: str, family: dict[str, tuple[list[Event], dict[str, Any]]], name: str, **more: Any) -> Stream:
    """A stream that the tests of a family have already."""
    events, expected = family[name]
    known = ("text", "reasoning", "calls", "finish", "usage", "ended")
    return Stream(dialect, events, {key: value for key, value in expected.items() if key in known}, **more)


STREAMS: dict[str, Stream] = {
    "chat": Stream("openai_chat", _CHAT, _CALLED),
    "chat, CRLF, a byte order mark and comments": Stream(
        "openai_chat", _CHAT, _CALLED, end="\r\n", before="\ufeff: hi\r\nretry: 5\r\n\r\n"
    ),
    "chat, two answers in turn": Stream(
        "openai_chat",
        [*(say(piece, index=number) for piece in PIECES for number in (0, 1)), *(chunk(index=n, finish="stop") for n in (0, 1)), DONE],
        {"texts": [SAID, SAID], "finish": "stop", "ended": True},
    ),
    "chat with tags of thinking": Stream(
        "openai_chat",
        [*map(say, ("<th", "ink>H", "m</thi", "nk>\n\n", *PIECES)), chunk(finish="stop"), DONE],
        {"text": SAID, "reasoning": "Hm", "ended": True},
        revises=True,
    ),
    "chat that fails": Stream("openai_chat", [say("Grü"), {"error": {"message": "busy"}}], {"text": "Grü", "error": "busy"}),
    "completions": Stream(
        "openai_completions",
        [*map(test_openai_legacy.piece, PIECES), test_openai_legacy.piece("", reason="stop"), DONE],
        {"text": SAID, "finish": "stop", "ended": True},
    ),
    "responses": Stream(
        "openai_responses",
        named(
            [
                responses.created(),
                *test_openai_responses.SUMMARY,
                responses.done(test_openai_responses.SUMMED),
                responses.added(responses.message(), 1),
                *(responses.say(piece, 1) for piece in PIECES),
                responses.done(responses.message(SAID), 1),
                responses.added({**_ITEM, "arguments": ""}, 2),
                *(responses.event("function_call_arguments.delta", 2, delta=piece) for piece in _ARGUMENTS),
                responses.done({**_ITEM, "arguments": "".join(_ARGUMENTS)}, 2),
                responses.completed(test_openai_responses.SUMMED, responses.message(SAID)),
            ]
        ),
        {"text": SAID, "reasoning": "First\n\nSecond", "calls": CALL, "finish": "completed", "usage": {"output_tokens": 2}, "ended": True},
    ),
    "assistants": Stream(
        "openai_assistants",
        [*map(test_openai_legacy.says, PIECES), test_openai_legacy.thread("run.completed", **test_openai_legacy.RUN), ("done", DONE)],
        {"text": SAID, "finish": "completed", "ended": True},
    ),
    "transcription": Stream(
        "openai_transcription",
        [*({"type": "transcript.text.delta", "delta": piece} for piece in PIECES), {"type": "transcript.text.done", "text": SAID}],
        {"text": SAID, "ended": True},
        end="\r\n",
    ),
    "anthropic": Stream("anthropic", named(_BLOCKS), _ANSWERED),
    "anthropic's completions": Stream(
        "anthropic_legacy",
        [*(("completion", {"type": "completion", "completion": piece, "stop_reason": None}) for piece in PIECES),
         ("completion", {"type": "completion", "completion": "", "stop_reason": "stop"})],
        {"text": SAID, "finish": "stop", "ended": True},
        end="\r\n",
    ),
    "gemini": Stream("gemini", _GEMINI, _CALLED_BY_GEMINI, end="\r\n"),
    "gemini, an array": Stream("gemini", _GEMINI, _CALLED_BY_GEMINI, framing="json_array"),
    "gemini's interactions": Stream(
        "gemini_interactions",
        test_gemini_interactions.STEPS,
        {"text": "Hello", "reasoning": "hm", "calls": [("c1", "f", {"a": 1})], "finish": "completed", "ended": True},
    ),
    "cohere": Stream(
        "cohere",
        named([test_cohere.START, *map(test_cohere.say, PIECES), test_cohere.END, DONE]),
        {"text": SAID, "finish": "COMPLETE", "usage": test_cohere.USAGE, "ended": True},
    ),
    "cohere v1": Stream(
        "cohere_v1",
        [{"event_type": "stream-start", "generation_id": "g", "is_finished": False},
         *({"event_type": "text-generation", "text": piece, "is_finished": False} for piece in PIECES),
         {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": SAID}, "is_finished": True}],
        {"text": SAID, "finish": "COMPLETE", "ended": True},
        framing="ndjson",
    ),
    "ollama": Stream(
        "ollama",
        [test_ollama.chat(thinking="Hm"), *map(test_ollama.chat, PIECES),
         test_ollama.chat(tool_calls=[test_ollama.call("look", {"stadt": "Köln"})]), test_ollama.LAST],
        {"text": SAID, "reasoning": "Hm", "calls": [("", "look", {"stadt": "Köln"})], "finish": "stop", "usage": test_ollama.COUNTS},
        framing="ndjson",
    ),
    "ollama's generate": Stream(
        "ollama", [*map(test_ollama.generate, PIECES), test_ollama.generate("", done=True, done_reason="stop")], framing="ndjson"
    ),
    "bedrock": Stream("bedrock_converse", _CONVERSED, {"text": SAID, "calls": CALL, "finish": "tool_use", "ended": True}, framing="aws"),
    "bedrock around anthropic": Stream("bedrock_invoke", wrapped(*_BLOCKS), _ANSWERED, framing="aws"),
    "bedrock around titan": Stream("bedrock_invoke", wrapped(*({"outputText": piece} for piece in PIECES)), framing="aws"),
    "bedrock's agent": Stream(
        "bedrock_invoke",
        [("chunk", {"bytes": base64.b64encode(word.encode()).decode()}) for word in ("Grüße ", "\U0001f600!")],
        framing="aws",
    ),
    "bedrock's knowledge base": Stream(
        "bedrock_knowledge",
        [*(("output", {"text": piece}) for piece in ("Grüße ", "\U0001f600!")),
         ("citation", {"citation": test_bedrock_knowledge.CITED}), ("guardrail", {"action": "NONE"})],
        {"text": SAID, "citations": ["s3://kitchen/dough.pdf", "https://a.example"]},
        framing="aws",
    ),
    "adk": Stream("adk", [*(test_adk.says(piece, partial=True) for piece in PIECES), test_adk.says(SAID), test_adk.turn(test_adk.CALL)],
                  {"text": SAID, "calls": [("c1", "look", {"a": 1})]}),
    "pictures": _of("openai_media", test_openai_media.STREAMS, "a picture"),
    "speech": _of("openai_media", test_openai_media.STREAMS, "speech"),
    "a2a": _of("a2a", test_a2a_mcp.A2A_STREAMS, "pieces of an artifact"),
    "a2a, messages": _of("a2a", test_a2a_mcp.A2A_STREAMS, "messages along the way are steps"),
    "mcp": _of("mcp", test_a2a_mcp.MCP_STREAMS, "progress, a log line, the result", end="\r\n", before=": ping\r\n\r\n"),
    "ag-ui": Stream(
        "ag_ui",
        [test_ag_ui.STARTED, *map(test_ag_ui.said, PIECES),
         test_ag_ui.event("TOOL_CALL_START", toolCallId="c1", toolCallName="look"),
         *(test_ag_ui.event("TOOL_CALL_ARGS", toolCallId="c1", delta=piece) for piece in _ARGUMENTS),
         test_ag_ui.event("TOOL_CALL_END", toolCallId="c1"), test_ag_ui.FINISHED],
        {"text": SAID, "calls": CALL, "ended": True},
    ),
    "ui messages": Stream(
        "ui_message_stream",
        [{"type": "start", "messageId": "m"}, {"type": "text-start", "id": "0"},
         *({"type": "text-delta", "id": "0", "delta": piece} for piece in PIECES),
         {"type": "tool-input-start", "toolCallId": "c1", "toolName": "look"},
         *({"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": piece} for piece in _ARGUMENTS),
         {"type": "tool-input-available", "toolCallId": "c1", "toolName": "look", "input": {"stadt": "Köln"}},
         {"type": "finish", "finishReason": "tool-calls"}, DONE],
        {"text": SAID, "calls": CALL, "finish": "tool-calls", "ended": True},
    ),
    "ui data": Stream(
        "ui_data_stream",
        [("f", {"messageId": "m"}), ("g", '"Hm"'), *(("0", json.dumps(piece)) for piece in PIECES),
         ("b", {"toolCallId": "c1", "toolName": "look"}), *(("c", {"toolCallId": "c1", "argsTextDelta": piece}) for piece in _ARGUMENTS),
         ("9", {"toolCallId": "c1", "toolName": "look", "args": {"stadt": "Köln"}}), ("d", {"finishReason": "tool-calls"})],
        {"text": SAID, "reasoning": "Hm", "calls": CALL, "finish": "tool-calls", "ended": True},
        framing="coded_lines",
    ),
    "langserve": _of("langserve", _SERVED, "strings", end="\r\n"),
    "langserve, messages": _of("langserve", _SERVED, "message chunks"),
    "langserve, patches": _of("langserve", _SERVED, "patches of a log"),
    "langgraph": _of("langgraph", _GRAPHS, "message chunks with their nodes", end="\r\n"),
    "langgraph, its newer protocol": _of("langgraph", _PROTOCOL, "content blocks"),
    "langgraph, its newer protocol with a tool": _of("langgraph", _PROTOCOL, "arguments so far, and what the tool gave"),
    **{
        name: _of(dialect, test_other_dialects.FAMILIES[name], case, revises=name == "Coze", end="\r\n" if name == "Coze" else "\n")
        for name, dialect, case in (
            ("Dify", "dify", "an agent's turn, told as it grows"),
            ("Coze", "coze", "a chat"),
            ("Replicate", "replicate", "text with its spaces"),
            ("watsonx", "watsonx", "the input is counted once"),
            ("TGI", "tgi", "the end repeats the text"),
            ("llama.cpp", "llamacpp", "counts at the end"),
        )
    },
    "json by a guess": Stream("generic", [{"result": {"text": piece}} for piece in PIECES], revises=True),
    # Half of an end marker is text, as half of any event of text is.
    "text": Stream("text", ["Grü", "ße ", "\U0001f600!", DONE], {"text": SAID, "ended": True}, revises=True),
}  # fmt: skip
