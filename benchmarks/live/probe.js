/**
 * In the page, before anything else: when does each marker become visible, how even are the frames, what goes over the websockets?
 *
 * A marker counts as visible in the first frame in whose layout it is part of the text. A ResizeObserver that is set anew in each frame
 * is called in that frame after style and layout and before paint, whether the text was changed by a message or in an animation frame;
 * asking in an animation frame of our own would see what others do in theirs a frame too late. Only the last few hundred characters are
 * looked at, from the end backwards, so the cost does not depend on the text's length.
 */
(() => {
  const REACH = 600;
  const MARKER = /\[\[(\d+)\]\]/g;
  const ASSET = /"type": ?"asset"/;
  const FIRST = new TextEncoder().encode("[[0]]");
  const bench = {
    armed: false, done: false, seen: [], gaps: [], long: [], frames: 0, last: [], roots: () => [],
    traffic: { in: 0, out: 0, messagesIn: 0, messagesOut: 0, once: 0 }, firstMessage: null, firstText: null, sockets: 0,
  };
  window.bench = bench;

  /** The last characters under a node, through shadow roots. */
  function tail(node, limit) {
    if (node.nodeType === Node.TEXT_NODE) return node.length > limit ? node.substringData(node.length - limit, limit) : node.data;
    let text = "";
    for (let child = (node.shadowRoot ?? node).lastChild; child && text.length < limit; child = child.previousSibling) {
      if (child.nodeName === "STYLE" || child.nodeName === "SCRIPT") continue;
      text = tail(child, limit - text.length) + text;
    }
    if (text.length < limit && node.shadowRoot) {
      for (let child = node.lastChild; child && text.length < limit; child = child.previousSibling) text = tail(child, limit - text.length) + text;
    }
    return text;
  }

  /** Looked for until they are all there, and again when one has gone: a search goes through the whole document. */
  let known = [];
  function roots() {
    if (known.length !== bench.last.length || known.some((root) => !root?.isConnected)) known = bench.roots();
    return known;
  }

  function look() {
    const now = performance.timeOrigin + performance.now();
    const roots_ = roots();
    let complete = roots_.length === bench.last.length;
    for (let i = 0; i < bench.last.length; i++) {
      const seen = bench.seen[i];
      if (roots_[i] && seen.length <= bench.last[i]) {
        let newest = -1;
        for (const [, number] of tail(roots_[i], REACH).matchAll(MARKER)) newest = Math.max(newest, Number(number));
        if (newest >= 0) bench.firstText ??= now;
        while (seen.length <= newest) seen.push(now);
      }
      complete &&= seen.length > bench.last[i];
    }
    bench.done = complete;
  }

  const observer = new ResizeObserver(() => look());
  const beacon = document.createElement("div");
  beacon.style.cssText = "position:fixed;width:1px;height:1px;visibility:hidden;contain:strict";
  let before = 0;
  function frame(time) {
    if (!bench.armed) return;
    if (before) bench.gaps.push(time - before);
    before = time;
    bench.frames++;
    observer.unobserve(beacon);
    observer.observe(beacon);
    requestAnimationFrame(frame);
  }

  /** Begin. last: number of the last marker of each stream. roots: where each stream's text is shown; may not be there yet. */
  bench.arm = (last, roots) => {
    document.body.append(beacon);
    Object.assign(bench, { armed: true, done: false, last, roots, seen: last.map(() => []), gaps: [], long: [], frames: 0, firstMessage: null, firstText: null });
    bench.traffic = { in: 0, out: 0, messagesIn: 0, messagesOut: 0, once: 0 };
    before = 0;
    requestAnimationFrame(frame);
  };
  bench.disarm = () => {
    bench.armed = false;
    beacon.remove();
    const { seen, gaps, long, frames, traffic, firstMessage, firstText } = bench;
    return { seen, gaps, long, frames, traffic, firstMessage, firstText };
  };
  /** Numbers of the markers that the whole text of each root holds now. */
  bench.held = () => bench.roots().map((root) => [...new Set([...tail(root, Infinity).matchAll(MARKER)].map(([, number]) => Number(number)))]);

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (bench.armed) bench.long.push(entry.duration);
  }).observe({ type: "longtask" });

  // Counted here and not by the debugger, which would copy every message into the debugging protocol on the page's own thread.
  const size = (data) => (typeof data === "string" ? data.length : (data.byteLength ?? data.size ?? 0));
  const bytes = (data) => (typeof data === "string" ? new TextEncoder().encode(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : null);
  const head = (data) => (typeof data === "string" ? data.slice(0, 4096) : new TextDecoder("latin1").decode(bytes(data).subarray(0, 4096)));
  function carriesFirst(data) {
    const all = bytes(data);
    for (let at = all ? all.indexOf(FIRST[0]) : -1; at >= 0; at = all.indexOf(FIRST[0], at + 1)) {
      if (FIRST.every((byte, i) => all[at + i] === byte)) return true;
    }
    return false;
  }
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      bench.sockets++;
      this.addEventListener("message", ({ data }) => {
        if (!bench.armed) return;
        // A part of the front end, asked for when first needed: once for a widget, like the bundle, and not for each token.
        bench.traffic[size(data) > 4096 && ASSET.test(head(data)) ? "once" : "in"] += size(data);
        bench.traffic.messagesIn++;
        if (bench.firstMessage === null && carriesFirst(data)) bench.firstMessage = performance.timeOrigin + performance.now();
      });
    }
    send(data) {
      if (bench.armed) {
        bench.traffic.out += size(data);
        bench.traffic.messagesOut++;
      }
      super.send(data);
    }
  };
})();
