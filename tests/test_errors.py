"""`errors.py`: what is a secret, and where it must not appear."""

from __future__ import annotations

import pytest

import sse_widget as sw
from sse_widget.errors import Redactor, UsageError, is_secret_name, redact_headers, redact_json, redact_url


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-api-key",
        "api-key",
        "X-Goog-Api-Key",
        "key",
        "Cookie",
        "Set-Cookie",
        "access_token",
        "apikey",
        "client_secret",
        "X-Amz-Security-Token",
        "X-Auth-Token",
        "sig",
        "password",
        "Proxy-Authorization",
        "openai_api_key",
        "accessToken",
        "clientSecret",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "max_completion_tokens",
        "maxTokens",
        "content-type",
        "model",
        "idempotency-key",
        "prompt_cache_key",
        "monkey",
        "author",
        "top_k",
        "tokens",
        "tokenizer",
        "keywords",
    ],
)
def test_plain_names(name: str) -> None:
    assert not is_secret_name(name)


def test_urls_lose_user_info_and_secret_values() -> None:
    assert redact_url("https://me:pw@host.example/v1?key=abc&alt=sse&q=a%20b") == "https://host.example/v1?key=***&alt=sse&q=a%20b"


def test_headers_and_bodies() -> None:
    assert redact_headers([("Authorization", "Bearer x"), ("Accept", "a")]) == [["Authorization", "***"], ["Accept", "a"]]
    assert redact_json({"api_key": "k", "max_tokens": 3, "tools": [{"headers": {"token": "t"}}], "secrets": ["a", "b"]}) == {
        "api_key": "***",
        "max_tokens": 3,
        "tools": [{"headers": {"token": "***"}}],
        "secrets": ["***", "***"],
    }


def test_a_redactor_masks_what_it_learned_wherever_it_is() -> None:
    redactor = Redactor()
    redactor.learn("Authorization", "Bearer sk-1234567890")
    redactor.learn("X-Other", "not-a-secret")
    assert redactor.text("Incorrect API key: sk-1234567890. not-a-secret") == "Incorrect API key: ***. not-a-secret"


LEARNED: list[tuple[str, str, str]] = [
    ("Authorization", "Bearer sk/1234+56", "https://x/?key=sk%2F1234%2B56"),  # as it stands in a URL
    ("X-Api-Key", 'sk"1234\\56', '{"detail": "sk\\"1234\\\\56"}'),  # and in JSON
    ("Cookie", "theme=dark; session=abcdef123", "no session abcdef123"),
]


@pytest.mark.parametrize(("name", "value", "echo"), LEARNED)
def test_a_redactor_knows_the_shapes_of_a_secret(name: str, value: str, echo: str) -> None:
    redactor = Redactor()
    redactor.learn(name, value)
    assert "***" in redactor.text(echo)
    assert "1234" not in redactor.text(echo)
    assert "123" not in redactor.json({"a": [echo]})["a"][0]


def test_a_cause_that_would_show_a_secret_is_dropped() -> None:
    redactor = Redactor()
    redactor.add("sk-1234567890")
    plain, telling = ValueError("no"), ValueError("no")
    telling.__context__ = KeyError("sk-1234567890")
    assert redactor.cause(plain) is plain
    assert redactor.cause(telling) is None


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no option 'extrakt'.*mean 'extract'") as caught:
        sw.stream(["a"], extrakt="$.x")
    assert isinstance(caught.value, TypeError)
