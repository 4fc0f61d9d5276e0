"""Tracebacks without the places where secrets stand: what IPython's verbose mode, `rich` and others print beside each line.

A frame keeps its variables, and those of a request's way through us, httpx and httpcore hold its headers. So our errors show the
user's own lines and nothing of the way between.
"""

from __future__ import annotations

import functools
import os
import sysconfig
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, TypeVar

from .errors import SSEWidgetError

P = ParamSpec("P")
T = TypeVar("T")

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
LIBRARIES = tuple({os.path.abspath(path) + os.sep for name, path in sysconfig.get_paths().items() if name.endswith(("lib", "stdlib"))})


def bare(error: BaseException, *, strict: bool = True) -> BaseException:
    """``error``, its causes and what came with them, without the frames that are ours. strict: without those of any library too.

    Nothing is made anew: an error that somebody holds already loses its frames as well.
    """
    waiting, seen = [error], {id(error)}
    while waiting:
        link = waiting.pop()
        if isinstance(link, SSEWidgetError) and link.__suppress_context__:
            link.__context__ = None
        link.__traceback__ = _of_the_user(link.__traceback__, strict=strict)
        for other in (link.__cause__, link.__context__, *getattr(link, "exceptions", ())):
            if isinstance(other, BaseException) and id(other) not in seen:
                seen.add(id(other))
                waiting.append(other)
    return error


def _of_the_user(traceback: TracebackType | None, *, strict: bool) -> TracebackType | None:
    kept = []
    while traceback is not None:
        path = os.path.abspath(traceback.tb_frame.f_code.co_filename)
        if not (path.startswith(OURS) or (strict and path.startswith(LIBRARIES))):
            kept.append(traceback)
        traceback = traceback.tb_next
    rest: TracebackType | None = None
    for each in reversed(kept):
        rest = TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest


def quiet(function: Callable[P, T]) -> Callable[P, T]:
    """A function whose errors hold no frame of it, nor of what it called of ours: its arguments hold secrets."""

    @functools.wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> T:
        __tracebackhide__ = True  # IPython and pytest leave the frame out
        try:
            return function(*args, **options)
        except Exception as error:
            failure = error
        where = _innermost(failure.__traceback__) if not isinstance(failure, SSEWidgetError) else ""
        bare(failure)
        if where and failure.__traceback__ is None and hasattr(failure, "add_note"):
            failure.add_note(f"That is a defect of sse_widget, raised at {where}.")
        args, options = (), {}  # type: ignore[assignment]  # this frame is the one that stays
        raise failure

    return call


def _innermost(traceback: TracebackType | None) -> str:
    """The file and the line that raised."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{os.path.basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}" if traceback is not None else ""
