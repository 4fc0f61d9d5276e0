"""A secret that must be found nowhere, and how it is looked for."""

from __future__ import annotations

import base64
import inspect
import json
from types import TracebackType
from urllib.parse import quote

from IPython.core.ultratb import VerboseTB

CANARY = "sk-canary/0123456789+x"
FORMS = {
    CANARY.lower(),
    quote(CANARY, safe="").lower(),
    json.dumps(CANARY)[1:-1].replace("-", "\\u002d").lower(),
    CANARY.encode().hex(),
    *(base64.b64encode(before + CANARY.encode() + b"\0\0\0").decode()[4:-8].lower() for before in (b"", b"a", b"ab")),
}
"""What must be found nowhere; base64 without what its neighbours share with it."""


def traceback_of(error: BaseException, own: str = "") -> str:
    """As IPython shows it at its most talkative: with the arguments and the variables of every frame.

    own: a file whose frames are left out; a test's variables hold the canary, as those of a user's cell may.
    """
    links, waiting = [error], [error]
    while waiting:
        link = waiting.pop()
        fresh = [each for each in (link.__cause__, link.__context__) if each is not None and each not in links]
        links += fresh
        waiting += fresh
    for link in links:
        link.__traceback__ = _without(link.__traceback__, own)
    name = "theme_name" if "theme_name" in inspect.signature(VerboseTB.__init__).parameters else "color_scheme"
    shown = VerboseTB(**{name: "nocolor" if name == "theme_name" else "NoColor"})  # type: ignore[arg-type]
    return str(shown.text(type(error), error, error.__traceback__)) + repr(error) + str(error)


def _without(traceback: TracebackType | None, file: str) -> TracebackType | None:
    if traceback is None:
        return None
    rest = _without(traceback.tb_next, file)
    if traceback.tb_frame.f_code.co_filename == file:
        return rest
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


def tell_nothing(text: str) -> None:
    """Fail if the canary stands in a text, in any form."""
    low = text.lower()
    for form in FORMS:
        at = low.find(form)
        assert at < 0, f"{form} in …{text[max(at - 200, 0) : at + 60]}…"
