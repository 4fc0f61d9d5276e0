"""A local server that streams scripted replies: no key, no network, the same text every time.

``serve()`` starts it in a thread of this process; ``python -m sse_widget.demo`` runs it for curl. It speaks OpenAI chat
completions and Responses, Anthropic Messages, Gemini, DeepSeek, Cohere and Ollama well enough for the providers' own
packages, and it can be as slow, as jittery or as broken as a test needs.
"""

from __future__ import annotations

from .bundled import recordings
from .log import Record
from .server import DemoServer, serve

__all__ = ["DemoServer", "Record", "recordings", "serve"]
