"""Dialects: what the events of a format mean. One file each; this one finds the right one.

To add a format: a file with a subclass of `Dialect`, one line in `DIALECTS`, and a table of its streams in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import UsageError
from ..wire import EVENT, TAIL, Frame
from .a2a import A2A
from .adk import ADK
from .ag_ui import AGUI
from .anthropic import Anthropic
from .anthropic_legacy import AnthropicLegacy
from .base import NOT_JSON, Dialect, parse_json
from .bedrock import BedrockConverse, BedrockInvoke
from .bedrock_knowledge import BedrockKnowledge
from .cohere import Cohere
from .cohere_v1 import CohereV1
from .coze import Coze
from .dify import Dify
from .gemini import Gemini
from .gemini_interactions import GeminiInteractions
from .generic import GenericJSON
from .langgraph import LangGraph
from .langserve import LangServe
from .llamacpp import LlamaCpp
from .mcp import MCP
from .ollama import Ollama
from .openai_assistants import OpenAIAssistants
from .openai_chat import OpenAIChat
from .openai_completions import OpenAICompletions
from .openai_media import OpenAIMedia
from .openai_responses import OpenAIResponses
from .openai_transcription import OpenAITranscription
from .replicate import Replicate
from .rule import RuleDialect
from .text import PlainText
from .tgi import TGI
from .ui_data_stream import UIDataStream
from .ui_message_stream import UIMessageStream
from .unknown import UnknownJSON
from .watsonx import Watsonx

__all__ = [
    "A2A",
    "ADK",
    "AGUI",
    "DIALECTS",
    "MCP",
    "NOT_JSON",
    "TGI",
    "Anthropic",
    "AnthropicLegacy",
    "BedrockConverse",
    "BedrockInvoke",
    "BedrockKnowledge",
    "Cohere",
    "CohereV1",
    "Coze",
    "Dialect",
    "Dify",
    "Gemini",
    "GeminiInteractions",
    "GenericJSON",
    "LangGraph",
    "LangServe",
    "LlamaCpp",
    "Ollama",
    "OpenAIAssistants",
    "OpenAIChat",
    "OpenAICompletions",
    "OpenAIMedia",
    "OpenAIResponses",
    "OpenAITranscription",
    "PlainText",
    "Replicate",
    "RuleDialect",
    "UIDataStream",
    "UIMessageStream",
    "UnknownJSON",
    "Watsonx",
    "by_name",
    "detect",
    "make_dialect",
    "parse_json",
]

DIALECTS: tuple[type[Dialect], ...] = (
    BedrockConverse,
    BedrockInvoke,
    BedrockKnowledge,
    A2A,
    MCP,
    OpenAIResponses,
    Anthropic,
    AnthropicLegacy,
    Cohere,
    OpenAITranscription,
    OpenAIMedia,
    AGUI,
    UIMessageStream,
    UIDataStream,
    GeminiInteractions,
    CohereV1,
    OpenAIAssistants,
    Coze,
    ADK,
    Gemini,
    OpenAICompletions,
    OpenAIChat,
    TGI,
    Ollama,
    LlamaCpp,
    Watsonx,
    Dify,
    LangGraph,
    LangServe,
    Replicate,
    GenericJSON,  # never recognised, only arrived at by a guess of UnknownJSON
    # The last two take what is left; new formats go above them.
    PlainText,
    UnknownJSON,
)
"""Every dialect that is recognised by itself, in the order in which they are asked."""


def detect(frame: Frame, data: Any, *, last: bool = False) -> type[Dialect] | None:
    """The dialect that an event shows, or None if it shows none yet (a comment, an end marker, an empty event).

    frame: any frame. data: its data as parsed by `parse_json`. last: no other event will tell more. `UnknownJSON` is a provisional
    answer, since some formats begin with an event that tells nothing: ask again with the events that follow.
    """
    if frame.kind != EVENT and frame.kind != TAIL:
        return None
    if not last and isinstance(data, dict) and data.get("choices") == [] and not data.get("object"):
        return None  # Azure's results of the prompt's filter come first, before a chat and before a legacy completion
    if frame.kind == TAIL and data is NOT_JSON and frame.data.lstrip()[:1] in ("{", "["):
        return None  # the first event was cut: half an object is no text
    return next((dialect for dialect in DIALECTS if dialect.matches(frame, data)), None)


def by_name(name: str) -> type[Dialect]:
    """The dialect called ``name`` ("openai_chat", "text", …; "-" is as good as "_").

    Raises `UsageError` with the nearest name if there is none.
    """
    known = {dialect.name: dialect for dialect in DIALECTS if dialect is not UnknownJSON}
    found = known.get(str(name).lower().replace("-", "_"))
    if found is None:
        raise UsageError.unknown("dialect", str(name), [*known, "auto"])
    return found


def make_dialect(
    dialect: str = "auto",
    *,
    extract: str | Mapping[str, str] | None = None,
    parse: Callable[[str], Any] | None = None,
    join: str = "",
) -> Dialect | None:
    """The dialect that a user's options ask for, or None if it is to be detected.

    Raises `UsageError` for an unknown name, a faulty rule, or a rule beside the name of another dialect.
    """
    if extract is not None or parse is not None or dialect == RuleDialect.name:
        if dialect not in ("auto", RuleDialect.name):
            raise UsageError(f"dialect={dialect!r} and a rule (extract, parse) exclude each other.", hint="Leave one of them out.")
        return RuleDialect(extract=extract, parse=parse, join=join)
    return None if dialect == "auto" else by_name(dialect)(join=join)
