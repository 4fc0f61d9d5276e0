"""Google Gemini and Vertex AI: ``streamGenerateContent``, as an event stream, as a JSON array, or as chunks of the Python SDK.

Each event is a whole ``GenerateContentResponse`` with what is new in it: few events, many tokens each. There is no end marker; the
last event of a candidate has its finish reason.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..deltas import RESPONSE, PartKind
from ..wire import IGNORED, Frame
from .base import NOT_JSON, clean, parse_json
from .brief import brief
from .fields import as_text, base64_size, dict_in, dicts_in, identity_in, present, text_in
from .gemini_partial import GeminiCalls
from .states import COMPLETED, IN_PROGRESS, state_of

_BLOCKED = frozenset({"SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "LANGUAGE", "IMAGE_SAFETY"})
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_LONGEST_ERROR = 500  # lines of an error that comes outside of any event


class Gemini(GeminiCalls):
    """``{"candidates": [{"content": {"parts": [{"text": "Hel"}]}}], "usageMetadata": {…}, "modelVersion": "…"}``.

    Keys are read in camel case, as on the wire, and in snake case, as the SDK's ``model_dump`` has them.
    """

    name: ClassVar[str] = "gemini"
    label: ClassVar[str] = "Gemini"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._vertex = False
        self._finishes: dict[int, str] = {}
        self._writing: dict[int, str] = {}  # the kind of text that each candidate is writing
        self._cited: dict[str, int] = {}
        self._searched: set[str] = set()
        self._stray: list[str] = []  # lines of an error that stands outside of the events

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        data = _inner(data)
        if isinstance(data.get("candidates"), list) or isinstance(_get(data, "promptFeedback"), dict):
            return True
        return isinstance(_get(data, "usageMetadata"), dict) and ("modelVersion" in data or "responseId" in data)

    def _event(self, frame: Frame, data: Any) -> None:
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, dict):
                self._response(_inner(one), frame)
            elif data is NOT_JSON:
                self._error_event(frame, data)

    def _response(self, data: dict[str, Any], frame: Frame) -> None:
        error = data.get("error")
        if error:
            self._error({**error, "type": error.get("status")} if isinstance(error, dict) else error)
        elif frame.type == "error":
            self._error_event(frame, data)
        usage = dict_in(data, "usageMetadata") or dict_in(data, "usage_metadata")
        if not self._vertex and (_get(usage, "trafficType") or _get(data, "createTime")):
            self._vertex = True
            self._set(RESPONSE, dialect_label=f"{self.label} (Vertex AI)")
        self._about(
            model=text_in(data, "modelVersion", "model_version"),
            response_id=self._response_fields.get("response_id") or text_in(data, "responseId", "response_id"),
            usage=usage,
            service_tier=text_in(usage, "serviceTier", "service_tier"),
        )
        for position, candidate in enumerate(dicts_in(data, "candidates")):
            self._candidate(position, candidate)
        feedback = _get(data, "promptFeedback")
        reason = _name(_get(feedback, "blockReason"))
        if reason:  # the prompt was refused: there are no candidates, and there will be none
            said = text_in(feedback, "blockReasonMessage", "block_reason_message")
            self._say(0, "refusal", said or f"The prompt was blocked: {reason}")
            self._ends(0, reason)

    def _candidate(self, position: int, candidate: dict[str, Any]) -> None:
        choice = candidate.get("index")
        if type(choice) is not int or choice < 0:
            choice = position
        if choice not in self._finishes:
            self._finishes[choice] = ""
            self.ended = False
        content = dict_in(candidate, "content")
        self._about(role=text_in(content, "role"))
        for part in dicts_in(content, "parts"):
            self._content(choice, part)
        for name in ("groundingMetadata", "citationMetadata", "urlContextMetadata"):
            about = _get(candidate, name)
            if about and isinstance(about, dict):
                self._sources(choice, about)
        reason = _name(_get(candidate, "finishReason"))
        if reason:
            self._end_call(choice)
            said = text_in(candidate, "finishMessage", "finish_message")
            if reason in _BLOCKED and said:
                self._say(choice, "refusal", said)
            self._ends(choice, reason)

    def _ends(self, choice: int, reason: str) -> None:
        """A candidate ends. Older models say so in each event, so more may come."""
        if self._finishes.get(choice) != reason:
            self._set(RESPONSE, finish_reason={choice: reason})
        self._finishes[choice] = reason
        self.ended = all(self._finishes.values())

    # --- one part of the content -----------------------------------------------------------------------------------------

    def _content(self, choice: int, part: dict[str, Any]) -> None:
        text = part.get("text")
        if text and isinstance(text, str):  # an empty one merely carries a thought's signature
            self._say(choice, "reasoning" if part.get("thought") else "text", text)
        for name, read in _PARTS.items():
            found = _get(part, name)
            if isinstance(found, dict):
                self._stop_writing(choice)
                read(self, choice, found)

    def _say(self, choice: int, kind: PartKind, text: str) -> None:
        if self._writing.get(choice) != kind:
            self._stop_writing(choice)
            self._writing[choice] = kind
        self._append((choice, kind), kind, text, choice=choice)

    def _stop_writing(self, choice: int) -> None:
        """What follows is of another kind, so a later text is a part of its own: parts stay in order."""
        self._close((choice, self._writing.pop(choice, None)))

    def _code(self, choice: int, code: dict[str, Any]) -> None:
        """Code that the model runs on Google's side; its result comes in a later part, by the same id if there is one."""
        about = present(language=text_in(code, "language"), code=brief(text_in(code, "code")))
        self._begin_step(choice, identity_in(code, "id"), "code execution", about)

    def _code_result(self, choice: int, result: dict[str, Any]) -> None:
        outcome = _name(result.get("outcome"))
        self._end_step(choice, identity_in(result, "id"), "code execution", outcome, brief(result.get("output")))

    def _tool(self, choice: int, call: dict[str, Any]) -> None:
        """A tool that Google runs: file search, maps and others."""
        name = (_name(_get(call, "toolType")) or "tool").lower().replace("_", " ")
        self._begin_step(choice, identity_in(call, "id"), name, present(arguments=brief(call.get("args"))))

    def _tool_result(self, choice: int, result: dict[str, Any]) -> None:
        name = (_name(_get(result, "toolType")) or "tool").lower().replace("_", " ")
        self._end_step(choice, identity_in(result, "id"), name, "", brief(result.get("response")))

    def _begin_step(self, choice: int, identity: str, name: str, fields: dict[str, Any]) -> None:
        key = (choice, "step", identity)
        self._close(key)
        self._part(key, "step", choice=choice, **fields, state=IN_PROGRESS)
        self._append(key, "step", name, choice=choice)

    def _end_step(self, choice: int, identity: str, name: str, outcome: str, output: Any) -> None:
        key = (choice, "step", identity)
        if key not in self._parts:
            key = next((k for k in self._parts if isinstance(k, tuple) and k[:2] == (choice, "step")), key)
        if key not in self._parts:
            self._begin_step(choice, identity, name, {})
        self._set(self._parts[key], **present(state=state_of(outcome, COMPLETED), output=output))
        self._close(key)

    def _blob(self, choice: int, blob: dict[str, Any]) -> None:
        """Inline data: what it is, never the data, which stays in the event."""
        media_type, data = text_in(blob, "mimeType", "mime_type"), text_in(blob, "data")
        fields = present(type=media_type.partition("/")[0] or "file", media_type=media_type, name=text_in(blob, "displayName"))
        self._one(choice, "media", {**fields, "bytes": base64_size(data)})

    def _file(self, choice: int, file: dict[str, Any]) -> None:
        media_type = text_in(file, "mimeType", "mime_type")
        fields = present(type=media_type.partition("/")[0] or "file", media_type=media_type, url=text_in(file, "fileUri", "file_uri"))
        self._one(choice, "media", fields)

    def _one(self, choice: int, kind: PartKind, fields: dict[str, Any], text: str = "") -> int:
        """A part that comes whole; its number."""
        self._single_count += 1
        key = ("single", self._single_count)
        number = self._part(key, kind, choice=choice, **fields)
        self._append(key, kind, text, choice=choice)
        self._close(key)
        return number

    # --- where it has it from ----------------------------------------------------------------------------------------------

    def _sources(self, choice: int, about: dict[str, Any]) -> None:
        """Grounding, citations and pages read. Events may repeat them, growing, so each counts once."""
        for query in _strings(_get(about, "webSearchQueries")):
            if query not in self._searched:
                self._searched.add(query)
                self._one(choice, "step", {"query": query}, "web search")
        numbers = []
        for chunk in dicts_in(about, "groundingChunks") or dicts_in(about, "grounding_chunks"):
            kind, found = next(((k, v) for k, v in chunk.items() if isinstance(v, dict)), ("", {}))
            title = text_in(found, "title", "fileSearchStore")
            fields = present(type=kind, url=text_in(found, "uri"), title=title, cited_text=brief(text_in(found, "text")))
            numbers.append(self._cite(choice, fields))
        cited: dict[int, list[Any]] = {}
        for support in dicts_in(about, "groundingSupports") or dicts_in(about, "grounding_supports"):
            indexes = _get(support, "groundingChunkIndices")
            for index in indexes if isinstance(indexes, list) else []:
                if isinstance(index, int) and 0 <= index < len(numbers):
                    cited.setdefault(numbers[index], []).append(brief(dict_in(support, "segment")))
        for number, segments in cited.items():
            self._set(number, segments=segments[:50])
        for citation in (item for name in ("citations", "citationSources", "citation_sources") for item in dicts_in(about, name)):
            named = {"url": text_in(citation, "uri"), "title": text_in(citation, "title"), "license": text_in(citation, "license")}
            start, end = _get(citation, "startIndex"), _get(citation, "endIndex")
            self._cite(choice, present(**named, start=start, end=end))
        for page in dicts_in(about, "urlMetadata") or dicts_in(about, "url_metadata"):
            url, said = text_in(page, "retrievedUrl", "retrieved_url"), _name(_get(page, "urlRetrievalStatus"))
            if url and url not in self._searched:
                self._searched.add(url)
                self._one(choice, "step", present(url=url, state=state_of(said, COMPLETED)), "page read")

    def _cite(self, choice: int, fields: dict[str, Any]) -> int:
        known = as_text([choice, clean(fields)])
        if known not in self._cited:
            self._cited[known] = self._one(choice, "citation", fields)
        return self._cited[known]

    # --- errors outside of the events ----------------------------------------------------------------------------------------

    def _other(self, frame: Frame, data: Any) -> None:
        """Vertex AI breaks a stream off with an error in pretty-printed JSON, whose lines no client of event streams sees."""
        if frame.kind == IGNORED and (self._stray or frame.data.strip() == "{"):
            self._stray.append(frame.data)
            if frame.data.rstrip() == "}" or len(self._stray) == _LONGEST_ERROR:
                self._read_stray()
        else:
            super()._other(frame, data)

    def _finish(self) -> None:
        self._read_stray()

    def _read_stray(self) -> None:
        """Take the stray lines for an error; the last one may lack its line end, and then it was not reported."""
        text = "\n".join(self._stray)
        self._stray = []
        if text:
            found = parse_json(text + "}" * max(text.count("{") - text.count("}"), 0))
            error = found.get("error") if isinstance(found, dict) else None
            if error:
                self._error({**error, "type": error.get("status")} if isinstance(error, dict) else error)


_PARTS: dict[str, Any] = {
    "functionCall": Gemini._function_call,
    "executableCode": Gemini._code,
    "codeExecutionResult": Gemini._code_result,
    "inlineData": Gemini._blob,
    "fileData": Gemini._file,
    "toolCall": Gemini._tool,
    "toolResponse": Gemini._tool_result,
}


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    """Google's code assistants wrap each response: ``{"response": {"candidates": …}}``."""
    inner = data.get("response")
    return inner if isinstance(inner, dict) and "candidates" not in data else data


def _get(data: Any, name: str) -> Any:
    """A member by its name in camel case, or in snake case."""
    if not isinstance(data, dict):
        return None
    return data[name] if name in data else data.get(_SNAKE[name])


class _Snake(dict[str, str]):
    def __missing__(self, name: str) -> str:
        snake = self[name] = _CAPITAL.sub("_", name).lower()
        return snake


_SNAKE = _Snake()


def _name(value: Any) -> str:
    """An enumeration's value: its name, or the number of one that this version of the API does not name."""
    return value if isinstance(value, str) else str(value) if type(value) is int else ""


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
