"""The fields of a request that steer the demo server: how fast, how unevenly and how badly it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_TOKENS = 1_000_000
"""Longest reply of the model ``count``: a typing error should not fill the memory of the notebook's kernel."""


class OptionError(ValueError):
    """A field of the request that cannot be used. param: its name."""

    def __init__(self, param: str, wanted: str, value: object) -> None:
        super().__init__(f"'{param}' must be {wanted}, not {json.dumps(value, default=repr)}.")
        self.param = param


@dataclass(frozen=True)
class Options:
    """Fields of the request body (or of the query, for a GET). Indexes count fragments from 0.

    rate: tokens/s; 0: as fast as possible. jitter: 0..1, share by which each interval varies.
    delay: s of silence before the first event. stalls: (index, s) pairs. cut: index of the fragment in whose event the
    connection breaks. pings: a comment after every so many fragments; 0: none. error: (index, error object) sent instead of
    that fragment, after which the stream ends. choices, logprobs, max_tokens, include_usage, stream: as OpenAI has them.
    tokens: length of the model ``count``. sent: stamp each chunk with the wall clock of its sending, in s.
    """

    rate: float = 60.0
    jitter: float = 0.0
    seed: int = 0
    delay: float | None = None
    stalls: tuple[tuple[int, float], ...] | int = ()
    cut: int | bool | None = None
    pings: int = 0
    error: tuple[int, dict[str, Any]] | None = None
    choices: int = 1
    tokens: int = 100
    sent: bool = False
    logprobs: bool = False
    max_tokens: int | None = None
    include_usage: bool = False
    stream: bool = False


def from_query(query: Mapping[str, str]) -> dict[str, Any]:
    """Query parameters as body fields: ``rate=5`` is the number, whatever is no JSON stays text."""
    fields: dict[str, Any] = {}
    for name, text in query.items():
        try:
            fields[name] = json.loads(text)
        except ValueError:
            fields[name] = text
    return fields


def from_body(body: Mapping[str, Any], *, rate: float = Options.rate, jitter: float = Options.jitter) -> Options:
    """Read the known fields; others are left alone, as they are the model's business. Raises OptionError.

    rate, jitter: what holds if the body does not name them; ``"rate": null`` is 0, as fast as possible.
    """
    usage = body.get("stream_options")
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    return Options(
        rate=_number("rate", 0 if body.get("rate", rate) is None else body.get("rate", rate), 0),
        jitter=_number("jitter", jitter if body.get("jitter") is None else body["jitter"], 0, 1),
        seed=_whole("seed", 0 if body.get("seed") is None else body["seed"], None),
        delay=None if body.get("delay") is None else _number("delay", body["delay"], 0),
        stalls=_stalls(body.get("stalls")),
        cut=_cut(body.get("cut")),
        pings=_whole("pings", 0 if body.get("pings") is None else body["pings"], 0),
        error=_error(body.get("error")),
        choices=_whole("n", 1 if body.get("n") is None else body["n"], 1, 16),
        tokens=_whole("tokens", 100 if body.get("tokens") is None else body["tokens"], 0, MAX_TOKENS),
        sent=bool(body.get("sent")),
        logprobs=bool(body.get("logprobs")),
        max_tokens=None if limit is None else _whole("max_tokens", limit, 1),
        include_usage=isinstance(usage, Mapping) and bool(usage.get("include_usage")),
        stream=bool(body.get("stream")),
    )


def _number(param: str, value: object, low: float, high: float = float("inf")) -> float:
    # bool is an int to Python, but `"rate": true` is a mistake; the comparison also refuses NaN.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high or value == float("inf"):
        raise OptionError(param, f"a number of at least {low:g}" + (f" and at most {high:g}" if high < float("inf") else ""), value)
    return float(value)


def _whole(param: str, value: object, low: int | None, high: int | None = None) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not isinstance(value, int) or (low is not None and value < low) or (high is not None and value > high):
        bounds = "" if low is None else f" of at least {low}" + ("" if high is None else f" and at most {high}")
        raise OptionError(param, f"a whole number{bounds}", value)
    return value


def _stalls(value: object) -> tuple[tuple[int, float], ...] | int:
    if value is None:
        return ()
    if not isinstance(value, list):
        return _whole("stalls", value, 0, 100)
    stalls = []
    for stall in value:
        if not isinstance(stall, Mapping):
            raise OptionError("stalls", 'a list like [{"at": 12, "seconds": 1.5}], or how many there should be', value)
        stalls.append((_whole("stalls[].at", stall.get("at"), 0), _number("stalls[].seconds", stall.get("seconds"), 0)))
    return tuple(stalls)


def _cut(value: object) -> int | bool | None:
    if value is None or value is False:
        return None
    return True if value is True else _whole("cut", value, 0)


def _error(value: object) -> tuple[int, dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise OptionError("error", 'an object like {"at": 12, "message": "overloaded"}', value)
    error = {"message": "The server had an error while writing.", "type": "server_error", "param": None, "code": None}
    return _whole("error.at", value.get("at", 0), 0), error | {k: v for k, v in value.items() if k != "at"}
