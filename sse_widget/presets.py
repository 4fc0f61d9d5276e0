"""Requests from a prompt: ``sw.stream("How to make pizza?", provider="deepseek", model="deepseek-chat")``.

A preset knows a provider's address, its body, and the environment variables that hold its key and its other address. It knows
nothing of the answer: that is recognised like any other stream.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .errors import UsageError

Json = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """One provider.

    base: its address, unless one of the variables ``base_from`` has another. path: of its endpoint; ``{model}`` is filled in.
    body: prompt → the body without the model. key_from: variables that may hold the key, the first one set counts; key_needed:
    whether there is no asking without. key: key → the headers that carry it. query: of the URL. model_in_body: or in the path;
    model_needed: or the server takes what it has loaded.
    """

    base: str
    base_from: tuple[str, ...]
    path: str
    body: Callable[[str], Json]
    key_from: tuple[str, ...]
    key: Callable[[str], dict[str, str]]
    key_needed: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    model_in_body: bool = True
    model_needed: bool = True


def _messages(prompt: str) -> Json:
    return {"messages": [{"role": "user", "content": prompt}], "stream": True}


def _chat(prompt: str) -> Json:
    return {**_messages(prompt), "stream_options": {"include_usage": True}}


def _anthropic(prompt: str) -> Json:
    return {**_messages(prompt), "max_tokens": 4096}  # it has no default of its own; every model allows as many


def _gemini(prompt: str) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}  # that it shall stream stands in the URL


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _api_key(key: str) -> dict[str, str]:
    return {"x-api-key": key}


def _google_key(key: str) -> dict[str, str]:
    return {"x-goog-api-key": key}


_COMPLETIONS = "/chat/completions"
PRESETS: dict[str, Preset] = {
    "openai": Preset("https://api.openai.com/v1", ("OPENAI_BASE_URL",), _COMPLETIONS, _chat, ("OPENAI_API_KEY",), _bearer),
    "deepseek": Preset(
        "https://api.deepseek.com", ("DEEPSEEK_BASE_URL", "DEEPSEEK_API_BASE"), _COMPLETIONS, _chat, ("DEEPSEEK_API_KEY",), _bearer
    ),
    "gemini": Preset(
        "https://generativelanguage.googleapis.com",
        ("GOOGLE_GEMINI_BASE_URL",),
        "/v1beta/{model}:streamGenerateContent",
        _gemini,
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),  # in the order of Google's own packages
        _google_key,
        query=(("alt", "sse"),),
        model_in_body=False,
    ),
    "anthropic": Preset(
        "https://api.anthropic.com",
        ("ANTHROPIC_BASE_URL",),
        "/v1/messages",
        _anthropic,
        ("ANTHROPIC_API_KEY",),
        _api_key,
        headers=(("anthropic-version", "2023-06-01"),),
    ),
    "ollama": Preset("http://127.0.0.1:11434", ("OLLAMA_HOST",), "/api/chat", _messages, ("OLLAMA_API_KEY",), _bearer, key_needed=False),
    "vllm": Preset(
        "http://127.0.0.1:8000/v1",
        ("VLLM_BASE_URL",),
        _COMPLETIONS,
        _chat,
        ("VLLM_API_KEY",),
        _bearer,
        key_needed=False,
        model_needed=False,
    ),
    "llamacpp": Preset(
        "http://127.0.0.1:8080/v1",
        ("LLAMACPP_BASE_URL",),
        _COMPLETIONS,
        _chat,
        ("LLAMA_API_KEY",),
        _bearer,
        key_needed=False,
        model_needed=False,
    ),
}
PRESET_OPTIONS = ("provider", "model", "base_url")


def preset_request(prompt: Any, chosen: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[str, Json]:
    """The URL and the options of an HTTP request that asks a provider.

    prompt: what to ask. chosen: the values of `PRESET_OPTIONS`. request: the caller's options: ``params`` (the model's parameters)
    and then ``json`` are merged over the body, ``headers`` over the headers; a credential among them, or ``auth``, stands in for
    the key. Raises UsageError, which names the environment variable if it is a key that is missing.
    """
    provider, model = chosen.get("provider"), chosen.get("model")
    if not isinstance(provider, str) or provider not in PRESETS:
        raise UsageError.unknown("provider", str(provider), PRESETS)
    if not isinstance(prompt, str):
        raise UsageError(
            f"With provider={provider!r} the source is a prompt, not a {type(prompt).__name__}.",
            hint='A conversation goes in the body, beside a prompt of "": json={"messages": […]}.',
        )
    for name in ("method", "content"):
        if request.get(name) is not None:
            raise UsageError(f"{name} cannot be used here: provider={provider!r} makes the request.", hint="Or give a URL as the source.")
    preset = PRESETS[provider]
    if model is not None and not isinstance(model, str):
        raise UsageError(f"model must be a string, not a {type(model).__name__}.")
    if preset.model_needed and not model:
        raise UsageError(f"Which model of {provider}? It has no default.", hint='Give it: model="…".')
    body = preset.body(prompt)
    if model and preset.model_in_body:
        body = {"model": model, **body}
    for name in ("params", "json"):
        more = request.get(name)
        if more is not None and not isinstance(more, Mapping):
            raise UsageError(
                f"With provider={provider!r}, {name} must be a dict, not a {type(more).__name__}.", hint="It goes in the body."
            )
        body = _merged(body, more or {})
    url = _url(preset, _base(preset, chosen.get("base_url")), model or "")
    return url, {**request, "json": body, "params": None, "headers": _headers(provider, preset, request, own="base_url" in chosen)}


def _headers(provider: str, preset: Preset, request: Mapping[str, Any], *, own: bool) -> Any:
    """own: it goes to a server that the user named, which may want no key; if it does, its 401 says so."""
    given = request.get("headers")
    functions: dict[str, Any] = {}
    if isinstance(given, Mapping):  # the source calls them
        functions = {name: value for name, value in given.items() if callable(value)}
        given = {name: value for name, value in given.items() if name not in functions}
    try:
        theirs = httpx.Headers(given)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The headers cannot be used: {error}.", hint="A dict of str, as in httpx.") from None
    headers = httpx.Headers(list(preset.headers))
    name = next(iter(preset.key("")))
    called = {function.lower() for function in functions}
    if name not in theirs and name.lower() not in called and request.get("auth") is None:
        key = _from_environment(preset.key_from)
        variables = " or ".join(preset.key_from)
        if not key and preset.key_needed and not own:
            raise UsageError(
                f"There is no key for {provider}: the environment variable {variables} is not set.",
                hint=f'Without writing it down: os.environ["{preset.key_from[-1]}"] = getpass.getpass().',
            )
        if not (key.isascii() and key.isprintable()):  # asked here, because httpx's own complaint holds the key
            raise UsageError(f"The key in {variables} has characters that no header can carry.", hint="Was it copied with something else?")
        headers.update(preset.key(key) if key else {})
    headers.update(theirs)
    return [*headers.multi_items(), *functions.items()] if functions else headers


def _from_environment(names: tuple[str, ...]) -> str:
    """The first of these variables that is set, or ""."""
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def _base(preset: Preset, given: Any) -> httpx.URL:
    """The provider's address: the caller's, else the environment's, else its own."""
    if given is not None and not isinstance(given, (str, httpx.URL)):
        raise UsageError(f"base_url must be a string, not a {type(given).__name__}.")
    base = str(given or "") or _from_environment(preset.base_from)
    if base and "://" not in base and "OLLAMA_HOST" in preset.base_from:
        # Ollama's own variable may hold a host, a port or both.
        host, _, port = base.rpartition(":") if ":" in base and not base.endswith("]") else (base, "", "")
        base = f"http://{host or '127.0.0.1'}:{port or 11434}"
    # Said without the value: it may hold a password.
    named = "base_url" if given else f"The environment variable {' or '.join(preset.base_from)}"
    try:
        url = httpx.URL(base or preset.base)
    except httpx.InvalidURL as error:
        raise UsageError(f"{named} is no URL: {error}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"{named} must begin with http:// or https:// and a host.")
    return url


def _url(preset: Preset, base: httpx.URL, model: str) -> str:
    path = preset.path.replace("{model}", model if "/" in model else f"models/{model}")
    before = base.path.rstrip("/")
    version = path.split("/")[1]
    if before.endswith(f"/{version}"):  # some write the version into the address, others leave it to the path
        before = before[: -len(version) - 1]
    url = base.copy_with(path=before + path)
    return str(url.copy_merge_params(dict(preset.query)) if preset.query else url)


def _merged(body: Json, more: Mapping[str, Any]) -> Json:
    """``more`` over ``body``, objects member by member; the caller's objects stay as they are."""
    merged = dict(body)
    for name, value in more.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, Mapping) else value
    return merged
