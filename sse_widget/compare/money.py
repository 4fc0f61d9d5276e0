"""What it costs, and how long it still takes: estimates from what is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import UsageError
from ..metrics import generated_tokens

Price = tuple[float, float]
"""For a million tokens in, and for a million out."""

_ASKED = (
    "prompt_tokens",
    "input_tokens",
    "promptTokenCount",
    "prompt_eval_count",
    "inputTokens",
    "total_input_tokens",
    "input_count",
    "inputTextTokenCount",
    "prompt_token_count",
    "inputTokenCount",
)
_BESIDE = ("cache_creation_input_tokens", "cache_read_input_tokens")
"""Anthropic's: counted beside ``input_tokens``, where others count them within. Here at the full price, so it is the most it can be."""


def asked_tokens(usage: Mapping[str, Any]) -> int | None:
    """Tokens of the prompt, by a provider's usage; None if it does not say."""
    inner = usage.get("tokens")
    for key in _ASKED:
        for place in (usage, inner if isinstance(inner, Mapping) else {}):
            value = place.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                beside = [place.get(name) for name in _BESIDE if key == "input_tokens"]
                return value + sum(one for one in beside if isinstance(one, int) and not isinstance(one, bool))
    return None


def prices_of(prices: Any) -> dict[str, Price]:
    """The prices that `sw.compare` was given, checked. Raises UsageError."""
    if prices is None:
        return {}
    if not isinstance(prices, Mapping):
        raise UsageError(
            f"prices must be a dict, not a {type(prices).__name__}.", hint='prices={"my-model": (0.15, 0.60)}: a million in, out.'
        )
    found: dict[str, Price] = {}
    for model, price in prices.items():
        pair: Any = price if isinstance(price, (tuple, list)) and len(price) == 2 else (None, None)
        if any(isinstance(one, bool) or not isinstance(one, (int, float)) or not 0 <= one < float("inf") for one in pair):
            raise UsageError(f"The price of {str(model)!r} must be a pair: for a million tokens in, and for a million out.")
        found[str(model)] = (float(pair[0]), float(pair[1]))
    return found


def cost_of(usage: Mapping[str, Any] | None, price: Price | None) -> float | None:
    """What an answer cost, in the currency of the prices; None if its price or its tokens are not known."""
    if usage is None or price is None:
        return None
    asked, generated = asked_tokens(usage), generated_tokens(usage)
    if asked is None or generated is None:
        return None
    return (asked * price[0] + generated[0] * price[1]) / 1e6


class Progress(NamedTuple):
    """done, total: cells. eta: seconds that are left, or None. cost: so far; cost_left: what is left will cost about; both None without
    prices. uncounted: cells that are done and whose cost is not known."""

    done: int
    total: int
    eta: float | None
    cost: float | None
    cost_left: float | None
    uncounted: int


def progress(
    total: int, finished: Sequence[tuple[str, float | None]], fresh: int, elapsed: float, left: Sequence[str], *, priced: bool
) -> Progress:
    """How far it is.

    finished: model and cost of each cell that is done. fresh: how many of them were asked this time; elapsed: s since then. left: the
    models of those that are to be asked still. priced: whether there are prices.
    """
    eta = elapsed * len(left) / fresh if fresh and left else 0.0 if not left else None
    if not priced:
        return Progress(len(finished), total, eta, None, None, 0)
    known = [(model, cost) for model, cost in finished if cost is not None]
    spent = sum(cost for _, cost in known)
    return Progress(len(finished), total, eta, spent, _cost_left(known, left), len(finished) - len(known))


def _cost_left(known: Sequence[tuple[str, float]], left: Sequence[str]) -> float | None:
    """By the mean of the same model; of a model of which nothing is known, by the mean of all."""
    if not left:
        return 0.0
    if not known:
        return None
    overall = sum(cost for _, cost in known) / len(known)
    means: dict[str, float] = {}
    for model in set(left):
        own = [cost for name, cost in known if name == model]
        means[model] = sum(own) / len(own) if own else overall
    return sum(means[model] for model in left)
