"""What ipykernel does that we must work around, each feature-detected and named with the version that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any


def shell() -> Any:
    """The running IPython shell, or None. Never imports IPython: where it is not loaded, there is none."""
    import sys

    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_notebook() -> bool:
    """Whether this is a Jupyter kernel."""
    return getattr(shell(), "kernel", None) is not None


@contextmanager
def sending(comm: Any, *, orphan: bool = False) -> Iterator[None]:
    """Around each message that one of our threads sends on ``comm``. orphan: send it without a parent, see `_Parent`."""
    with _Parent(orphan):
        yield
    _forget_route(comm)


class _Parent:
    """What ipykernel takes for the parent of a message that our thread sends, while it is sent.

    ipykernel 7 keeps the parent in context variables. In 7.0.x a thread of ours has none, and sending fails with LookupError; from
    7.1 on it falls back on the last request, whatever that was. A batch needs no parent, since the page finds its widget by the
    comm, and the copied header would be a third of its bytes. ipykernel 6 keeps it elsewhere; there nothing is changed.
    """

    def __init__(self, orphan: bool) -> None:
        kernel = getattr(shell(), "kernel", None)
        empties: dict[str, Any] = {"_shell_parent": {}, "_shell_parent_ident": b""}
        variables = [(getattr(kernel, name, None), empty) for name, empty in empties.items()]
        self._variables = [(variable, empty) for variable, empty in variables if isinstance(variable, ContextVar)]
        self._orphan = orphan
        self._tokens: list[tuple[ContextVar[Any], Token[Any]]] = []
        if kernel is not None and not orphan:
            try:
                kernel.get_parent()
            except LookupError:
                self._orphan = True

    def __enter__(self) -> None:
        if self._orphan:
            self._tokens = [(variable, variable.set(empty)) for variable, empty in self._variables]

    def __exit__(self, *exc: object) -> None:
        for variable, token in self._tokens:
            variable.reset(token)


def _forget_route(comm: Any) -> None:
    """ipykernel 7.4 answers the page on the shell whose request was the parent of the last message on that comm. Ours is the
    cell that runs now, so a click on Stop would wait for that very cell. Without the note, it takes the subshell as before. Of each
    answer's id it keeps a note of its own, for a reply to it that never comes."""
    if comm is not None:
        vars(comm).pop("_reply_subshell_id", None)
        vars(comm).get("_reply_subshell_ids", {}).clear()


class Cells:
    """Knows whether a cell is running, and which: IPython tells before and after each one."""

    def __init__(self) -> None:
        self.current: object | None = None
        self._hooked: Any = None

    def hook(self) -> None:
        """Listen to the shell. Called at import, that is, usually inside a cell."""
        running = shell()
        if running is None or self._hooked is running or not in_notebook():
            return
        self._hooked = running
        running.events.register("pre_run_cell", self._before)
        running.events.register("post_run_cell", self._after)
        self.current = object()

    def _before(self, info: Any = None) -> None:
        # A silent request is no cell that a person sees: front ends send them to ask for variables and the like.
        self.current = None if getattr(info, "silent", False) else object()

    def _after(self, result: Any = None) -> None:
        self.current = None


cells = Cells()
