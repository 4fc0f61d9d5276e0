"""Where the lanes are drawn while they go on: in place on a terminal, or line by line into whatever else is printed to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from . import lane
from .boxes import NARROWEST, WIDEST, fitting, frame
from .width import visible, width

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
LONGEST = 100
"""Columns after which a line is printed, though it has no end yet."""


class Screen:
    """A terminal: each frame takes the place of the one before. What scrolls away would stay there, so a frame is never higher than it."""

    def __init__(self, out: TextIO, *, alone: bool = False) -> None:
        self._out = out
        self._alone = alone
        self._before: list[int] = []  # cells of each line of the last frame
        self._colour = not os.environ.get("NO_COLOR")
        out.write(HIDE)

    def draw(self, session: Session, runs: Sequence[Run]) -> None:
        """Draw all lanes as they are now."""
        size = shutil.get_terminal_size((80, 24))
        columns = max(NARROWEST, min(size.columns, WIDEST))
        lines = frame(session, runs, columns, size.lines - 1, alone=self._alone)
        # A terminal that has become narrower has broken the lines of the last frame.
        above = sum(-(-cells // size.columns) or 1 for cells in self._before)
        self._before = [width(line) for line in lines]
        back = f"\x1b[{above}A\r" if above else "\r"
        self._out.write(back + "".join(f"{self._styled(line, columns)}\x1b[K\n" for line in lines) + "\x1b[J")
        self._out.flush()

    def _styled(self, line: str, columns: int) -> str:
        """A line with its right border where it belongs, whatever the terminal thinks of the width of what is before it."""
        line = fitting(line)
        ends = line[-1:] if line[:1] in ("┌", "│", "└", "+", "|") else ""
        if not self._colour:
            return f"{line[:-1]}\x1b[{columns}G{ends}" if ends else line
        if not ends:
            return f"{_BOLD}{line}{_PLAIN}"
        middle = line[1:-1]
        if line[0] == "┌":
            who, rule, rest = middle.partition(" ─")
            middle = f"{_BOLD}{who}{_PLAIN}{_DIM}{rule}{rest}"
        return f"{_DIM}{line[0]}{'' if line[0] == '└' else _PLAIN}{middle}{_PLAIN}\x1b[{columns}G{_DIM}{ends}{_PLAIN}"

    def close(self) -> None:
        """Leave what was drawn, and the cursor below it."""
        self._out.write(SHOW)
        self._out.flush()


class Lines:
    """Anything but a terminal: what is new of each lane, in whole lines, each beginning with whose it is."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._tellers: dict[str, _Teller] = {}

    def draw(self, session: Session, runs: Sequence[Run]) -> None:
        """Print what is new."""
        for run in runs:
            teller = self._tellers.setdefault(run.id, _Teller())
            who = f"{lane.title(run, session.runs)} | "
            for line in teller.fresh(run):
                self._out.write(fitting(f"{who}{line}\n"))
        self._out.flush()

    def close(self) -> None:
        """Nothing is left to be put back."""


class _Teller:
    """What of a run has been told."""

    def __init__(self) -> None:
        self._reading = -1
        self._count = 0
        self._owed: list[int] = []
        self._kind = ""
        self._line = ""
        self._status = ""

    def fresh(self, run: Run) -> list[str]:
        """The lines that are complete by now."""
        final = run.is_final  # first: what comes after it is not missed
        reading = run.reading
        if reading.number != self._reading:
            self._reading, self._count, self._owed, self._line = reading.number, 0, [], ""
        found = []
        stop = len(reading.deltas)
        told, self._owed = run.veil.tell(reading, self._owed, self._count, stop)
        self._count = stop
        parts = {part.number: part for part in run.output.parts if part.choice == 0 and part.kind in ("text", "reasoning", "refusal")}
        for delta in told:
            part = parts.get(delta.part)
            if part is None or delta.op not in ("append", "replace"):
                continue
            if part.kind != self._kind or delta.op == "replace":
                found += self._rest()
                self._kind = part.kind
            self._line += (part.join if self._line else "") + delta.value
            found += self._whole()
        if final:
            found += self._rest()
            if self._status != run.status:
                found += [*lane.calls(run), *filter(None, [lane.trouble(run)])]
        if run.status != self._status and (final or run.status not in ("thinking", "writing")):
            self._status = run.status
            found.append(f"[{' · '.join([run.status, *lane.numbers(run)])}]")
        return found

    def _whole(self) -> list[str]:
        *lines, self._line = self._line.split("\n")
        found = [self._said(line) for line in lines if line.strip()]
        while len(self._line) > LONGEST:
            cut = self._line.rfind(" ", 1, LONGEST) + 1 or LONGEST
            found.append(self._said(self._line[:cut]))
            self._line = self._line[cut:]
        return found

    def _rest(self) -> list[str]:
        line, self._line = self._line, ""
        return [self._said(line)] if line.strip() else []

    def _said(self, line: str) -> str:
        return f"{'(thinking) ' if self._kind == 'reasoning' else ''}{visible(line.rstrip())}"
