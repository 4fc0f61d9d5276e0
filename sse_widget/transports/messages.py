"""A message of a transport that has messages of its own: each is an item of the recording, exactly as it came."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

from ..recording import Recording


def put(recording: Recording, message: str | bytes) -> None:
    """Append a message. What begins like a JSON object or array is JSON, other text is text; bytes that are no UTF-8 (sound, protobuf)
    are kept as ``{"base64": …}``."""
    try:
        text = message.decode() if isinstance(message, bytes) else message
    except UnicodeDecodeError:
        text = json.dumps({"base64": base64.b64encode(cast(bytes, message)).decode()})
    recording.item(text, {"as": "json" if text.lstrip()[:1] in ("{", "[") else "str"})


def written(message: Any) -> str | bytes:
    """What is to be sent: text and bytes as they are, anything else as JSON. Raises TypeError or ValueError for what is no JSON."""
    return message if isinstance(message, (str, bytes)) else json.dumps(message, ensure_ascii=False)
