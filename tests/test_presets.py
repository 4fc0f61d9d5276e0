"""`presets.py`: what is sent to a provider for a prompt, and what is said where it cannot be sent."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer
from sse_widget.demo.texts import PIZZA_ANSWER, PIZZA_THOUGHTS
from sse_widget.presets import PRESETS

from .support import Connection, RawServer

KEY = "sk-canary-0123456789"
PROMPT = "How to make pizza?"
# Provider → its base on the demo server, the path asked for, the header of the key, and the dialect recognised.
ON_DEMO = {
    "openai": ("/v1", "/v1/chat/completions", "authorization", "openai_chat"),
    "deepseek": ("", "/chat/completions", "authorization", "openai_chat"),
    "gemini": ("", "/v1beta/models/pizza:streamGenerateContent", "x-goog-api-key", "gemini"),
    "anthropic": ("", "/v1/messages", "x-api-key", "anthropic"),
    "ollama": ("", "/api/chat", "authorization", "ollama"),
    "vllm": ("/v1", "/v1/chat/completions", "authorization", "openai_chat"),
    "llamacpp": ("/v1", "/v1/chat/completions", "authorization", "openai_chat"),
}
ALL_VARIABLES = sorted({name for preset in PRESETS.values() for name in (*preset.key_from, *preset.base_from)})


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests does not count."""
    for name in ALL_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_the_table_of_this_test_is_complete() -> None:
    assert list(ON_DEMO) == list(PRESETS)


def test_a_server_of_ones_own_may_need_no_key(server: DemoServer) -> None:
    run = sw.stream(PROMPT, provider="openai", model="plain", base_url=server.url + "/v1", json={"rate": 0}).wait(60)
    assert run.status == "done"
    assert server.log[-1].header("Authorization") is None


@pytest.mark.parametrize("base_from", ["argument", "environment"])
@pytest.mark.parametrize("provider", PRESETS)
def test_a_prompt_is_answered(server: DemoServer, monkeypatch: pytest.MonkeyPatch, provider: str, base_from: str) -> None:
    base, path, header, dialect = ON_DEMO[provider]
    monkeypatch.setenv(PRESETS[provider].key_from[-1], f" {KEY}\n")  # as a shell's `$(cat file)` or a careless paste gives it
    options: dict[str, Any] = {}
    if base_from == "argument":
        monkeypatch.setenv(PRESETS[provider].base_from[0], "http://127.0.0.1:9")  # the argument goes before it
        options["base_url"] = server.url + base
    else:
        monkeypatch.setenv(PRESETS[provider].base_from[0], server.url + base + "/")
    before = len(server.log)
    run = sw.stream(PROMPT, provider=provider, model="pizza", json={"rate": 0}, **options).wait(60)
    assert (run.status, run.text, run.reasoning) == ("done", PIZZA_ANSWER, PIZZA_THOUGHTS)
    record = server.log[before]
    assert (record.method, record.path) == ("POST", path)
    assert (record.header(header) or "").removeprefix("Bearer ") == KEY
    assert (found := run.reading.dialect) is not None
    assert found.name == dialect
    assert PROMPT in record.body.decode()
    body = json.loads(record.body)
    assert (record.query, body.get("stream")) == (("alt=sse", None) if provider == "gemini" else ("", True))
    if dialect == "openai_chat":
        assert run.output.usage is not None
    shown = [repr(run), repr(run.recording.request), repr(run.recording.response), repr(vars(run))]
    assert [text for text in shown if KEY in text] == []


BODIES: dict[str, dict[str, Any]] = {
    "openai": {
        "model": "m",
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    "anthropic": {"model": "m", "messages": [{"role": "user", "content": PROMPT}], "stream": True, "max_tokens": 4096},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]},
    "ollama": {"model": "m", "messages": [{"role": "user", "content": PROMPT}], "stream": True},
}


def sent(raw: RawServer, provider: str, /, **options: Any) -> Connection:
    """What is sent for the prompt; nobody answers it."""
    raw.stream(content_type="text/event-stream")
    run = sw.stream(PROMPT, **{"provider": provider, "model": "m", "base_url": raw.url, **options})
    with pytest.raises(sw.SSEWidgetError):
        run.wait(60)
    return raw.requests[-1]


@pytest.mark.parametrize("provider", BODIES)
def test_the_body(raw: RawServer, monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    monkeypatch.setenv(PRESETS[provider].key_from[0], KEY)
    assert json.loads(sent(raw, provider).body) == BODIES[provider]


def test_what_is_given_goes_over_the_preset(raw: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    mine: dict[str, Any] = {"stream_options": {"include_usage": False, "more": 1}, "messages": [], "temperature": 1}
    request = sent(
        raw, "openai", params={"temperature": 0, "seed": 5}, json=mine, headers={"X-Mine": "1"}, base_url=raw.url + "/x?version=2"
    )
    assert json.loads(request.body) == {**mine, "model": "m", "stream": True, "seed": 5}
    assert mine["temperature"] == 1
    assert request.headers["x-mine"] == "1"
    assert request.head.split()[1] == "/x/chat/completions?version=2"


def test_nested_options_of_gemini_are_merged(raw: RawServer) -> None:
    options = {"params": {"generationConfig": {"temperature": 0}}, "json": {"generationConfig": {"seed": 5}}}
    request = sent(raw, "gemini", headers={"x-goog-api-key": KEY}, **options)
    assert json.loads(request.body)["generationConfig"] == {"temperature": 0, "seed": 5}


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"headers": {"AUTHORIZATION": "Bearer mine"}}, "Bearer mine"),
        ({"auth": ("me", "secret")}, "Basic bWU6c2VjcmV0"),
    ],
)
def test_a_credential_of_the_callers_needs_no_key(raw: RawServer, options: dict[str, Any], key: str) -> None:
    assert sent(raw, "deepseek", **options).headers["authorization"] == key


