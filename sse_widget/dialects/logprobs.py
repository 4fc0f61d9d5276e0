"""Log-probabilities of tokens, and what else the model might have said, as each format has them in its events.

They are looked up in an event when somebody asks, so a stream that nobody asks about pays nothing for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from .base import mend, parse_json
from .bedrock import payload_of
from .brief import number_in
from .fields import dict_in, dicts_in, text_in

Said = Literal["text", "reasoning", "refusal"]


class Alternative(NamedTuple):
    """A token that might have been. logprob: natural logarithm of its probability. bytes: of the token, if the provider tells them."""

    token: str
    logprob: float | None
    bytes: bytes | None = None


class Logprob(NamedTuple):
    """How likely a token was.

    token: its text, which for a part of a character is no more than a hint. logprob: natural logarithm of its probability; None
    where the provider has none, as for the first token of a prompt that is echoed. bytes: of the token, if the provider tells them,
    since a character may be several tokens. alternatives: the likeliest tokens at this place, often with this one among them.
    choice: index of the choice. kind: of the part that it belongs to. event: index of its event.
    """

    token: str
    logprob: float | None
    bytes: bytes | None = None
    alternatives: tuple[Alternative, ...] = ()
    choice: int = 0
    kind: Said = "text"
    event: int = 0

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data; bytes as a list of numbers, and minus infinity as None."""
        return {**self._asdict(), **_plain(self), "alternatives": [{**one._asdict(), **_plain(one)} for one in self.alternatives]}


def logprobs_in(dialect: str, data: Any, *, kind: str = "") -> list[Logprob]:
    """The log-probabilities in an event, none for a format that has none. Never raises, however odd the data.

    dialect: name of the one that reads the stream. data: the event's parsed JSON. kind: of the frame, for formats that wrap others.
    """
    if dialect == "bedrock_invoke":
        payload = payload_of(kind, data) if isinstance(data, dict) else None
        data = parse_json(payload) if payload is not None else None
        dialect = "openai_chat" if any("delta" in choice for choice in dicts_in(data, "choices")) else "openai_completions"
    read = _READERS.get(dialect)
    return list(read(data)) if read is not None and isinstance(data, dict) else []


def _token(item: Mapping[str, Any], choice: int = 0, kind: Said = "text") -> Logprob:
    """OpenAI's form, which most have taken over: ``{"token", "logprob", "bytes", "top_logprobs"}``."""
    alternatives = tuple(_alternative(one) for one in dicts_in(item, "top_logprobs"))
    return Logprob(*_alternative(item), alternatives, choice, kind)


def _alternative(item: Mapping[str, Any]) -> Alternative:
    return Alternative(mend(text_in(item, "token")), _number(item.get("logprob")), _bytes(item.get("bytes")))


def _chat(data: dict[str, Any]) -> Iterator[Logprob]:
    for position, choice in enumerate(dicts_in(data, "choices")):
        number, found = number_in(choice, "index", position), choice.get("logprobs")
        if type(found) is float or type(found) is int:  # some hosts of OpenRouter: of the event's only token
            yield Logprob(mend(text_in(dict_in(choice, "delta"), "content")), _number(found), choice=number)
            continue
        for name, kind in _OF_CHAT.items():
            for item in dicts_in(found, name):
                yield _token(item, number, kind)


_OF_CHAT: Final[dict[str, Said]] = {"reasoning_content": "reasoning", "reasoning": "reasoning", "content": "text", "refusal": "refusal"}


def _completions(data: dict[str, Any]) -> Iterator[Logprob]:
    """Lists side by side: tokens, their values, and for each place an object of tokens and values. llama.cpp sends the chat's form."""
    for position, choice in enumerate(dicts_in(data, "choices")):
        number, found = number_in(choice, "index", position), dict_in(choice, "logprobs")
        tokens, values, tops = (found.get(name) for name in ("tokens", "token_logprobs", "top_logprobs"))
        if not isinstance(tokens, list):
            yield from (_token(item, number) for item in dicts_in(found, "content"))
            continue
        for at, token in enumerate(tokens):
            top = _at(tops, at)
            others = top.items() if isinstance(top, dict) else ()
            alternatives = tuple(Alternative(mend(str(name)), _number(value)) for name, value in others)
            yield Logprob(mend(str(token)), _number(_at(values, at)), None, alternatives, number)


