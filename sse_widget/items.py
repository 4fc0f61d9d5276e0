"""What an iterator gives, as text."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any


def item_of(value: Any) -> tuple[str, dict[str, Any]] | None:
    """An iterator's item as text, and what it was; None for a type that is not understood.

    str is text; dict and list are JSON, bytes in them as base64 and times by ISO 8601 (boto3's events have both); anything with
    ``data``, ``event`` and ``id`` is a server-sent event (that of httpx-sse, httpx2 or openai); an SDK's chunk gives its JSON by
    ``model_dump``. Raises TypeError, ValueError or RecursionError for a dict that is no JSON.
    """
    if isinstance(value, str):
        return value, {"as": "str"}
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=_as_json), {"as": "json"}
    if hasattr(value, "data") and hasattr(value, "event") and hasattr(value, "id"):
        info = {"as": "sse", "event": value.event or "message", "id": value.id or "", "retry": getattr(value, "retry", None)}
        return value.data or "", info
    if hasattr(value, "model_dump"):
        return json.dumps(value.model_dump(mode="json", exclude_unset=True), ensure_ascii=False), {"as": "json"}
    return None


def _as_json(value: Any) -> str:
    """What boto3 has parsed, as Amazon's own JSON had it."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
