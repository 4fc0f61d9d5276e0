"""Streams out of a VCR cassette (vcrpy, pytest-recording): YAML or JSON, one body per response, without times."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from ..errors import RecordingError
from .foreign import Found, choose, pairs, request_of, response_of

if TYPE_CHECKING:
    from ..recording import Recording


def is_one(start: bytes) -> bool:
    """Whether a file that begins so is a cassette."""
    lines = [line for line in start.split(b"\n")[:20] if line.strip() and not line.startswith((b"#", b"---", b"%"))]
    if not lines:
        return False
    return (lines[0].startswith((b"interactions:", b"version:", b"http_interactions:")) and b"interactions" in start) or (
        start.startswith(b"{") and b'"interactions"' in start[:200]
    )


def read(data: bytes, name: str, entry: int | None) -> Recording:
    """The recording of one stream in it. Raises RecordingError."""
    cassette = _json(data) if data.lstrip().startswith(b"{") else _yaml(data, name)
    interactions = cassette.get("interactions", cassette.get("http_interactions")) if isinstance(cassette, dict) else None
    if not isinstance(interactions, list):
        raise RecordingError(f"{name} is no cassette that can be read: it has no list of interactions.")
    return choose([found for each in interactions if isinstance(each, dict) and (found := _found(each))], name, entry)


def _found(interaction: dict[str, Any]) -> Found | None:
    request, response = interaction.get("request"), interaction.get("response")
    if not isinstance(request, dict) or not isinstance(response, dict):
        return None
    status = response.get("status", response.get("status_code"))
    code, reason = (status.get("code"), str(status.get("message") or "")) if isinstance(status, dict) else (status, "")
    headers = pairs(response.get("headers"))
    url = str(request.get("uri") or request.get("url") or "")
    return Found(
        request=request_of(str(request.get("method", "GET")), url, pairs(request.get("headers")), _body(request.get("body"))),
        response=response_of(code, reason, headers, url),
        content_type=next((value for key, value in headers if key.lower() == "content-type"), ""),
        started=0.0,
        data=_body(response.get("body", response.get("content"))),
        wait=0.0,
        messages=None,
    )


def _body(body: Any) -> bytes:
    if isinstance(body, dict):
        body = body.get("string", body.get("base64_string", ""))
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    return body if isinstance(body, bytes) else b""


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _yaml(data: bytes, name: str) -> Any:
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise RecordingError(f"{name} is a cassette in YAML, which needs PyYAML.", hint="pip install pyyaml") from None
    try:
        return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # the safe one: a cassette may be anybody's
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = where.line + 1 if where is not None else None
        raise RecordingError(f"{name}{f', line {line}' if line else ''}: it is no YAML that can be read.", line=line) from None
