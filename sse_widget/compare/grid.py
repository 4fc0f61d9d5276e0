"""The board of a comparison: what its page needs beside the lanes, and what the page says back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .plan import params_label
from .votes import LONGEST, Vote

if TYPE_CHECKING:
    from .session import Compare

PROMPT = 2000
"""Characters of a prompt that the page gets; all of it is in its request."""
NAME = 120


class Grid:
    """Draws nothing; says what is to be drawn."""

    layout = "grid"

    def __init__(self, session: Compare) -> None:
        self._session = session
        self.revision = 1
        self.baseline: int | None = None
        """The column that the others are compared with."""
        self._said: dict[str, Any] | None = None

    def changed(self) -> None:
        """Have it sent."""
        self.revision += 1
        self._session.wake()

    def to_page(self) -> dict[str, Any]:
        session, plan = self._session, self._session.plan
        progress = session.progress()._asdict()
        return {
            "plan": {
                "prompts": [{"name": prompt.name[:NAME], "text": prompt.text[:PROMPT]} for prompt in plan.prompts],
                "models": [model[:NAME] for model in plan.models],
                "params": [params_label(params)[:NAME] for params in plan.params],
                "n": plan.n,
                "order": plan.order,
                "seed": plan.seed,
                "concurrency": session.concurrency,
                "barrier": session.barrier,
            },
            # In the order of `Plan.cells`, so that a cell's place says which one it is.
            "cells": [session.asked[cell.id].to_page() for cell in plan.cells],
            "progress": {**progress, "at": round(time.monotonic() - session.t0, 3), "live": bool(session.pending)},
            "votes": session.votes.to_list(),
            "baseline": self.baseline,
            "said": self._said,
        }

    def to_file(self) -> dict[str, Any]:
        """What a file of the session keeps, see `keeping`."""
        return self._session.to_file()

    def command(self, command: dict[str, Any]) -> None:
        do = command.get("do")
        if do == "stop":
            self._session.stop(by="the page", wait=False)
        elif do == "resume":
            self._attempt(self._session.resume)
        elif do == "baseline":
            self._set_baseline(command.get("column"))
        elif do == "vote":
            self._attempt(lambda: self._vote(command))

    def _set_baseline(self, column: Any) -> None:
        plan = self._session.plan
        if column is None or (type(column) is int and 0 <= column < len(plan.models) * len(plan.params)):
            self.baseline = column
            self.changed()

    def _vote(self, command: dict[str, Any]) -> None:
        session = self._session
        cell, note, blind = command.get("cell"), command.get("note"), command.get("blind") is True
        among = command.get("among")
        text = note[:LONGEST] if isinstance(note, str) else ""
        if isinstance(cell, str) and cell:
            session.vote(cell, note=text, blind=blind, among=among if isinstance(among, list) else None)
            return
        prompt, repetition = command.get("prompt"), command.get("repetition")
        plan = session.plan
        if type(prompt) is int and type(repetition) is int and 0 <= prompt < len(plan.prompts) and 0 <= repetition < plan.n:
            session.votes.put(Vote(prompt, repetition, "", text, blind))  # a note alone, or the vote is taken back
            session.judged()

    def _attempt(self, work: Any) -> None:
        """Do what the page asks; what cannot be done is said there."""
        try:
            work()
        except UsageError as error:
            self._said = {"text": error.message, "number": self.revision}
            self.changed()
        else:
            self._said = None
