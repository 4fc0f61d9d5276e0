"""What is to be asked: prompts × models × parameters × repetitions, and in which order. Pure data.

The order is random, since a server that gets slower, or a network at rush hour, must not be held against whoever comes last: each
repetition is a block in which every cell comes once, shuffled by a seed that is kept.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from ..errors import UsageError

MOST = 600
"""Cells of a plan. All of them are told to the page after each change."""
Order = Literal["random", "given"]
_ORDERS = ("random", "given")


@dataclass(frozen=True)
class Prompt:
    """name: what the page calls it. value: a text, or a list of messages."""

    name: str
    value: Any

    @property
    def text(self) -> str:
        """It as a text for people: of a conversation its last message."""
        if isinstance(self.value, str):
            return self.value
        last = self.value[-1] if self.value else ""
        said = last.get("content", "") if isinstance(last, Mapping) else last
        return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Cell:
    """One question: indexes of its prompt, its model and its parameters, and which repetition it is (from 0)."""

    prompt: int
    model: int
    params: int
    repetition: int

    @property
    def id(self) -> str:
        """What the page and the file call it."""
        return f"{self.prompt}.{self.model}.{self.params}.{self.repetition}"


@dataclass(frozen=True)
class Plan:
    """All that is asked. seed: of the order, if that is random."""

    prompts: tuple[Prompt, ...]
    models: tuple[str, ...]
    params: tuple[dict[str, Any], ...]
    n: int
    order: Order
    seed: int

    @property
    def cells(self) -> list[Cell]:
        """Every cell: row by row, column by column."""
        return [
            Cell(prompt, model, params, repetition)
            for prompt in range(len(self.prompts))
            for model in range(len(self.models))
            for params in range(len(self.params))
            for repetition in range(self.n)
        ]

    def in_order(self) -> list[Cell]:
        """Every cell in the order of asking: repetition by repetition, in each of them shuffled."""
        chance = random.Random(self.seed)
        found: list[Cell] = []
        for repetition in range(self.n):
            block = [cell for cell in self.cells if cell.repetition == repetition]
            if self.order == "random":
                chance.shuffle(block)
            found += block
        return found

    def label(self, cell: Cell) -> str:
        """A cell's name, for people."""
        parts = [self.prompts[cell.prompt].name, self.models[cell.model], params_label(self.params[cell.params])]
        parts.append(f"#{cell.repetition + 1}" if self.n > 1 else "")
        return " · ".join(part for part in parts if part)

    def key(self, cell: Cell) -> str:
        """What a cell asks, whatever its place: by it the cells of two plans are the same."""
        asked = [self.prompts[cell.prompt].value, self.models[cell.model], self.params[cell.params], cell.repetition]
        return json.dumps(asked, sort_keys=True, ensure_ascii=False, default=repr)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data, for a file."""
        return {
            "prompts": [{"name": prompt.name, "value": prompt.value} for prompt in self.prompts],
            "models": list(self.models),
            "params": [dict(params) for params in self.params],
            "n": self.n,
            "order": self.order,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """From what `to_dict` gave. Raises UsageError for anything else."""
        try:
            named = {str(one["name"]): one["value"] for one in data["prompts"]}
            return plan_of(named, data["models"], data["params"], data["n"], data["order"], data["seed"])
        except (KeyError, TypeError, AttributeError):
            raise UsageError("The file's plan of the comparison cannot be read.") from None


def plan_of(prompts: Any, models: Any, params: Any = None, n: Any = 1, order: Any = "random", seed: Any = None) -> Plan:
    """The plan that the arguments of `sw.compare` ask for. Raises UsageError."""
    if type(n) is not int or n < 1:
        raise UsageError(f"n must be a whole number from 1, not {n!r}.", hint="So often each cell is asked.")
    if order not in _ORDERS:
        raise UsageError.unknown("order", str(order), _ORDERS)
    if seed is not None and type(seed) is not int:
        raise UsageError(f"seed must be a whole number, not a {type(seed).__name__}.")
    plan = Plan(
        _prompts(prompts),
        _models(models),
        _params(params),
        n,
        cast(Order, order),
        random.SystemRandom().randrange(2**31) if seed is None else seed,
    )
    count = len(plan.prompts) * len(plan.models) * len(plan.params) * n
    if count > MOST:
        raise UsageError(
            f"That are {count:,} cells ({len(plan.prompts)} prompts × {len(plan.models)} models × {len(plan.params)} parameters × {n}), "
            f"and {MOST} is the most.",
            hint="Compare in parts.",
        )
    return plan


def _prompts(prompts: Any) -> tuple[Prompt, ...]:
    if isinstance(prompts, str):
        prompts = [prompts]
    if isinstance(prompts, Mapping):
        found = [Prompt(str(name), _prompt(value)) for name, value in prompts.items()]
    elif isinstance(prompts, Iterable):
        found = [Prompt(f"prompt {number}", _prompt(value)) for number, value in enumerate(prompts, 1)]
    else:
        raise UsageError(
            f"prompts must be a list, not {_kind(prompts)}.", hint="Of texts or of lists of messages; or a dict from names to them."
        )
    if not found:
        raise UsageError("There are no prompts to compare.")
    return tuple(found)


def _prompt(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(message, Mapping) for message in value):
        return [dict(message) for message in value]
    raise UsageError(f"A prompt must be a text or a list of messages, not {_kind(value)}.")


def _models(models: Any) -> tuple[str, ...]:
    if models is None:
        return ("",)
    if isinstance(models, str):
        models = [models]
    names: list[Any] = list(models) if isinstance(models, Iterable) else [None]
    if not all(isinstance(model, str) for model in names):
        raise UsageError("models must be a list of names.")
    if not names:
        raise UsageError("There are no models to compare.")
    if len(set(names)) < len(names):
        raise UsageError("A model stands twice in the list.", hint="n=2 asks it twice.")
    return tuple(names)


def _params(params: Any) -> tuple[dict[str, Any], ...]:
    sets: list[Any] = (
        [params or {}] if params is None or isinstance(params, Mapping) else list(params) if isinstance(params, Iterable) else [None]
    )
    if not all(isinstance(one, Mapping) for one in sets):
        raise UsageError(f"params must be a dict or a list of dicts, not {_kind(params)}.", hint='For instance [{"temperature": 0}, {…}].')
    return tuple({str(name): value for name, value in one.items()} for one in sets) or ({},)


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def params_label(params: Mapping[str, Any]) -> str:
    """Parameters in a line: ``temperature=0.2, seed=1``."""
    return ", ".join(f"{name}={value}" for name, value in params.items())
