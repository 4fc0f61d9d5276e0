"""The demo server in the words of other providers: whole answers, limits, errors, cuts and signs of life."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import cohere
import httpx
import ollama
import openai
import pytest
from google import genai

import sse_widget as sw
from sse_widget.demo import DemoServer
from sse_widget.demo.texts import PIZZA_ANSWER, PIZZA_THOUGHTS, TOOL_ANSWER

KEY = "demo"
CALLS = [
    ("get_weather", {"city": "Naples", "unit": "celsius"}),
    ("search_recipes", {"query": "pizza margherita", "max_minutes": 150, "limit": 3}),
]
# Path → the question in that provider's words, a conversation with tool results, and how to ask for 5 tokens.
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "/chat/completions": (
        {"messages": [{"role": "user", "content": "two words"}]},
        {"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]},
        {"max_tokens": 5},
    ),
    "/v1/responses": ({"input": "two words"}, {"input": [{"type": "function_call_output", "call_id": "x"}]}, {"max_output_tokens": 5}),
    "/v1/messages": (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "two words"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x"}]}]},
        {"max_tokens": 5},
    ),
    "/v2/chat": (
        {"messages": [{"role": "user", "content": "two words"}]},
        {"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]},
        {"max_tokens": 5},
    ),
    "/api/chat": (
        {"messages": [{"role": "user", "content": "two words"}]},
        {"messages": [{"role": "tool", "content": "y"}]},
        {"options": {"num_predict": 5}},
    ),
    "/api/generate": ({"prompt": "two words"}, {}, {"options": {"num_predict": 5}}),
    "/v1beta/models/{}:streamGenerateContent?alt=sse": (
        {"contents": [{"parts": [{"text": "two words"}]}]},
        {"contents": [{"parts": [{"functionResponse": {"name": "x"}}]}]},
        {"generationConfig": {"maxOutputTokens": 5}},
    ),
    "/v1beta/models/{}:streamGenerateContent": (
        {"contents": [{"parts": [{"text": "two words"}]}]},
        {"contents": [{"parts": [{"functionResponse": {"name": "x"}}]}]},
        {"generationConfig": {"maxOutputTokens": 5}},
    ),
}
every_path = pytest.mark.parametrize("path", ASKED)


def run_of(server: DemoServer, path: str, model: str, **fields: Any) -> sw.Run:
    """A finished run, failed or not."""
    run = sw.stream(server.url + path.format(model), json={"model": model, "stream": True, "rate": 0, **ASKED[path][0], **fields})
    try:
        return run.wait(60)
    except sw.SSEWidgetError:
        return run


@every_path
def test_the_limit_of_tokens_is_told_in_their_words(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "count", **ASKED[path][2])
    assert (run.status, run.text) == ("done", " w0001 w0002 w0003 w0004 w0005")
    assert run.output.finish_reason == {
        "/chat/completions": "length",
        "/v1/responses": "max_output_tokens",
        "/v1/messages": "max_tokens",
        "/v2/chat": "MAX_TOKENS",
        "/api/chat": "length",
        "/api/generate": "length",
    }.get(path, "MAX_TOKENS")


@every_path
def test_usage_counts_words_and_tokens(server: DemoServer, path: str) -> None:
    usage = json.dumps(run_of(server, path, "count", tokens=7).output.usage)
    numbers = [int(number) for number in "".join(c if c.isdigit() else " " for c in usage).split()]
    assert {2, 7} <= set(numbers)


@pytest.mark.parametrize("path", [path for path in ASKED if path != "/api/generate"])
def test_a_call_counts_the_same_whole_and_in_fragments(server: DemoServer, path: str) -> None:
    assert "33" in json.dumps(run_of(server, path, "tools").output.usage)


@pytest.mark.parametrize("path", [path for path in ASKED if path != "/api/generate"])
def test_tool_results_are_answered(server: DemoServer, path: str) -> None:
    assert run_of(server, path, "tools", **ASKED[path][1]).text == TOOL_ANSWER


@every_path
def test_an_error_inside_the_stream(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "count", error={"at": 3, "message": "overloaded, sorry"})
    assert run.status == "failed"
    assert isinstance(run.error, sw.ProviderError)
    assert "overloaded, sorry" in str(run.error)
    assert run.text == " w0001 w0002 w0003"


@every_path
def test_a_cut_is_seen(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "count", cut=4)
    assert run.status == "cut off"
    assert run.text == " w0001 w0002 w0003 w0004"


@every_path
def test_signs_of_life_add_nothing(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "count", pings=2)
    assert (run.status, len(run.text)) == ("done", 600)


@every_path
def test_several_pieces_are_not_lost_to_pacing(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "count", tokens=4, rate=400, delay=0, jitter=0)
    assert run.text == " w0001 w0002 w0003 w0004"


@every_path
def test_a_model_that_does_not_exist(server: DemoServer, path: str) -> None:
    run = run_of(server, path, "pizzza")
    assert isinstance(run.error, sw.StatusError)
    assert (run.error.status, "Did you mean 'pizza'?" in str(run.error)) == (404, True)


@every_path
def test_a_body_that_is_no_object_or_has_an_odd_option(server: DemoServer, path: str) -> None:
    url = server.url + path.format("count")
    wrong = [httpx.post(url, content=b"[1"), httpx.post(url, json=["x"]), httpx.post(url, json={"model": "count", "rate": "fast"})]
    assert [response.status_code for response in wrong] == [400, 400, 400]
    assert "rate" in wrong[2].text


def test_candidates_of_gemini_are_choices(server: DemoServer) -> None:
    run = run_of(server, "/v1beta/models/{}:streamGenerateContent", "count", tokens=3, generationConfig={"candidateCount": 2})
    assert [choice.text for choice in run.output.choices] == [" w0001 w0002 w0003", "*Version 2*\n\n w0001 w0002 w0003"]


def test_a_method_that_gemini_does_not_have(server: DemoServer) -> None:
    assert httpx.post(f"{server.url}/v1beta/models/count:sing", json={}).status_code == 404


# --- answers that are not streamed


def test_a_whole_message_of_anthropic(server: DemoServer) -> None:
    with anthropic.Anthropic(base_url=server.url, api_key=KEY) as client:
        ask = client.messages.create
        pizza = ask(model="pizza", max_tokens=2000, messages=[{"role": "user", "content": "?"}])
        tools = ask(model="tools", max_tokens=2000, messages=[{"role": "user", "content": "?"}])
    assert [getattr(block, block.type) for block in pizza.content if block.type in ("text", "thinking")] == [PIZZA_THOUGHTS, PIZZA_ANSWER]
    assert [(block.name, block.input) for block in tools.content if block.type == "tool_use"] == CALLS
    assert (pizza.stop_reason, tools.stop_reason) == ("end_turn", "tool_use")


def test_a_whole_response_of_openai(server: DemoServer) -> None:
    with openai.OpenAI(base_url=server.url + "/v1", api_key=KEY) as client:
        pizza = client.responses.create(model="pizza", input="?")
        tools = client.responses.create(model="tools", input="?")
    assert (pizza.output_text, pizza.status) == (PIZZA_ANSWER, "completed")
    assert [item.summary[0].text for item in pizza.output if item.type == "reasoning"] == [PIZZA_THOUGHTS]
    assert [(item.name, json.loads(item.arguments)) for item in tools.output if item.type == "function_call"] == CALLS


def test_a_whole_response_of_gemini(server: DemoServer) -> None:
    with genai.Client(api_key=KEY, vertexai=False, http_options=genai.types.HttpOptions(base_url=server.url)) as client:
        pizza = client.models.generate_content(model="pizza", contents="?")
        tools = client.models.generate_content(model="tools", contents="?")
    assert pizza.text == PIZZA_ANSWER
    assert [(call.name, call.args) for call in tools.function_calls or []] == CALLS


def test_a_whole_answer_of_cohere(server: DemoServer) -> None:
    with cohere.ClientV2(api_key=KEY, base_url=server.url) as client:
        pizza = client.chat(model="pizza", messages=[cohere.UserChatMessageV2(content="?")])
        tools = client.chat(model="tools", messages=[cohere.UserChatMessageV2(content="?")])
    assert [getattr(item, item.type) for item in pizza.message.content or []] == [PIZZA_THOUGHTS, PIZZA_ANSWER]
    functions = [call.function for call in tools.message.tool_calls or []]
    assert [(function.name, json.loads(function.arguments or "")) for function in functions if function] == CALLS
    assert (pizza.finish_reason, tools.finish_reason) == ("COMPLETE", "TOOL_CALL")


def test_a_whole_answer_of_ollama(server: DemoServer) -> None:
    client = ollama.Client(host=server.url)
    with client._client:
        pizza = client.chat(model="pizza", messages=[{"role": "user", "content": "?"}])
        tools = client.chat(model="tools", messages=[{"role": "user", "content": "?"}])
        said = client.generate(model="pizza", prompt="?")
    assert (pizza.message.content, pizza.message.thinking) == (PIZZA_ANSWER, PIZZA_THOUGHTS)
    assert (said.response, said.thinking) == (PIZZA_ANSWER, PIZZA_THOUGHTS)
    assert [(call.function.name, call.function.arguments) for call in tools.message.tool_calls or []] == CALLS


def test_deepseek_tells_usage_with_the_last_delta(server: DemoServer) -> None:
    body = {"model": "count", "messages": [], "stream": True, "rate": 0, "tokens": 3}
    lines = httpx.post(f"{server.url}/chat/completions", json=body).text.split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if "{" in line]
    assert [bool(chunk["usage"]) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert (chunks[-1]["choices"][0]["finish_reason"], chunks[-1]["usage"]["prompt_cache_hit_tokens"]) == ("stop", 0)
    assert chunks[1]["choices"][0]["delta"] == {"role": "assistant", "content": " w0001", "reasoning_content": None}
