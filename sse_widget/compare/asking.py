"""How a cell is asked: by a provider's name, or by a function of the caller's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import httpx

from ..errors import SourceError, UsageError
from ..presets import PRESET_OPTIONS, preset_request
from ..reconnect import USUAL, Loss, Reconnect
from ..sources import REQUEST_OPTIONS, make_source
from .gated import GatedSource
from .plan import Cell, Plan

Json = dict[str, Any]


class _Patient(type(USUAL)):  # type: ignore[misc]
    """As usual; but where the server asks to wait, which for many requests in a row is no surprise, it is waited for longer."""

    def limit(self, loss: Loss) -> int:
        usual: int = super().limit(loss)
        return max(usual, 8) if loss.how == "asked" else usual


PATIENT: Reconnect = _Patient(after_end=False, without_ids=False, attempts=8, budget=900.0)
RUN_OPTIONS = ("framing", "dialect", "extract", "parse", "join", "idle_timeout", "progress_timeout", "bounds", "persist", "priority")
OPTIONS = (*REQUEST_OPTIONS, *RUN_OPTIONS, "base_url", "secrets", "reconnect")


@dataclass
class Question:
    """One cell, ready to be streamed. source: what `Session.stream` takes. gated: it waits for its gate."""

    source: Any
    options: Json = field(default_factory=dict)

    @property
    def gated(self) -> bool:
        return isinstance(self.source, GatedSource)


@dataclass
class Asking:
    """provider: a name of `PRESETS`, or None. request: a function (prompt, model, **params) → what `sw.stream` takes, or a dict of
    its options with a "source". options: of every stream."""

    provider: str | None
    request: Callable[..., Any] | None
    options: Json

    def __post_init__(self) -> None:
        if (self.provider is None) == (self.request is None):
            raise UsageError(
                "A comparison asks either a provider or a function.",
                hint='provider="openai", or request=lambda prompt, model, **params: {"source": url, "json": {…}}.',
            )
        if self.request is not None and not callable(self.request):
            raise UsageError(f"request must be a function, not a {type(self.request).__name__}.")
        for name in self.options:
            if name not in OPTIONS:
                raise UsageError.unknown("option", name, OPTIONS)
        if self.options.get("client") is not None:
            raise UsageError(
                "client cannot be used here: each cell has a connection of its own.", hint="A function may give it: request=…."
            )

    @property
    def is_async(self) -> bool:
        """Whether the function has to be awaited, on the loop of the caller's."""
        return inspect.iscoroutinefunction(self.request) or inspect.iscoroutinefunction(getattr(self.request, "__call__", None))  # noqa: B004

    def call(self, plan: Plan, cell: Cell) -> Any:
        """What the caller's function gives for a cell. Raises whatever it raises."""
        assert self.request is not None
        return self.request(plan.prompts[cell.prompt].value, plan.models[cell.model], **plan.params[cell.params])

    def by_provider(self, plan: Plan, cell: Cell, ready: Callable[[], None], gate: Future[None]) -> Question:
        """The question for a provider. Raises UsageError."""
        prompt, model = plan.prompts[cell.prompt].value, plan.models[cell.model]
        given = {"params": None, **self.options, "provider": self.provider, "model": model or None}
        if isinstance(prompt, str):
            text = prompt
        else:
            text, given["json"] = "", {**_conversation(self.provider, prompt), **(self.options.get("json") or {})}
        given["params"] = {**(self.options.get("params") or {}), **plan.params[cell.params]}
        return _question(text, given, ready, gate)

    def by_result(self, result: Any, ready: Callable[[], None], gate: Future[None]) -> Question:
        """The question that the caller's function has given. Raises UsageError."""
        if isinstance(result, Mapping):
            given = {**self.options, **result}
            if "source" not in given:
                raise UsageError("The dict that request gave has no source.", hint='{"source": url, "json": {…}}, or the URL itself.')
            source = given.pop("source")
        else:
            source, given = result, dict(self.options)
        for name in given:
            if name not in (*OPTIONS, *PRESET_OPTIONS):
                raise UsageError.unknown("option", name, (*OPTIONS, *PRESET_OPTIONS))
        return _question(source, given, ready, gate)


def _question(source: Any, given: Json, ready: Callable[[], None], gate: Future[None]) -> Question:
    """Requests of ours wait at the gate; all else begins when it is given to a session."""
    options = {name: value for name, value in given.items() if name in RUN_OPTIONS and value is not None}
    policy = given.get("reconnect") if "reconnect" in given else PATIENT
    request = {name: given.get(name) for name in REQUEST_OPTIONS}
    chosen = {name: given[name] for name in PRESET_OPTIONS if given.get(name) is not None}
    secrets = given.get("secrets")
    if "provider" in chosen:
        source, request = preset_request(source, chosen, request)
    if not isinstance(source, (str, httpx.URL, httpx.Request)):
        return Question(source, {**options, **{k: v for k, v in request.items() if v is not None}, "secrets": secrets})
    checked = make_source(source, str(given.get("framing") or "auto"), request, secrets)  # says what is wrong with it, in its own words
    if checked.where != "engine":
        return Question(checked, {**options, "reconnect": policy})
    made = GatedSource(source, ready=ready, gate=gate, secrets=secrets, **request)
    return Question(made, {**options, "reconnect": policy})


def _conversation(provider: str | None, messages: list[Json]) -> Json:
    """Messages as this provider's body has them: two have a place of its own for what the system says."""
    said = [message for message in messages if message.get("role") not in ("system", "developer")]
    system = "\n\n".join(str(message.get("content", "")) for message in messages if message not in said)
    if provider == "anthropic":
        return {"messages": said, **({"system": system} if system else {})}
    if provider == "gemini":
        contents = [
            {"role": "model" if message.get("role") == "assistant" else "user", "parts": [{"text": str(message.get("content", ""))}]}
            for message in said
        ]
        return {"contents": contents, **({"systemInstruction": {"parts": [{"text": system}]}} if system else {})}
    return {"messages": messages}


def failing(error: BaseException) -> Iterator[str]:
    """A source that fails with what the caller's function raised, so that its cell is a run like any other."""

    def request(_: None) -> str:
        if isinstance(error, UsageError):
            raise SourceError(error.message, hint=error.hint) from error
        raise SourceError(f"request raised {type(error).__name__}: {error}", hint="The other cells go on.") from error

    return map(request, [None])
