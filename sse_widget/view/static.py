"""What remains of a session without a kernel and without a script: the answer as Markdown and as HTML, the timeline, the figures.

All of it goes into a second output beside the widget. Whatever a model, a server or a user wrote passes through `escape`, and nothing
in the HTML loads anything or runs.
"""

from __future__ import annotations

import html
import math
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from ..deltas import ERROR, META, REASONING, REFUSAL, STEP, TEXT, TOOL, USAGE
from ..findings import counted, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reading import Reading
    from ..run import Run

NAME = 200
LONGEST = 200_000
"""Characters of one text that are kept; a notebook with more of it is slow to open everywhere."""
WIDTH, HEIGHT = 720, 36
BINS = 240
# Readable on a light page and on a dark one, since nobody says which it will be.
_COLOURS = {
    META: "#8b95a0",
    USAGE: "#8b95a0",
    STEP: "#8b95a0",
    TEXT: "#3d8fdc",
    REASONING: "#a35fb5",
    TOOL: "#c49a1a",
    REFUSAL: "#d6533f",
    ERROR: "#d6533f",
}
_RANK = (ERROR, REFUSAL, TOOL, TEXT, REASONING, USAGE, STEP, META)
# What turns text round or hides it; in a page of others it must not reach beyond our own lines.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def escape(text: str) -> str:
    """The one way by which text comes into static HTML."""
    return html.escape(_CONTROL.sub("\ufffd", _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)), quote=True)


def bundle(runs: Sequence[Run]) -> dict[str, str]:
    """The second output as a mime bundle."""
    return {
        "text/html": "".join(_html(run) for run in runs),
        "text/markdown": "\n\n".join(_markdown(run) for run in runs),
        "text/plain": "\n\n".join(_plain(run) for run in runs),
    }


# --- HTML ----------------------------------------------------------------------------------------------------------------
def _html(run: Run) -> str:
    output, tell = run.output, run.source.redactor.text
    parts = [timeline(run.reading)]
    if output.reasoning:
        parts.append(f"<details><summary>Thinking</summary>{_block(tell(output.reasoning))}</details>")
    for call in output.tool_calls:
        parts.append(f"<p><b>{escape(_name(tell(call.name or 'tool')))}</b></p>{_block(tell(call.arguments))}")
    if output.text:
        parts.append(_block(tell(output.text)))
    if output.refusal:
        parts.append(f"<p><b>Refused:</b></p>{_block(tell(output.refusal))}")
    if run.error is not None:
        parts.append(f"<p><b>{escape(type(run.error).__name__)}</b>: {escape(tell(str(run.error)))}</p>")
    # Hosts set formulas in the outputs of cells (by MathJax, of JupyterLab 4.6): not in a text that may be a megabyte of dollars.
    return f'<details class="mathjax_ignore"><summary>{escape(tell(headline(run)))}</summary>{"".join(parts)}</details>'


def _name(text: str) -> str:
    """A name that a server may have chosen: one of a megabyte says no more than its beginning."""
    return text if len(text) <= NAME else text[:NAME] + "…"


def _block(text: str) -> str:
    shown, more = text[:LONGEST], len(text) - LONGEST
    note = f"<p>… {more:,} more characters are not kept here.</p>" if more > 0 else ""
    return f'<pre dir="auto" style="white-space: pre-wrap; overflow-wrap: anywhere; font-family: inherit">{escape(shown)}</pre>{note}'


def headline(run: Run) -> str:
    """One line: what it was, how it ended, how long it took."""
    metrics, output = run.metrics, run.output
    name = run.name or output.model or output.dialect or run.source.label
    facts = [_name(name), run.status]
    if metrics.first_token is not None:
        facts.append(f"first token {seconds(metrics.first_token)}")
    if metrics.end is not None:
        facts.append(seconds(metrics.end))
    if metrics.tokens:
        facts.append(
            counted(metrics.tokens, "token") if metrics.tokens_source == "usage" else counted(metrics.chunks, "event") + " with content"
        )
    if metrics.tokens_per_s is not None:
        facts.append(f"{metrics.tokens_per_s:,.0f}/s")
    return " · ".join(facts)


