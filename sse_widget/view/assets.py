"""The front end as the kernel gives it out: the widget's own module, and the parts that are too heavy to be saved with every widget.

For those the page asks when it first needs them.
"""

from __future__ import annotations

import functools
import pathlib

from ..errors import UsageError

STATIC = pathlib.Path(__file__).parent.parent / "static"
ASSETS = ("charts", "code", "grid", "keep", "lanes", "math", "rule", "theatre")
"""Modules of ``js/src/lazy``: the charts, colours for code, what is taken away from a stream, formulas, and the panel that says how a
stream is read. Several lanes side by side, and other boards of a session."""

_MISSING = "console.error('sse_widget: the front end is not built'); export default { render({ el }) { el.textContent = MESSAGE; } };"
_MISSING_MESSAGE = "The front end of sse_widget is missing from this installation. In a clone, run “make build”, then restart the kernel."


def bundle(name: str) -> str:
    """The text of a file of the front end. A missing one must not be a traceback at import: the widget says what to do.

    Text and not its path: of a file anywidget (0.11) keeps every widget that was ever made, to tell it of changes, and we would keep
    every recording with it.
    """
    path = STATIC / name
    if path.exists():
        return path.read_text("utf-8") + "\n"  # with a line end it is taken for no path
    return _MISSING.replace("MESSAGE", repr(_MISSING_MESSAGE)) if name.endswith(".js") else ""


@functools.cache
def asset(name: str) -> bytes:
    """The module of this name, as JavaScript. Raises UsageError for anything but one of ``ASSETS``, and if it is not built."""
    if name not in ASSETS:
        raise UsageError("There is no such part of the front end.")
    try:
        return (STATIC / f"{name}.js").read_bytes()
    except OSError:
        raise UsageError("This part of the front end is missing from this installation.") from None
