"""`logprobs.py`: how likely tokens were, in the words of every format that tells."""

from __future__ import annotations

import base64
import json
import math
import random
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.dialects.logprobs import Alternative, Logprob, logprobs_in
from sse_widget.view.lane import frame_detail

from .agent_streams import _mutated, body, read
from .chat import DONE, chunk

A = {"token": "A", "logprob": -0.5, "bytes": [65]}
B = {"token": "B", "logprob": -1, "bytes": None}
TOKEN = {**A, "top_logprobs": [A, B]}
TOPS = (Alternative("A", -0.5, b"A"), Alternative("B", -1.0, None))
ONE = Logprob("A", -0.5, b"A", TOPS)
BARE = ONE._replace(bytes=None, alternatives=(Alternative("A", -0.5), Alternative("B", -1.0)))


def chat(index: int = 0, **logprobs: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": "A"}, "logprobs": logprobs}]}


def legacy(logprobs: Any) -> dict[str, Any]:
    return {"object": "text_completion", "choices": [{"index": 0, "text": "A", "logprobs": logprobs}]}


def llamacpp(**item: Any) -> dict[str, Any]:
    return {"content": "A", "stop": False, "index": 0, "completion_probabilities": [item]}


GEMINI = {
    "candidates": [
        {
            "content": {"parts": [{"text": "A"}]},
            "logprobsResult": {
                "chosenCandidates": [{"token": "A", "tokenId": 1, "logProbability": -0.5}],
                "topCandidates": [{"candidates": [{"token": "A", "logProbability": -0.5}, {"token": "B", "logProbability": -1}]}],
            },
        }
    ]
}
SNAKE = {
    "candidates": [
        {
            "content": {"parts": [{"text": "A"}]},
            "logprobs_result": {
                "chosen_candidates": [{"token": "A", "log_probability": -0.5}],
                "top_candidates": [{"candidates": [{"token": "A", "log_probability": -0.5}, {"token": "B", "log_probability": -1}]}],
            },
        }
    ]
}
TGI = {"token": {"id": 1, "text": "A", "logprob": -0.5, "special": False}, "generated_text": None}
COHERE = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "A"}}}}
CASES: dict[str, tuple[Any, list[Logprob]]] = {
    "chat": (chat(content=[TOKEN], refusal=None), [ONE]),
    "chat, another choice": (chat(2, content=[TOKEN]), [ONE._replace(choice=2)]),
    "chat, DeepSeek's thoughts": (chat(content=None, reasoning_content=[TOKEN]), [ONE._replace(kind="reasoning")]),
    "chat, a refusal": (chat(refusal=[TOKEN]), [ONE._replace(kind="refusal")]),
    "chat, a mere number": (
        {"choices": [{"index": 0, "delta": {"content": "A"}, "logprobs": -0.5}]},
        [ONE._replace(bytes=None, alternatives=())],
    ),
    "chat, none": ({"choices": [{"index": 0, "delta": {"content": "A"}, "logprobs": None}]}, []),
    "completions": (
        legacy({"tokens": ["A"], "token_logprobs": [-0.5], "top_logprobs": [{"A": -0.5, "B": -1}], "text_offset": [0]}),
        [BARE],
    ),
    "completions, an echoed prompt": (
        legacy({"tokens": ["A", "B"], "token_logprobs": [None, -1], "top_logprobs": None}),
        [Logprob("A", None), Logprob("B", -1.0)],
    ),
    "completions of llama.cpp": (legacy({"content": [TOKEN]}), [ONE]),
    "Responses": ({"type": "response.output_text.delta", "output_index": 0, "delta": "A", "logprobs": [TOKEN]}, [ONE]),
    "Responses, the whole text again": ({"type": "response.output_text.done", "output_index": 0, "text": "A", "logprobs": [TOKEN]}, []),
    "transcription": ({"type": "transcript.text.delta", "delta": "A", "logprobs": [TOKEN]}, [ONE]),
    "Gemini": (GEMINI, [BARE]),
    "Gemini, the SDK's names": (SNAKE, [BARE]),
    "Ollama": ({"model": "m", "message": {"content": "A"}, "done": False, "logprobs": [TOKEN]}, [ONE]),
    "Ollama, a thought": (
        {"model": "m", "message": {"thinking": "A"}, "done": False, "logprobs": [TOKEN]},
        [ONE._replace(kind="reasoning")],
    ),
    "Ollama, generate": ({"model": "m", "response": "A", "done": False, "logprobs": [TOKEN]}, [ONE]),
    "TGI": (TGI, [BARE._replace(alternatives=())]),
    "TGI, with others": ({**TGI, "top_tokens": [{"text": "A", "logprob": -0.5}, {"text": "B", "logprob": -1}]}, [BARE]),
    "llama.cpp": (llamacpp(id=1, **TOKEN), [ONE]),
    "llama.cpp, after sampling": (
        llamacpp(token="A", bytes=[65], prob=1.0, top_probs=[{"token": "A", "bytes": [65], "prob": 1.0}, {"token": "B", "prob": 0}]),
        [Logprob("A", 0.0, b"A", (Alternative("A", 0.0, b"A"), Alternative("B", -math.inf)))],
    ),
    "llama.cpp, until 2024": (
        llamacpp(content="A", probs=[{"tok_str": "A", "prob": 1}, {"tok_str": "B", "prob": 0}]),
        [Logprob("A", 0.0, None, (Alternative("A", 0.0), Alternative("B", -math.inf)))],
    ),
    "Cohere": ({**COHERE, "logprobs": {"text": "A", "token_ids": [1], "logprobs": [-0.5]}}, [Logprob("A", -0.5)]),
    "Cohere, several": (
        {**COHERE, "logprobs": {"text": "AB", "token_ids": [1, 2], "logprobs": [-0.5, -1]}},
        [Logprob("", -0.5), Logprob("", -1.0)],
    ),
    "a part of a character": (chat(content=[{"token": "\\xf0", "logprob": -0.5, "bytes": [240]}]), [Logprob("\\xf0", -0.5, b"\xf0")]),
    "half of a pair": (chat(content=[{"token": "\ud83d", "logprob": -0.5}]), [Logprob("\ufffd", -0.5)]),
    "of no use": (chat(content=[{"token": 3, "logprob": "x", "bytes": [256], "top_logprobs": {"a": 1}}, None, "A"]), [Logprob("", None)]),
}


