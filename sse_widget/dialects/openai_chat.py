"""OpenAI chat completions and the many services that speak them with an accent.

The skeleton is OpenAI's; the exceptions below are those of Azure, DeepSeek, Groq, Mistral, OpenRouter, Perplexity, vLLM and
others, as they were seen in recorded streams. Everything is optional and nothing is trusted to have its documented type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..alike import Alike
from ..deltas import RESPONSE, Delta, PartKind
from ..wire import EVENT, Frame
from .base import DONE, Dialect
from .openai_extras import EXTRAS, Extras
from .openai_tools import ToolCalls
from .think import split_thoughts

# What a key says about the service behind the skeleton; only for the label.
_SERVICES = {
    "x_groq": "Groq",
    "prompt_filter_results": "Azure",
    "search_results": "Perplexity",
    "time_info": "Cerebras",
    "timings": "llama.cpp",
    "generationId": "Vercel AI Gateway",
    "provider": "OpenRouter",
}
# Top-level keys that most chunks do not have: one look tells whether a chunk needs a closer one.
_RARE = frozenset({"error", "citations", *_SERVICES})
_new = tuple.__new__  # a named tuple's own costs twice as much
_REASONING = frozenset({"reasoning_content", "reasoning", "reasoning_details"})


class OpenAIChat(Extras, ToolCalls, Dialect):
    """``data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}`` … ``data: [DONE]``.

    An end is `[DONE]` or, since Cerebras, Perplexity and Writer never send that, a finish reason of every choice seen.
    """

    name: ClassVar[str] = "openai_chat"
    label: ClassVar[str] = "OpenAI chat"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/chat-streaming"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._named = False
        self._model = ""
        self._response_id = ""
        self._chunk_id: Any = ""
        self._role = ""
        self._service = ""
        self._tier: Any = None
        self._usage: Any = None
        self._done_seen = False
        # Choices seen: None while one is written, then the id of the chunk that finished it.
        self._choices: dict[int, Any] = {}
        self._finishes: dict[int, str] = {}
        # Choices that came as deltas: a `message` beside them is a copy.
        self._streamed: set[int] = set()
        # Of choices whose answer is being written: what to ask of its next words, and its part. Kept from one plain chunk to the next.
        self._going: dict[int, tuple[Callable[[str], bool], int]] = {}
        self.alike = Alike("content")
        """Plain chunks as they looked so far; with `same_again`, those that look the same need no parsing."""

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        choices = data.get("choices")
        if isinstance(choices, list):
            first = choices[0] if choices else None
            # Azure and Copilot begin with an empty list. Legacy completions have `text` in a choice instead of `delta`.
            return not choices or (isinstance(first, dict) and ("delta" in first or "message" in first))
        if isinstance(data.get("result"), str):
            return False  # Baidu borrows the name of the object, and puts its text there
        return data.get("object") in ("chat.completion.chunk", "chat.completion", "chat.reasoning")

    def read(self, index: int, frame: Frame, data: Any) -> list[Delta]:
        """As `Dialect.read`."""
        if self._named and data.__class__ is dict and frame.kind == EVENT:
            delta = self._goes_on(index, data)
            if delta is not None:
                self.alike.learn(frame.type, frame.data, data, delta.value, data["choices"][0]["index"])
                return [delta]
        self._going.clear()
        return super().read(index, frame, data)

    def _goes_on(self, index: int, data: dict[str, Any]) -> Delta | None:
        """What a chunk adds that has nothing but the next words of an answer, as nearly all have; None for any other.

        It says what `_event` would, in a quarter of the time, and changes nothing unless it does.
        """
        choices = data.get("choices")
        if choices.__class__ is not list or len(choices) != 1 or data.get("usage") or not _RARE.isdisjoint(data):
            return None
        choice = choices[0]
        if choice.__class__ is not dict or choice.get("finish_reason"):
            return None
        delta, number = choice.get("delta"), choice.get("index")
        if delta.__class__ is not dict or len(delta) != 1 or number.__class__ is not int:
            return None
        text, tier = delta.get("content"), data.get("service_tier")
        if text.__class__ is not str or not text.isascii() or (tier and tier != self._tier):
            return None
        going = self._going.get(number)
        if going is None:
            known, part = self._thinks.get(number), self._parts.get((number, "text"))
            # None: a choice that is known and not finished.
            if known is None or part is None or number not in self._streamed or self._choices[number] is not None or self._held:
                return None
            going = self._going[number] = (known[0].passes, part)
        if not text or not going[0](text):
            return None
        return _new(Delta, (index, going[1], "append", text))

    def same_again(self, index: int, text: str) -> Delta | None:
        """What a chunk adds that is `alike` but for this text; None if it must be read all the same."""
        going = self._going.get(self.alike.number)
        return _new(Delta, (index, going[1], "append", text)) if going is not None and going[0](text) else None

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() == DONE:
                self._done_seen = True
                self._done()
            else:
                self._error_event(frame, data)
            return
        if not self._named:
            self._name(data)
        if not _RARE.isdisjoint(data):
            self._rare(data)
        self._chunk_id = data.get("id") or ""
        choices = data.get("choices")
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                if isinstance(choice, dict):
                    self._choice(position, choice)
        elif not data.get("error"):  # that has been taken as a rare key
            self._error_event(frame, data)
        tier = data.get("service_tier")
        if tier and tier != self._tier:
            self._tier = tier
            self._set(RESPONSE, service_tier=tier)
        usage = data.get("usage")
        if usage and isinstance(usage, dict):
            self._take_usage(usage)

    # --- the whole response ----------------------------------------------------------------------------------------------

    def _name(self, data: dict[str, Any]) -> None:
        """Model and id, from the first chunks that have them: Azure's first has neither, other ids change with each chunk."""
        fields = {}
        if not self._model and isinstance(model := data.get("model"), str) and model:
            self._model = fields["model"] = model
        if not self._response_id and isinstance(response_id := data.get("id"), str) and response_id:
            self._response_id = fields["response_id"] = response_id
        if fields:
            self._set(RESPONSE, **fields)
            self._named = bool(self._model and self._response_id)

    def _rare(self, data: dict[str, Any]) -> None:
        if not self._service:
            service = next((label for key, label in _SERVICES.items() if data.get(key)), "")
            if service:
                self._service = service
                self._set(RESPONSE, dialect_label=f"{self.label} ({service})")
        groq = data.get("x_groq")
        if isinstance(groq, dict):
            if not data.get("usage") and isinstance(groq.get("usage"), dict):
                self._take_usage(groq["usage"])
            if groq.get("error"):
                self._error(groq["error"])
        if data.get("search_results") or data.get("citations"):
            self._sources(data)
        if data.get("error"):
            self._error(data["error"])

    def _take_usage(self, usage: dict[str, Any]) -> None:
        """Usage is replaced, never summed: Perplexity and vLLM repeat it, growing, on every chunk."""
        if usage != self._usage:
            self._usage = usage
            self._set(RESPONSE, usage=usage)

    # --- one choice ------------------------------------------------------------------------------------------------------

    def _choice(self, position: int, choice: dict[str, Any]) -> None:
        number = choice.get("index")
        if type(number) is not int or number < 0:
            number = position
        if number not in self._choices:
            self._choices[number] = None
            self.ended = self._done_seen
        delta = choice.get("delta")
        if isinstance(delta, dict):
            if self._choices[number] is not None:
                self._begin_again(number, delta)
            self._streamed.add(number)
            content = delta.get("content")
            if content.__class__ is str and len(delta) == 1:  # by far the most common delta
                self._append_answer(content, choice=number, key=(number, "text"), thought=(number, "reasoning"))
            elif delta:
                self._delta(number, delta)
        # Perplexity and Writer send the message so far beside the delta; it is only of use where there is no delta.
        message = choice.get("message")
        if isinstance(message, dict) and number not in self._streamed:
            self._message(number, message)
        reason = choice.get("finish_reason")
        if reason:
            self._finish_choice(number, reason if isinstance(reason, str) else str(reason))

    def _delta(self, number: int, delta: dict[str, Any]) -> None:
        role = delta.get("role")
        if role and role != self._role and isinstance(role, str):
            self._role = role
            self._set(RESPONSE, role=role)
        if not _REASONING.isdisjoint(delta):
            self._append((number, "reasoning"), "reasoning", _reasoning(delta), choice=number)
        content = delta.get("content")
        if isinstance(content, str):
            self._append_answer(content, choice=number, key=(number, "text"), thought=(number, "reasoning"))
        elif content:
            self._typed_content(number, content)
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            self._append((number, "refusal"), "refusal", refusal, choice=number)
        if delta.get("tool_calls"):
            self._tool_calls(number, delta["tool_calls"])
        if delta.get("function_call"):
            self._function_call(number, delta["function_call"])
        if not EXTRAS.isdisjoint(delta):
            self._extras(number, delta)

    def _message(self, number: int, message: dict[str, Any]) -> None:
        """A choice that comes as whole messages: each is the answer so far."""
        text, thought = message.get("content"), _reasoning(message)
        if isinstance(text, str) and "<" in text:
            tagged, text = split_thoughts(text)
            thought = thought or tagged
        kinds: tuple[tuple[PartKind, Any], ...] = (
            ("reasoning", thought),
            ("text", text),
            ("refusal", message.get("refusal")),
        )
        for kind, text in kinds:
            if text and isinstance(text, str):
                self._snapshot((number, kind), kind, text, choice=number)
        if message.get("tool_calls") and not self._has_calls(number):
            self._tool_calls(number, message["tool_calls"])

    def _finish_choice(self, number: int, reason: str) -> None:
        if self._finishes.get(number) != reason:
            self._finishes[number] = reason
            self._set(RESPONSE, finish_reason={number: reason})
        self._choices[number] = self._chunk_id
        if None not in self._choices.values():
            self.ended = True

    def _begin_again(self, number: int, delta: dict[str, Any]) -> None:
        """Some gateways send a second response down the same stream (an agent's next step). Its parts are parts of their own,
        else the arguments of two calls with the same index would run together.

        A new id alone says nothing, since Avian and Copilot change it with each chunk; only content after the finish does.
        """
        if self._chunk_id != self._choices[number] and (delta.get("content") or delta.get("tool_calls") or _reasoning(delta)):
            self._end_answer(number)
            for key in [k for k in self._parts if isinstance(k, tuple) and k[0] == number]:
                self._close(key)
            self._forget_calls(number)
            self._choices[number] = None
            self.ended = self._done_seen


def _reasoning(delta: dict[str, Any]) -> str:
    """The reasoning of one delta. Services send it in up to three spellings at once, so the first that is not empty counts."""
    text = delta.get("reasoning_content")
    if text and isinstance(text, str):
        return text
    text = delta.get("reasoning")
    if text and isinstance(text, str):
        return text
    details = delta.get("reasoning_details")
    if not details or not isinstance(details, list):
        return ""
    parts = (d.get("text") or d.get("summary") for d in details if isinstance(d, dict))
    return "".join(p for p in parts if isinstance(p, str))