def timeline(reading: Reading) -> str:
    """All frames on one line, as an inline SVG: what came when, by its channel, as dense as it came."""
    times, channels = reading.frames.times, bytes(reading.channels)
    count = min(len(times), len(channels))
    if not count:
        return ""
    end = max(reading.metrics().end or 0.0, times[count - 1], 1e-6)
    columns, at = [], 0
    for place in range(BINS):  # by halving, and not frame by frame: there may be 100,000
        stop = bisect_left(times, end * (place + 1) / BINS, at, count) if place < BINS - 1 else count
        if stop > at:
            here = channels[at:stop]
            columns.append((place, {channel: here.count(channel) for channel in _RANK if channel in here}))
        at = stop
    most = max(sum(row.values()) for _, row in columns)
    drawn: dict[str, list[str]] = {}
    for place, row in columns:
        total = sum(row.values())
        height = max(4.0, HEIGHT * math.sqrt(total / most))  # or one burst would flatten all the rest
        top = HEIGHT - height
        for channel, number in row.items():
            part = height * number / total
            drawn.setdefault(_COLOURS[channel], []).append(f"M{place} {top:.1f}v{part:.1f}")
            top += part
    bars = [f'<path stroke="{colour}" d="{"".join(lines)}"/>' for colour, lines in drawn.items()]
    label = f"Timeline: {count:,} frames in {seconds(end)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="{WIDTH}" height="{HEIGHT + 16}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT + 16}" style="max-width: 100%; height: auto"><title>{label}</title>'
        f'<g transform="scale({WIDTH / BINS:g} 1) translate(.4)" stroke-width=".8">{"".join(bars)}</g>'
        f'<text x="0" y="{HEIGHT + 13}" font-size="11" fill="#767f89">0 s</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 13}" font-size="11" fill="#767f89" text-anchor="end">{seconds(end)}</text></svg>'
    )


# --- Markdown and text ---------------------------------------------------------------------------------------------------
def _markdown(run: Run) -> str:
    output, tell = run.output, run.source.redactor.text
    text = tell(output.text or output.refusal)[:LONGEST]
    said = f"*{_inline(tell(headline(run)))}*"
    calls = [
        f"**{_inline(_name(tell(call.name or 'tool')))}** `{tell(call.arguments).replace('`', chr(0x2CB))[:2000]}`"
        for call in output.tool_calls
    ]
    error = [f"**{_inline(tell(str(run.error)))}**"] if run.error is not None else []
    return "\n\n".join([said, *calls, *([harmless(text)] if text else []), *error])


def _inline(text: str) -> str:
    text = _CONTROL.sub("\ufffd", _TURNING.sub("", text)).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text.replace("\n", " "))


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def harmless(text: str) -> str:
    """Markdown of a model's as it may be given to any viewer: no image is loaded and no HTML is run, outside of code all the same."""
    lines, fence = [], ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            lines.append(line)
        elif found:
            fence = found[1]
            lines.append(line)
        else:
            # An image becomes a link; "<" is no longer the beginning of a tag, nor of an address.
            lines.append(_CONTROL.sub("\ufffd", _outside_code(line)))
    if fence:  # one that was left open would swallow what comes after it
        lines.append(fence)
    return "\n".join(lines)


_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def _outside_code(line: str) -> str:
    made, at = [], 0
    for span in _CODE.finditer(line):
        made += [_tame(line[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*made, _tame(line[at:])])


def _tame(text: str) -> str:
    return text.replace("![", "[").replace("<", "&lt;")


def _plain(run: Run) -> str:
    text = run.source.redactor.text(run.output.text or run.output.refusal)
    return _CONTROL.sub("\ufffd", f"{run.source.redactor.text(headline(run))}\n{text[:LONGEST]}").rstrip()
