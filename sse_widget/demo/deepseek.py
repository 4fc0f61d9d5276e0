"""DeepSeek: ``POST /chat/completions`` (https://api-docs.deepseek.com/api/create-chat-completion)."""

from __future__ import annotations

from typing import Any

from .formats import DONE, Chat


class DeepSeek(Chat):
    """OpenAI's chunks with both contents in every delta, one of them null, and the usage on the last chunk, asked for or not."""

    def tail(self) -> list[bytes]:
        chunks = super().tail()
        return [*chunks[: self._options.choices], DONE]  # no chunk of its own for the usage

    def _about_chunk(self, chunk: dict[str, Any]) -> dict[str, Any]:
        choice = chunk["choices"][0]
        delta = choice["delta"]
        if "content" in delta or "reasoning_content" in delta:
            choice["delta"] = {"role": "assistant", "content": None, "reasoning_content": None, **delta}
        last = choice["finish_reason"] is not None and choice["index"] == self._options.choices - 1
        usage = self._usage
        hits = {"prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": usage["prompt_tokens"]}
        return {**chunk, "usage": {**usage, **hits} if last else None}
