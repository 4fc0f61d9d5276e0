"""Prompts times models, side by side: what is asked in which order, who waits for whom, and what came of it."""

from .session import Compare
from .start import compare

__all__ = ["Compare", "compare"]