@pytest.mark.parametrize("provider", ["ollama", "vllm", "llamacpp"])
def test_local_servers_need_no_key(raw: RawServer, provider: str) -> None:
    request = sent(raw, provider, model=None if provider != "ollama" else "m")
    assert "authorization" not in request.headers
    assert ("model" in json.loads(request.body)) == (provider == "ollama")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("{host}:{port}", "http://{host}:{port}/api/chat"),
        (":{port}", "http://127.0.0.1:{port}/api/chat"),
        ("somewhere.invalid", "http://somewhere.invalid:11434/api/chat"),
        ("https://somewhere.invalid/x/", "https://somewhere.invalid/x/api/chat"),
    ],
)
def test_the_ways_to_name_the_host_of_ollama(monkeypatch: pytest.MonkeyPatch, given: str, url: str) -> None:
    from sse_widget.presets import preset_request

    monkeypatch.setenv("OLLAMA_HOST", given.format(host="localhost", port=1234))
    assert preset_request(PROMPT, {"provider": "ollama", "model": "m"}, {})[0] == url.format(host="localhost", port=1234)


@pytest.mark.parametrize("base", ["https://api.anthropic.com", "https://api.anthropic.com/", "https://api.anthropic.com/v1"])
def test_a_version_in_the_address_is_not_doubled(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    from sse_widget.presets import preset_request

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    url, options = preset_request(PROMPT, {"provider": "anthropic", "model": "m", "base_url": base}, {})
    assert url == "https://api.anthropic.com/v1/messages"
    assert options["headers"]["anthropic-version"] == "2023-06-01"


def test_the_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    from sse_widget.presets import preset_request

    urls = []
    for provider, preset in PRESETS.items():
        monkeypatch.setenv(preset.key_from[0], KEY)
        urls.append(preset_request(PROMPT, {"provider": provider, "model": "m"}, {})[0])
    assert urls == [
        "https://api.openai.com/v1/chat/completions",
        "https://api.deepseek.com/chat/completions",
        "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse",
        "https://api.anthropic.com/v1/messages",
        "http://127.0.0.1:11434/api/chat",
        "http://127.0.0.1:8000/v1/chat/completions",
        "http://127.0.0.1:8080/v1/chat/completions",
    ]


@pytest.mark.parametrize(
    ("provider", "variable"),
    [
        ("openai", "OPENAI_API_KEY"),
        ("deepseek", "DEEPSEEK_API_KEY"),
        ("gemini", "GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("anthropic", "ANTHROPIC_API_KEY"),
    ],
)
@pytest.mark.parametrize("value", [None, " "])
def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, provider: str, variable: str, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv(variable.rpartition(" ")[2], value)
    with pytest.raises(sw.UsageError, match=f"environment variable {variable} is not set"):
        sw.stream(PROMPT, provider=provider, model="m")


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (PROMPT, {}, "no URL: it does not begin with http.*provider="),
    (PROMPT, {"provider": "deepsek", "model": "m"}, "no provider 'deepsek'. Did you mean 'deepseek'"),
    (PROMPT, {"model": "m", "base_url": "http://x"}, "model and base_url cannot be used without a provider"),
    (["a"], {"provider": "vllm"}, "the source is a prompt, not a list"),
    (PROMPT, {"provider": "ollama"}, "Which model of ollama"),
    (PROMPT, {"provider": "vllm", "model": 3}, "model must be a string"),
    (PROMPT, {"provider": "vllm", "method": "GET"}, "method cannot be used here"),
    (PROMPT, {"provider": "vllm", "content": "x"}, "content cannot be used here"),
    (PROMPT, {"provider": "vllm", "json": ["x"]}, "json must be a dict, not a list"),
    (PROMPT, {"provider": "vllm", "params": "x=1"}, "params must be a dict, not a str"),
    (PROMPT, {"provider": "vllm", "base_url": "localhost:8000"}, "base_url must begin with http"),
    (PROMPT, {"provider": "vllm", "base_url": "http://[::1"}, "base_url is no URL"),
    (PROMPT, {"provider": "vllm", "base_url": 8000}, "base_url must be a string"),
    (PROMPT, {"provider": "vllm", "headers": {"X": 5}}, "headers cannot be used"),
]


@pytest.mark.parametrize(("source", "options", "message"), WRONG)
def test_what_cannot_be_sent_is_refused_at_once(source: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(sw.UsageError, match=message):
        sw.stream(source, **options)


def test_an_address_of_the_environment_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", f"me:{KEY}@localhost/v1")
    with pytest.raises(sw.UsageError, match="VLLM_BASE_URL must begin with http") as raised:
        sw.stream(PROMPT, provider="vllm")
    assert KEY not in repr(raised.value)


def test_a_key_that_no_header_can_carry_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "…")
    with pytest.raises(sw.UsageError, match="OPENAI_API_KEY has characters") as raised:
        sw.stream(PROMPT, provider="openai", model="m")
    assert raised.value.__context__ is None
    assert KEY not in repr(raised.value)


def test_the_callers_headers_may_be_of_any_shape(raw: RawServer) -> None:
    assert sent(raw, "vllm", headers=httpx.Headers([("a", "1")])).headers["a"] == "1"
