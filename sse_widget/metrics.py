"""Fold: times → `Metrics`. Every number says what it counts, because tools of the same name disagree by more than a factor of 2.

Conventions of others, for comparison (read in their sources, 2026):

* Time to first token: vLLM's ``bench serve`` takes the first message with choices, even an empty role chunk (vllm#15106);
  llmperf and guidellm take the first non-empty content; genai-perf and aiperf the first response. Here: the first event with
  text that is not empty, be it reasoning or answer; guidellm's ``time_to_first_output_token`` is our ``first_answer``.
* Gaps: aiperf's inter-chunk latency, i.e. times between successive events with content, pooled, without the time to the first.
* Tokens/s: ``(n − 1) / (last − first)``, the inverse of aiperf's and vLLM's time per output token; llmperf and guidellm's
  ``n / latency`` count the wait for the first token too. n comes from the provider's usage, else it is the number of chunks, which
  is not the same (vllm#27485).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from .deltas import REASONING, REFUSAL, TEXT, TOOL
from .gaps import Gaps

_ANSWER: Final = frozenset({TEXT, REFUSAL})
_CONTENT: Final = frozenset({TEXT, REFUSAL, REASONING, TOOL})


@dataclass(frozen=True)
class Metrics:
    """What can be measured of a stream so far. Times are seconds since the request was sent; None is "not yet" or "cannot be said"."""

    headers: float | None = None
    """The response's headers (aiperf: stream setup)."""
    first_byte: float | None = None
    """The first byte of the body, be it a comment."""
    first_event: float | None = None
    """The first event that a client dispatches, be it empty."""
    first_token: float | None = None
    """The first text that is not empty, reasoning or answer. Tool calls do not count: see ``first_content``."""
    first_answer: float | None = None
    """The first text of the answer (or refusal)."""
    first_content: float | None = None
    """The first event with content: text or a piece of a tool call."""
    last_token: float | None = None
    """The last event with content so far. Usage and end markers are none (vLLM's end of a request)."""
    end: float | None = None
    """The end of the stream, however it ended."""
    events: int = 0
    frames: int = 0
    """Everything in the stream: events, comments, ignored lines …; 0 if nobody counted them."""
    bytes: int = 0
    """Bytes of the body, after decompression."""
    chunks: int = 0
    """Events with content."""
    tokens: int = 0
    """Generated tokens: by the provider's usage if it sent one, else `chunks`."""
    tokens_source: Literal["usage", "chunks"] = "chunks"
    tokens_hidden: int = 0
    """Of these, reasoning that was paid for and never streamed; left out of `tokens_per_s`, since it was done before the first chunk."""
    tokens_per_s: float | None = None
    """``(n − 1) / (last_token − first_content)``, n = tokens − tokens_hidden; None below two tokens."""
    gap_p50: float | None = None
    gap_p95: float | None = None
    gap_p99: float | None = None
    """Percentiles of the gaps between events with content, interpolated linearly (NumPy's default)."""
    gap_max: float | None = None
    reconnects: int = 0
    """How often a connection was lost, or did not come about, and another one took its place."""
    reconnecting: float = 0.0
    """Seconds without a connection, from each loss to the next response. They are part of every time here: of the one to the first
    token, which counts from the first request, of the gap they fall into, of the thinking, and of the time that `tokens_per_s` has."""
    thinking: float | None = None
    """From the beginning of the first thought, shown or not, to the first answer after it, or while there is none to the last event with
    content."""

    thinking_share: float | None = None
    """Of what was generated, 0 to 1: reasoning tokens by the provider's usage if it tells them, also where none were shown; else
    events with reasoning among events with content. None without any thinking."""

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data, under the same names."""
        return asdict(self)


class MetricsFold:
    """Learns the times of one stream in order. What is called when is up to the reading; `snapshot` can be asked at any time."""

    def __init__(self) -> None:
        self._marks: dict[str, float] = {}
        self._first_byte: float | None = None
        self._first_event: float | None = None
        self._first_content: float | None = None
        self._first_reasoning: float | None = None
        self._first_answer: float | None = None
        self._thinking_since: float | None = None
        self._last: float = 0.0
        self._resumed = 0.0
        self._losses, self._lost = 0, 0.0
        self._events = 0
        self._frames = 0
        self._bytes = 0
        self._chunks = 0
        self._thoughts = 0  # events with reasoning
        self._usage: tuple[int, int] | None = None
        self._gaps = Gaps()

    def mark(self, name: str, time: float) -> None:
        """A mark of the transport: "headers" (the first counts, a retry's do not) or "end" (the last counts)."""
        if name == "end" or name not in self._marks:
            self._marks[name] = time

    def chunk(self, time: float, nbytes: int) -> None:
        """``nbytes`` bytes of the body arrived at ``time`` s."""
        if nbytes:
            self._bytes += nbytes
            if self._first_byte is None:
                self._first_byte = time

    def frame(self, count: int = 1) -> None:
        """``count`` frames of any kind were read."""
        self._frames += count

    def event(self, time: float) -> None:
        """An event was dispatched at ``time`` s."""
        self._events += 1
        if self._first_event is None:
            self._first_event = time

    def thought(self, time: float) -> None:
        """The model began to think at ``time`` s, and nothing of it is shown yet."""
        if self._thinking_since is None:
            self._thinking_since = time

    def content(self, time: float, channel: int, *, silent: bool = False) -> None:
        """An event brought content at ``time`` s. channel: of `sse_widget.deltas`; those that are no content are passed over.

        silent: it says that a thought begins, and nothing of it.
        """
        if channel not in _CONTENT:
            return
        if self._chunks:
            last = self._last
            self._gaps.append(time - (last if last >= self._resumed else self._resumed))
        else:
            self._first_content = time
        self._chunks += 1
        self._last = time
        if channel == REASONING:
            self._thoughts += 1
            if self._thinking_since is None:
                self._thinking_since = time
            if self._first_reasoning is None and not silent:
                self._first_reasoning = time
        elif self._first_answer is None and channel in _ANSWER:
            self._first_answer = time

    def content_event(self, time: float, channel: int) -> None:
        """A frame that is an event with content: `frame`, `event` and `content` in one."""
        self._frames += 1
        self._events += 1
        if channel == TEXT and self._first_answer is not None and self._first_event is not None:
            last = self._last  # an answer goes on: as `content` does, which is called for nearly each event
            self._gaps.append(time - (last if last >= self._resumed else self._resumed))
            self._chunks += 1
            self._last = time
            return
        if self._first_event is None:
            self._first_event = time
        self.content(time, channel)

    def resumed(self, time: float) -> None:
        """Reading was paused on purpose and goes on at ``time`` s: the pause counts as no gap."""
        self._resumed = time

    def lost(self, seconds: float) -> None:
        """There was no connection for so long, and there is one again. Gaps go on counting: nobody got a token meanwhile."""
        self._losses += 1
        self._lost += seconds

    def usage(self, usage: Mapping[str, Any]) -> None:
        """Learn the number of generated tokens from a provider's usage; the last one counts. Unknown shapes are passed over."""
        counted = generated_tokens(usage)
        if counted is not None:
            self._usage = counted

    def settle(self) -> None:
        """Put what is not new into less room."""
        self._gaps.settle()

    def snapshot(self) -> Metrics:
        """The metrics so far."""
        chunks, first = self._chunks, self._first_content
        last = self._last if chunks else None
        texts = [t for t in (self._first_reasoning, self._first_answer) if t is not None]
        tokens, reasoning = self._usage or (chunks, 0)
        hidden = reasoning if self._first_reasoning is None else 0
        rate = None
        if first is not None and self._last > first and tokens - hidden > 1:
            rate = (tokens - hidden - 1) / (self._last - first)
        gaps = self._gaps
        return Metrics(
            headers=self._marks.get("headers"),
            first_byte=self._first_byte,
            first_event=self._first_event,
            first_token=min(texts, default=None),
            first_answer=self._first_answer,
            first_content=first,
            last_token=last,
            end=self._marks.get("end"),
            events=self._events,
            frames=self._frames,
            bytes=self._bytes,
            chunks=chunks,
            tokens=tokens,
            tokens_source="chunks" if self._usage is None else "usage",
            tokens_hidden=hidden,
            tokens_per_s=rate,
            gap_p50=gaps.percentile(50),
            gap_p95=gaps.percentile(95),
            gap_p99=gaps.percentile(99),
            gap_max=gaps.percentile(100),
            reconnects=self._losses,
            reconnecting=self._lost,
            thinking=self._thinking(last),
            thinking_share=self._thinking_share(),
        )

    def _thinking(self, last: float | None) -> float | None:
        start = self._thinking_since
        if start is None or last is None:
            return None
        answer = self._first_answer
        return (answer if answer is not None and answer > start else last) - start

    def _thinking_share(self) -> float | None:
        tokens, reasoning = self._usage or (0, 0)
        if reasoning:
            return reasoning / tokens
        return self._thoughts / self._chunks if self._thoughts else None


_GENERATED: Final = (
    "completion_tokens",
    "output_tokens",
    "candidatesTokenCount",
    "eval_count",
    "outputTokens",
    "total_output_tokens",
    "output_count",
    "totalOutputTextTokenCount",
    "generation_token_count",
    "outputTokenCount",
)


def generated_tokens(usage: Mapping[str, Any]) -> tuple[int, int] | None:
    """Generated tokens by a provider's usage, and how many of them are reasoning; None if it does not say.

    OpenAI chat: ``completion_tokens``; OpenAI Responses, Anthropic: ``output_tokens``; Gemini: ``candidatesTokenCount``, to which
    ``thoughtsTokenCount`` is to be added; Ollama: ``eval_count``; Bedrock, AI SDK, AG-UI: ``outputTokens``; Gemini Interactions:
    ``total_output_tokens``; Cohere: ``tokens.output_tokens``; Coze: ``output_count``; Bedrock's Titan and Llama: names of their own.
    """
    inner = usage.get("tokens")
    for key in _GENERATED:
        generated = _count(usage.get(key))
        if generated is None and isinstance(inner, Mapping):
            generated = _count(inner.get(key))
        if generated is not None:
            break
    else:
        return None
    thoughts = _count(usage.get("thoughtsTokenCount"))
    if thoughts is not None:
        return generated + thoughts, thoughts
    reasoning = 0
    for key in ("completion_tokens_details", "output_tokens_details"):
        details = usage.get(key)
        if isinstance(details, Mapping):
            reasoning = _count(details.get("reasoning_tokens")) or 0
    total, prompt = _count(usage.get("total_tokens")), _count(usage.get("prompt_tokens"))
    if reasoning and total is not None and prompt is not None and total == prompt + generated + reasoning:
        generated += reasoning  # xAI counts reasoning beside the completion, everybody else within it
    return generated, min(reasoning, generated)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
