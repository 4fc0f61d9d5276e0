"""From the server's send to the screen, in a real JupyterLab: latency, and bytes on the websocket for each token.

    python benchmarks/latency.py [tokens] [tokens/s]

The demo server runs in a process of its own and stamps each chunk. In the page, a probe looks at the merged answer once a frame and
notes when a token was first there. Both clocks are the machine's.
"""

# ruff: noqa: T201
from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import WebSocket, sync_playwright

from tests.browser.lab import Lab, browser_flags, browser_path
from tests.browser.notebook import Notebook

PROBE = """() => {
  const seen = (window.seen = {});
  let last = 0;
  const look = () => {
    const host = document.querySelector('.sse-widget [data-sw="output"]');
    if (host) {
      const numbers = host.textContent.slice(-400).match(/w(\\d{4,})/g);
      const newest = numbers ? Number(numbers[numbers.length - 1].slice(1)) : 0;
      const now = (performance.timeOrigin + performance.now()) / 1000;
      for (; last < newest; last++) seen[last + 1] = now;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def main(tokens: int, rate: float) -> None:
    """Run once and print the figures."""
    server = subprocess.Popen([sys.executable, "-u", "-m", "sse_widget.demo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = next(word for line in server.stdout for word in line.split() if word.startswith("http://")).rstrip(".,/")
    body = {"model": "count", "stream": True, "tokens": tokens, "rate": rate, "sent": True}
    start = f"import sse_widget as sw\nrun = sw.stream({url + '/v1/chat/completions'!r}, json={body!r})\nrun"
    lab = Lab(Path(tempfile.mkdtemp()))
    try:
        lab.wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            traffic = {"in": 0, "out": 0, "messages in": 0, "messages out": 0}

            def count(direction: str, payload: str | bytes) -> None:
                traffic[direction] += len(payload)
                traffic[f"messages {direction}"] += 1

            def watch(socket: WebSocket) -> None:
                socket.on("framereceived", lambda payload: count("in", payload))
                socket.on("framesent", lambda payload: count("out", payload))

            page.on("websocket", watch)
            notebook = Notebook(page, lab, ["import sse_widget as sw", start, "run.wait()\nNone"])
            notebook.run_cell(0)
            page.evaluate(PROBE)
            notebook.run_cell(1)
            page.locator('.sse-widget [data-sw="status"]').filter(has_text="Writing").wait_for()
            before = dict(traffic)
            first = int(page.evaluate("Math.max(0, ...Object.keys(window.seen).map(Number))"))
            page.locator('.sse-widget [data-sw="status"]').filter(has_text="Done").wait_for(timeout=120_000)
            page.wait_for_function("(n) => window.seen[n]", arg=tokens)
            seen = {int(k): v for k, v in page.evaluate("window.seen").items()}
            sent = notebook.kernel_eval("[e.json()['sent'] for e in run.events if ' w' in e.data]")
            ended = notebook.kernel_eval("repr(run)")
            browser.close()
    finally:
        lab.stop()
        server.kill()
    lag = sorted(seen[i + 1] - sent[i] for i in range(tokens))
    cuts = quantiles(lag, n=100)
    counted = tokens - first
    print(f"{tokens} tokens at {rate}/s: {ended}")
    print(f"send → visible: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, max {lag[-1] * 1000:.0f} ms")
    for direction in ("in", "out"):
        size, messages = (traffic[name] - before[name] for name in (direction, f"messages {direction}"))
        print(f"websocket {direction}: {size / counted:.0f} B per token in {messages} messages ({counted} tokens)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, float(sys.argv[2]) if len(sys.argv) > 2 else 200.0)
