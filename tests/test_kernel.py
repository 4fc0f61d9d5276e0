"""`view/kernel.py`: each workaround does what it says, and is still needed."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import ipykernel.comm.comm
import pytest
from ipykernel._version import version_info

from sse_widget.view import kernel
from sse_widget.view.kernel import Cells, sending


class Kernel7:
    """ipykernel 7: the parent in context variables; up to 7.0.x without a value for other threads."""

    def __init__(self, fallback: dict[str, Any] | None) -> None:
        self._shell_parent: ContextVar[dict[str, Any]] = ContextVar("shell_parent")
        self._shell_parent_ident: ContextVar[bytes] = ContextVar("shell_parent_ident")
        self._fallback = fallback

    def get_parent(self) -> dict[str, Any]:
        try:
            return self._shell_parent.get()
        except LookupError:
            if self._fallback is None:
                raise
            return self._fallback


class Kernel6:
    """ipykernel 6: the parent in an attribute."""

    def __init__(self) -> None:
        self._shell_parent = {"header": {"msg_id": "cell"}}

    def get_parent(self) -> dict[str, Any]:
        return self._shell_parent


def in_thread(work: Callable[[], Any]) -> Any:
    """Run as our writer does: in a thread with a context of its own."""
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join()
    return result[0]


CELL = {"header": {"msg_id": "cell"}}
PARENTS: list[tuple[str, Any, bool, dict[str, Any]]] = [
    ("7.1 falls back on the last request", Kernel7(CELL), False, CELL),
    ("7.1, a batch has no parent", Kernel7(CELL), True, {}),
    ("7.0 would raise LookupError", Kernel7(None), False, {}),
    ("7.0, a batch has no parent", Kernel7(None), True, {}),
    ("6 is left alone", Kernel6(), False, CELL),
    ("6 is left alone, also for a batch", Kernel6(), True, CELL),
]


@pytest.mark.parametrize(("fake", "orphan", "parent"), [case[1:] for case in PARENTS], ids=[case[0] for case in PARENTS])
def test_parents(monkeypatch: pytest.MonkeyPatch, fake: Any, orphan: bool, parent: dict[str, Any]) -> None:
    monkeypatch.setattr(kernel, "shell", lambda: SimpleNamespace(kernel=fake))

    def send() -> dict[str, Any]:
        with sending(None, orphan=orphan):
            during: dict[str, Any] = fake.get_parent()
        return during

    assert in_thread(send) == parent


def test_afterwards_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Kernel7(CELL)
    monkeypatch.setattr(kernel, "shell", lambda: SimpleNamespace(kernel=fake))
    fake._shell_parent.set({"header": {"msg_id": "mine"}})
    with sending(None, orphan=True):
        assert fake.get_parent() == {}
    assert fake.get_parent()["header"]["msg_id"] == "mine"


def test_outside_a_kernel_nothing_happens() -> None:
    with sending(SimpleNamespace(), orphan=True):
        pass


def test_the_route_of_answers_is_forgotten() -> None:
    comm = SimpleNamespace(_reply_subshell_id="the cell's shell", _reply_subshell_ids={"1": None}, other=1)
    with sending(comm):
        assert comm._reply_subshell_id
    assert vars(comm) == {"_reply_subshell_ids": {}, "other": 1}


def test_the_workaround_for_routes_is_still_needed() -> None:
    """If this fails, ipykernel no longer routes the page's messages by the last message sent: `_forget_route` can go."""
    routed = "_reply_subshell_id" in inspect.getsource(ipykernel.comm.comm)
    assert routed == (version_info[:2] >= (7, 4))


def test_cells_are_told_apart() -> None:
    cells = Cells()
    told = []
    for silent in (False, False, True):
        cells._before(SimpleNamespace(silent=silent))
        told.append(cells.current)
        cells._after()
        told.append(cells.current)
    first, after, second, _, silently, _ = told
    assert first is not None
    assert second is not None
    assert first is not second
    assert after is None
    assert silently is None
