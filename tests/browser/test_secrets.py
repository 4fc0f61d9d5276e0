"""A canary in a real notebook: echoed by the server in every way, and found in nothing that leaves the kernel.

Looked through are the page (its DOM, its console, what it copies), every frame of its websockets in both directions, the notebook as
it is saved, with the widgets' state, the outputs of cells that fail at IPython's most talkative, all logs, and what the server printed.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, WebSocket, expect

from ..canary import CANARY, tell_nothing
from ..support import Connection, RawServer
from .cells import IMPORT, expect_status, part, until
from .conftest import OpenNotebook

TALKATIVE = """
import logging, os, pathlib, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
get_ipython().run_line_magic("xmode", "Verbose")
"""
SPELLED = [
    CANARY,
    CANARY.upper(),
    quote(CANARY, safe=""),
    json.dumps(CANARY)[1:-1].replace("-", "\\u002d"),
    base64.b64encode(f"me:{CANARY}".encode()).decode(),
]


def chunk(delta: dict[str, object], index: int = 0) -> bytes:
    data = {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": index, "delta": delta, "finish_reason": None}]}
    return f"data: {json.dumps(data)}\n\n".encode()


def echo(connection: Connection) -> None:
    """Say the key in every spelling, cut at every place, as text, as a thought, as arguments, and where nobody would look for it."""
    headers = {"X_Echo": CANARY, "Set_Cookie": f"sid={CANARY}", "X_Request_Id": CANARY}
    if "/401" in connection.head:
        connection.start("401 Unauthorized", "application/json", **headers)
        connection.chunk(json.dumps({"error": {"message": f"Incorrect API key provided: {CANARY}"}}).encode())
        return connection.end()
    if "/elsewhere" in connection.head:
        connection.start("307 Temporary Redirect", Location=f"http://other.invalid/?key={quote(CANARY, safe='')}")
        return connection.end()
    connection.start(**headers)
    wire = f": {CANARY}\n\nevent: {CANARY}\nid: {CANARY}\ndata: x\n\nodd {CANARY}\n\n".encode()
    wire += chunk({"tool_calls": [{"index": 0, "id": CANARY, "type": "function", "function": {"name": CANARY, "arguments": ""}}]})
    for spelled in SPELLED:
        for cut in range(0, len(spelled), 3):
            for piece in (f"a key: {spelled[:cut]}", f"{spelled[cut:]} was given. "):
                wire += chunk({"content": piece}) + chunk({"reasoning_content": piece})
                wire += chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    wire += b"data: [DONE]\n\n"
    for at in range(0, len(wire), 997):  # where chunks end has nothing to do with where events do
        connection.chunk(wire[at : at + 997])
    connection.end()


class Wire:
    """Everything that a page's websockets carry."""

    def __init__(self, page: Page) -> None:
        self.carried: list[bytes] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        for event in ("framereceived", "framesent"):
            socket.on(event, lambda payload: self.carried.append(payload if isinstance(payload, bytes) else payload.encode()))

    @property
    def text(self) -> str:
        return b"\n".join(self.carried).decode("utf-8", "replace")


def test_the_canary_is_nowhere(open_notebook: OpenNotebook, raw: RawServer, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(CANARY)
    url = raw.serve(echo)
    headers = '{"Authorization": "Bearer env:CANARY_KEY", "x-tenant": "env:CANARY_KEY"}'
    asked = (
        f'headers={headers}, params={{"key": "env:CANARY_KEY"}}, json={{"api_key": "env:CANARY_KEY", "stream": True}}, secrets=["x-tenant"]'
    )
    notebook = open_notebook(
        f"{IMPORT}\n{TALKATIVE}\nos.environ['CANARY_KEY'] = pathlib.Path({str(key)!r}).read_text()",
        f"run = sw.stream({url + '/v1'!r}, log=True, {asked})\nrun.wait()",
        f"failed = sw.stream({url + '/401'!r}, {asked})\nfailed.wait()",
        "%tb",
        f"sw.stream({url + '/elsewhere'!r}, {asked}).wait()",
        f"sw.stream('http://127.0.0.1:1/?key=env:CANARY_KEY', reconnect=None, {asked}).wait()",
        f"sw.stream({url!r}, timeout='soon', {asked})",
        "sw.stream(iter([{'t': os.environ['CANARY_KEY']}]), parse=int, secrets=['env:CANARY_KEY']).wait()",
        "run, run.widget, run.recording, run.error, failed.error, run.findings, run.recording.request, failed.recording.response",
    )
    page = notebook.page
    wire = Wire(page)
    notebook.reload()  # its websockets were there before we listened
    for index in range(notebook.cells()):
        notebook.start_cell(index)
        notebook.wait_cell(index)
    notebook.wait_idle()
    assert notebook.kernel_eval("run.text.count(os.environ['CANARY_KEY'])") > 5  # in the kernel everything is what it was
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect(part(widget, "answer")).to_contain_text("•••• was given.")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen = [page.content()]
    for pane in ("Events", "Charts", "Request"):
        widget.get_by_role("tab", name=pane).click()
        seen.append(page.content())
    widget.get_by_role("tab", name="Events").click()
    part(widget, "copy-listed").click()
    expect(part(widget, "copy-listed")).to_have_text(re.compile("Copied"))
    copied: str = page.evaluate("navigator.clipboard.readText()")
    seen.append(copied)
    grid = part(widget, "events-grid")
    grid.focus()
    for _ in range(12):  # the detail of one event after another, of which some hold a part of the key
        page.keyboard.press("ArrowDown")
        expect(part(widget, "detail-data")).not_to_be_empty()
        seen.append(page.content())
    saved = notebook.save().read_text("utf-8")
    notebook.reload()
    until(page, lambda: notebook.widget().count(), lambda count: count > 0)
    seen += [page.content(), *notebook.console, notebook.lab.log.read_text("utf-8", "replace"), saved, wire.text]
    lines = [json.loads(line) for line in copied.splitlines()]
    assert len(lines) == notebook.kernel_eval("len(run.recording.frames)")
    seen += ["".join(pieces) for pieces in zip(*map(texts_of, (line["data"] for line in lines)), strict=True)]
    assert "Incorrect API key provided: ***" in saved
    assert "StatusError" in saved
    assert '"application/vnd.jupyter.widget-view+json"' in saved
    assert "Token: " in saved
    assert len(wire.carried) > 50
    for text in seen:
        tell_nothing(text)


def texts_of(data: str) -> tuple[str, str, str]:
    """What a chunk adds to the answer, to the thought and to the arguments."""
    try:
        delta = json.loads(data)["choices"][0]["delta"]
    except (ValueError, LookupError):
        return "", "", ""
    calls = delta.get("tool_calls") or [{"function": {}}]
    return delta.get("content", ""), delta.get("reasoning_content", ""), calls[0]["function"].get("arguments", "")