@pytest.mark.parametrize("name", CASES)
def test_formats(name: str) -> None:
    event, expected = CASES[name]
    recording = sw.Recording.from_bytes(body(json.dumps(event)), "text/event-stream")
    assert recording.logprobs() == recording.logprobs(0) == recording.logprobs(-1) == expected


def test_bedrock_wraps_those_of_others() -> None:
    events = [
        ("chunk", {"bytes": base64.b64encode(json.dumps(one).encode()).decode()}) for one in (chat(content=[TOKEN]), {"outputText": "B"})
    ]
    reading = read(body(*events))
    assert reading.dialect is not None
    assert (reading.dialect.name, reading.logprobs()) == ("bedrock_invoke", [ONE])


def test_a_run_tells_of_which_event_each_is() -> None:
    events = [chunk({"role": "assistant"}), chat(content=[TOKEN, TOKEN]), chat(content=[TOKEN]), chunk(finish="stop"), DONE]
    run = sw.stream(events).wait()
    assert [one.event for one in run.logprobs()] == [1, 1, 2]
    assert run.logprobs(2) == [ONE._replace(event=2)]
    assert run.logprobs(0) == []
    with pytest.raises(IndexError):
        run.logprobs(5)


def test_as_json() -> None:
    (one,) = logprobs_in("llamacpp", CASES["llama.cpp, after sampling"][0])
    assert json.loads(json.dumps(one.to_dict(), allow_nan=False)) == {
        "token": "A", "logprob": 0.0, "bytes": [65], "choice": 0, "kind": "text", "event": 0,
        "alternatives": [{"token": "A", "logprob": 0.0, "bytes": [65]}, {"token": "B", "logprob": None, "bytes": None}],
    }  # fmt: skip


def test_odd_data_never_raises() -> None:
    chance = random.Random(0)
    events = [event for event, _ in CASES.values() if isinstance(event, dict)]
    for dialect in (
        "openai_chat",
        "openai_completions",
        "openai_responses",
        "gemini",
        "ollama",
        "tgi",
        "llamacpp",
        "cohere",
        "bedrock_invoke",
    ):
        for event in events:
            for _ in range(20):
                found = logprobs_in(dialect, json.loads(_mutated(json.loads(json.dumps(event)), chance)))
                json.dumps([one.to_dict() for one in found], ensure_ascii=False, allow_nan=False).encode()
    odd: Any
    for odd in (None, [], "x", 3):
        assert logprobs_in("openai_chat", odd) == logprobs_in("bedrock_invoke", odd) == []


def test_the_page_is_told_with_the_event() -> None:
    odd = {**TOKEN, "logprob": float("-inf"), "top_logprobs": [B]}
    run = sw.stream([chunk({"role": "assistant"}), chat(content=[TOKEN, odd]), chunk(finish="stop")]).wait()
    frames = [run.events[at].frame for at in range(3)]
    found = [frame_detail(run, frame)["logprobs"] for frame in frames]
    assert found == [[], [["A", -0.5, [["A", -0.5], ["B", -1.0]]], ["A", None, [["B", -1.0]]]], []]
    assert frame_detail(run, 0)["logprobs"] == []  # our own mark
    json.dumps(found, allow_nan=False)
