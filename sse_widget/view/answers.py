"""The page's questions that are answered at once, each under the id it came with. What an answer gives holds no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..preview import preview
from ..redaction import mask_all
from .assets import asset
from .find import find, lines
from .lane import frame_detail, rule_of

if TYPE_CHECKING:
    from ..run import Run


def _event(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    try:
        return frame_detail(run, int(command["frame"]))
    except (LookupError, TypeError, ValueError):
        raise UsageError("There is no such event.") from None


def _read(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    run.read_again(**rule_of(command), wait=False)
    return {}


def _preview(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    try:
        found = preview(run.reading, run.veil, **rule_of(command))._asdict()
    except UsageError as error:  # half a path is no failure of the question
        found = {"text": "", "matched": 0, "events": 0, "error": str(error)}
    answer: dict[str, Any] = run.source.redactor.covered(found)
    return answer


ANSWERS = {"event": _event, "read": _read, "preview": _preview, "find": find, "lines": lines}
"""What is answered of a run."""


def answer_to(run: Run | None, command: dict[str, Any]) -> dict[str, Any]:
    """The answer to a command of ``ANSWERS``."""
    try:
        if run is None:
            raise UsageError("There is no such stream.")
        return {"type": command["type"], "id": command.get("id"), **ANSWERS[command["type"]](run, command)}
    except UsageError as error:
        return {"type": "error", "id": command.get("id"), "message": mask_all(str(error))}


def served(command: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """The answer to "asset", and its buffer."""
    try:
        return {"type": "asset", "id": command.get("id")}, [asset(str(command.get("name")))]
    except UsageError as error:
        return {"type": "error", "id": command.get("id"), "message": str(error)}, []
