"""What a comparison adds to the table of its session: the columns of the plan, the cost and the votes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..files.table import Column
from .asked import Asked

if TYPE_CHECKING:
    from ..run import Run
    from .session import Compare


def columns_of(session: Compare) -> list[tuple[Column, Callable[[Run], Any]]]:
    """The columns, each with what reads a run's value."""

    def of(read: Callable[[Asked], Any]) -> Callable[[Run], Any]:
        def value(run: Run) -> Any:
            asked = session.cell_of(run)
            return None if asked is None else read(asked)

        return value

    def voted(asked: Asked) -> str | None:
        vote = session.votes.get(asked.cell.prompt, asked.cell.repetition)
        if vote is None or not vote.cell:
            return None
        return "best" if vote.cell == asked.cell.id else "other"

    def note(asked: Asked) -> str | None:
        vote = session.votes.get(asked.cell.prompt, asked.cell.repetition)
        return None if vote is None else vote.note or None

    plan = session.plan
    return [
        (Column("prompt", "string", "name of the prompt"), of(lambda asked: plan.prompts[asked.cell.prompt].name)),
        (
            Column("prompt_text", "string", "the prompt; of a conversation its last message"),
            of(lambda asked: plan.prompts[asked.cell.prompt].text),
        ),
        (Column("asked_model", "string", "the model that was asked"), of(lambda asked: plan.models[asked.cell.model])),
        (
            Column("params", "string", "parameters of the model, as JSON"),
            of(lambda asked: json.dumps(plan.params[asked.cell.params], ensure_ascii=False, default=str)),
        ),
        (Column("repetition", "int64", "which time this cell was asked, from 0"), of(lambda asked: asked.cell.repetition)),
        (Column("cost", "float64", "in the currency of the prices; null without"), of(lambda asked: asked.cost)),
        (Column("vote", "string", '"best", "other", or null where nobody voted'), of(voted)),
        (Column("note", "string", "what was said of the answers to this prompt"), of(note)),
    ]
