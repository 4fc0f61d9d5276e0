"""What 10,000 events cost to look back on: the slider under the timeline moved forth, back and anywhere, in the page as one file."""

from __future__ import annotations

import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from sse_widget.recording import Recording
from tests.chat import say

from .figures import percentile
from .measure import metrics

EVENTS = 10_000
STEPS = 200
FINE = 2000
"""Steps of the slider, as the page has it."""
WORDS = re.split(" ", "the model writes one token after another and **bold** `code` of it is\n\n- an item\n- and more\n\n## A heading\n\n")
# From the input to behind the frame that shows it. `late`: what the answer's text was then is not what it is in the end.
MOVE = """async (values) => {
  const slider = document.querySelector('[data-sw="scrub"]');
  const text = () => document.querySelector('[data-sw="answer"]')?.textContent.length ?? 0;
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const found = { times: [], late: 0 };
  for (const value of values) {
    slider.value = value;
    const begun = performance.now();
    slider.dispatchEvent(new Event('input'));
    await frame();
    found.times.push(performance.now() - begun);
    const then = text();
    for (let i = 0; i < 3; i++) await frame();
    if (text() !== then) found.late++;
  }
  return found;
}"""


def recording() -> Recording:
    """Text that is hard to lay out: a new block with every fifth token, and headings among them. The same each time."""
    choose = random.Random(1)
    made = Recording(name="ten thousand events")
    made._restore(0.1, "mark", b"", {"mark": "open", "status": 200})
    for i in range(EVENTS):
        made._restore(0.2 + i / 500, "chunk", f"data: {json.dumps(say(choose.choice(WORDS) + ' '))}\n\n".encode(), None)
    made._restore(1 + EVENTS / 500, "mark", b"", {"mark": "close"})
    made._restored()
    made.content_type = "text/event-stream"
    return made


def scrub(browser: Browser) -> dict[str, dict[str, Any]]:
    """Gives for each way of moving: ms from the input to its frame, ms of CPU of the main thread for each step, and steps shown late."""
    choose = random.Random(2)
    step = FINE // STEPS
    ways = {
        "forth": list(range(0, FINE + 1, step)),
        "back": list(range(FINE, -1, -step)),
        "anywhere": [choose.randint(0, FINE) for _ in range(STEPS + 1)],
    }
    file = recording().to_html(Path(tempfile.mkdtemp(prefix="bench-")) / "ten.html")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(file.as_uri())
        page.locator('[data-sw="answer"]:not([data-open])').wait_for()
        page.locator('[data-sw="tokens-list"] [data-f]').first.wait_for()
        debugger = page.context.new_cdp_session(page)
        debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
        found = {}
        for name, values in ways.items():
            before = metrics(debugger)
            moved = page.evaluate(MOVE, [str(value) for value in values])
            after = metrics(debugger)
            times = moved["times"]
            found[name] = {
                "p50": percentile(times, 0.5),
                "p95": percentile(times, 0.95),
                "max": max(times),
                "cpu": (after["TaskDuration"] - before["TaskDuration"]) * 1000 / len(times),
                "late": moved["late"],
            }
        return found
    finally:
        page.close()