def _responses(data: dict[str, Any]) -> Iterator[Logprob]:
    """With each delta; the events that repeat the whole text repeat them too, and count only where no delta came: they do not here."""
    if data.get("type") in ("response.output_text.delta", "transcript.text.delta"):
        yield from (_token(item) for item in dicts_in(data, "logprobs"))


def _gemini(data: dict[str, Any]) -> Iterator[Logprob]:
    """Two lists side by side in each candidate: the tokens that were chosen, and at each place the likeliest."""
    inner = data.get("response")
    for position, candidate in enumerate(dicts_in(inner if isinstance(inner, dict) else data, "candidates")):
        number = number_in(candidate, "index", position)
        found = dict_in(candidate, "logprobsResult") or dict_in(candidate, "logprobs_result")
        tops = found.get("topCandidates", found.get("top_candidates"))
        for at, chosen in enumerate(dicts_in(found, "chosenCandidates") or dicts_in(found, "chosen_candidates")):
            alternatives = tuple(_of_gemini(one) for one in dicts_in(_at(tops, at), "candidates"))
            yield Logprob(*_of_gemini(chosen), alternatives, number)


def _of_gemini(item: dict[str, Any]) -> Alternative:
    return Alternative(mend(text_in(item, "token")), _number(item.get("logProbability", item.get("log_probability"))))


def _ollama(data: dict[str, Any]) -> Iterator[Logprob]:
    thinks = text_in(dict_in(data, "message"), "thinking") or text_in(data, "thinking")
    yield from (_token(item, kind="reasoning" if thinks else "text") for item in dicts_in(data, "logprobs"))


def _tgi(data: dict[str, Any]) -> Iterator[Logprob]:
    token = dict_in(data, "token")
    if "logprob" in token:
        alternatives = tuple(Alternative(mend(text_in(one, "text")), _number(one.get("logprob"))) for one in dicts_in(data, "top_tokens"))
        yield Logprob(mend(text_in(token, "text")), _number(token["logprob"]), None, alternatives)


def _llamacpp(data: dict[str, Any]) -> Iterator[Logprob]:
    """With ``n_probs``: logarithms, or probabilities as they were after sampling; until 2024 under other names."""
    number = max(number_in(data, "index"), 0)
    for item in dicts_in(data, "completion_probabilities"):
        tops = [_of_llamacpp(one) for name in ("top_logprobs", "top_probs", "probs") for one in dicts_in(item, name)]
        chosen = _of_llamacpp(item)
        if chosen.logprob is None:
            chosen = chosen._replace(logprob=next((one.logprob for one in tops if one.token == chosen.token), None))
        yield Logprob(*chosen, tuple(tops), number)


def _of_llamacpp(item: dict[str, Any]) -> Alternative:
    value, prob = _number(item.get("logprob")), _number(item.get("prob"))
    if value is None and prob is not None and prob >= 0:
        value = math.log(prob) if prob else -math.inf
    return Alternative(mend(text_in(item, "token", "content", "tok_str")), value, _bytes(item.get("bytes")))


def _cohere(data: dict[str, Any]) -> Iterator[Logprob]:
    """A text and the values of its tokens, which are known by number only: their text is told where there is but one."""
    found = dict_in(data, "logprobs")
    values, whole = found.get("logprobs"), mend(text_in(found, "text"))
    if not isinstance(values, list):
        return
    for value in values:
        yield Logprob(whole if len(values) == 1 else "", _number(value))


_READERS: Final[dict[str, Callable[[dict[str, Any]], Iterator[Logprob]]]] = {
    "openai_chat": _chat,
    "openai_completions": _completions,
    "openai_responses": _responses,
    "openai_transcription": _responses,
    "gemini": _gemini,
    "ollama": _ollama,
    "tgi": _tgi,
    "llamacpp": _llamacpp,
    "cohere": _cohere,
}


def _at(items: Any, at: int) -> Any:
    return items[at] if isinstance(items, list) and at < len(items) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300 else None


def _bytes(value: Any) -> bytes | None:
    if not isinstance(value, list) or not all(type(one) is int and 0 <= one < 256 for one in value):
        return None
    return bytes(value)


def _plain(one: Logprob | Alternative) -> dict[str, Any]:
    value = one.logprob
    return {"logprob": value if value is None or math.isfinite(value) else None, "bytes": None if one.bytes is None else list(one.bytes)}
