"""What each model says: the scripted replies as lists of pieces, cut about as finely as a tokenizer would."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, NamedTuple

from . import texts
from .options import Options

PieceKind = Literal["text", "reasoning", "refusal", "tool"]
Format = Literal["chat", "plain", "custom"]


class Piece(NamedTuple):
    """One fragment of a reply. For ``tool``: index of the call, and its name in the piece that opens it (else "")."""

    kind: PieceKind
    text: str
    tool: int = 0
    name: str = ""


@dataclass(frozen=True)
class Model:
    """One scripted reply. write: count of tokens and "tool results are there" → its pieces.

    rate (tokens/s) and jitter (0..1) hold if the request does not ask for others.
    """

    name: str
    about: str
    write: Callable[[int, bool], list[Piece]]
    rate: float = 60.0
    jitter: float = 0.6
    format: Format = "chat"
    silent: bool = False


# A line break, up to twelve letters with the space before them, up to three digits, or a run of signs.
_TOKEN = re.compile(r"\n+| ?[^\W\d_]{1,12}| ?\d{1,3}| ?[^\w\s]{1,4}|\s+|.", re.DOTALL)


def tokens(text: str) -> list[str]:
    """Cut ``text`` into token-like fragments; joined, they are the text again."""
    return _TOKEN.findall(text)


def _say(kind: PieceKind, text: str) -> list[Piece]:
    return [Piece(kind, fragment) for fragment in tokens(text)]


def _pizza(count: int, answered: bool) -> list[Piece]:
    return _say("reasoning", texts.PIZZA_THOUGHTS) + _say("text", texts.PIZZA_ANSWER)


def _markdown(count: int, answered: bool) -> list[Piece]:
    return _say("text", texts.MARKDOWN_ANSWER)


def _tools(count: int, answered: bool) -> list[Piece]:
    """Two parallel calls, their arguments interleaved; once the results are in the conversation, an answer."""
    if answered:
        return _say("text", texts.TOOL_ANSWER)
    weather = tokens('{"city": "Naples", "unit": "celsius"}')
    recipes = tokens('{"query": "pizza margherita", "max_minutes": 150, "limit": 3}')
    pieces = [Piece("tool", "", 0, "get_weather"), Piece("tool", "", 1, "search_recipes")]
    for pair in zip_longest(weather, recipes):
        pieces += [Piece("tool", fragment, call) for call, fragment in enumerate(pair) if fragment is not None]
    return pieces


def _plain(count: int, answered: bool) -> list[Piece]:
    return [Piece("text", fragment) for fragment in texts.PLAIN_FRAGMENTS]


def _custom(count: int, answered: bool) -> list[Piece]:
    return _say("text", texts.CUSTOM_ANSWER)


def _count(count: int, answered: bool) -> list[Piece]:
    return [Piece("text", f" w{number:04d}") for number in range(1, count + 1)]


def _refusal(count: int, answered: bool) -> list[Piece]:
    return _say("refusal", texts.REFUSAL)


def _silence(count: int, answered: bool) -> list[Piece]:
    return []


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("pizza", "thinks aloud in four steps, then gives a recipe", _pizza),
        Model("markdown", "a long answer with headings, lists, a table and code", _markdown, rate=90.0),
        Model("tools", "two parallel tool calls; an answer once it has the results", _tools, rate=20.0),
        Model("plain", "plain text fragments instead of JSON", _plain, rate=3.0, jitter=0.0, format="plain"),
        Model("custom", 'JSON of its own: {"result": {"text": …}}', _custom, rate=20.0, format="custom"),
        Model("count", "numbered tokens, as many as the field `tokens` says", _count, jitter=0.0),
        Model("refusal", "declines, in the refusal field", _refusal, rate=20.0),
        Model("silence", "never says a word", _silence, silent=True),
    )
}


def no_such_model(name: object) -> str:
    """What to tell who asked for a model that does not exist."""
    near = difflib.get_close_matches(str(name), MODELS, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"This demo server knows {', '.join(MODELS)}."
    return f"The model '{name}' does not exist. {hint}"


class Reply(NamedTuple):
    """What is sent. script: (choice, piece) pairs in order; short: the choices that ``max_tokens`` ended early."""

    model: Model
    script: list[tuple[int, Piece]]
    short: frozenset[int]


def reply(model: Model, options: Options, *, answered: bool = False) -> Reply:
    """Write the reply of ``model``. answered: the conversation holds tool results.

    With several choices their pieces are interleaved, and each further choice says first which version it is.
    """
    pieces = model.write(options.tokens, answered)
    choices = [pieces]
    for choice in range(1, options.choices):
        first = next((i for i, piece in enumerate(pieces) if piece.kind == "text"), len(pieces))
        choices.append(pieces[:first] + _say("text", f"*Version {choice + 1}*\n\n") + pieces[first:])
    limit = options.max_tokens
    short = frozenset(i for i, said in enumerate(choices) if limit is not None and len(said) > limit)
    rounds = zip_longest(*(said[:limit] for said in choices))
    script = [(choice, piece) for row in rounds for choice, piece in enumerate(row) if piece is not None]
    return Reply(model, script, short)
