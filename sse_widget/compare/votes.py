"""What a person says of the answers: for each prompt and repetition which one is the best, and a note."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import UsageError

LONGEST = 2000
"""Characters of a note."""
_KINDS = (("prompt", int), ("repetition", int), ("cell", str), ("note", str))


@dataclass(frozen=True)
class Vote:
    """prompt, repetition: what was judged. cell: id of the best; "" if none was chosen. note: a text. blind: whether the names of the
    models were hidden then."""

    prompt: int
    repetition: int
    cell: str = ""
    note: str = ""
    blind: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)


class Votes:
    """The votes so far; another one for the same place takes the place of the first."""

    def __init__(self) -> None:
        self._votes: dict[tuple[int, int], Vote] = {}

    def get(self, prompt: int, repetition: int) -> Vote | None:
        return self._votes.get((prompt, repetition))

    def put(self, vote: Vote) -> None:
        """Keep a vote; one without a choice and without a note takes it away."""
        place = (vote.prompt, vote.repetition)
        if vote.cell or vote.note:
            self._votes[place] = vote
        else:
            self._votes.pop(place, None)

    def to_list(self) -> list[dict[str, Any]]:
        """As JSON data, in the order of prompts."""
        return [vote.to_dict() for _, vote in sorted(self._votes.items())]

    def restore(self, data: Any, known: Callable[[str], bool]) -> None:
        """From what `to_list` gave; what cannot be read, or names a cell that is not `known`, is left out."""
        for one in data if isinstance(data, list) else []:
            if not isinstance(one, Mapping):
                continue
            fits = all(
                isinstance(one.get(name), kind) for name, kind in (("prompt", int), ("repetition", int), ("cell", str), ("note", str))
            )
            if fits and (not one["cell"] or known(one["cell"])):
                self.put(Vote(one["prompt"], one["repetition"], one["cell"], one["note"][:LONGEST], one.get("blind") is True))


def refuse_unfinished(names: list[str]) -> None:
    """Raise UsageError if there are any answers of which nobody knows yet how they end. names: of those."""
    if names:
        some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        raise UsageError(
            f"A vote waits until every answer of its row has ended; {len(names)} {'has' if len(names) == 1 else 'have'} not: {some}.",
        )
