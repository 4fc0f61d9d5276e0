import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { announcer } from "../src/announce";
import { h, listen, replace, setAttribute, setHidden, setText, svg } from "../src/dom";
import { afterDraws, onFrame, turn } from "../src/frame";

describe("dom", () => {
  it("makes elements of text, never of markup", () => {
    const element = h("p", { class: "x", hidden: true, title: false, "data-n": 3 }, "<b>", 1, null, false, h("i", null, "k"));
    expect(element.outerHTML).toBe('<p class="x" hidden="" data-n="3">&lt;b&gt;1<i>k</i></p>');
    expect(svg("rect", { width: 2 }).namespaceURI).toBe("http://www.w3.org/2000/svg");
  });
  it.each(["onclick", "ONLOAD", "srcdoc"])("refuses %s", (name) => {
    expect(() => h("p", { [name]: "x" })).toThrow(TypeError);
    expect(() => setAttribute(h("p"), name, "x")).toThrow(TypeError);
  });
  it("changes only what differs", () => {
    const element = h("p", { title: "a" }, "text");
    const node = element.firstChild;
    setText(element, "text");
    expect(element.firstChild).toBe(node);
    setText(element, "other");
    setAttribute(element, "title", "b");
    setAttribute(element, "class", null);
    expect(element.outerHTML).toBe('<p title="b">other</p>');
    replace(element, "x", null, h("b"));
    expect(element.innerHTML).toBe("x<b></b>");
  });
  it("leaves alone what is hidden already", async () => {
    const element = h("p");
    const records: MutationRecord[] = [];
    const observer = new MutationObserver((found) => records.push(...found));
    observer.observe(element, { attributes: true });
    for (const hidden of [false, true, true]) setHidden(element, hidden);
    await new Promise((resolve) => setTimeout(resolve));
    observer.disconnect();
    expect([records.length, element.hidden]).toEqual([1, true]);
  });
  it("listens until the signal aborts", () => {
    const [button, ends, heard] = [h("button"), new AbortController(), vi.fn()];
    listen(button, "click", heard, ends.signal);
    button.click();
    ends.abort();
    button.click();
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe("with fake timers", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("draws once a frame, again when asked while drawing, never after the end", () => {
    const ends = new AbortController();
    let draws = 0;
    const request = onFrame(() => {
      if (++draws === 1) request();
    }, ends.signal);
    request();
    request();
    vi.advanceTimersToNextFrame();
    expect(draws).toBe(1);
    vi.advanceTimersToNextFrame();
    vi.advanceTimersByTime(1000);
    expect(draws).toBe(2);
    request();
    ends.abort();
    request();
    vi.advanceTimersByTime(1000);
    expect(draws).toBe(2);
  });
  it("draws all widgets in one frame, and asks for sizes when all are drawn", () => {
    const ends = new AbortController();
    const done: string[] = [];
    const frames = vi.spyOn(globalThis, "requestAnimationFrame");
    const requests = ["a", "b"].map((name) =>
      onFrame(() => {
        done.push(name);
        afterDraws(() => done.push(`${name} read`));
      }, ends.signal),
    );
    for (const request of requests) request();
    expect(frames).toHaveBeenCalledTimes(1);
    frames.mockRestore();
    vi.advanceTimersToNextFrame();
    ends.abort();
    expect(done).toEqual(["a", "b", "a read", "b read"]);
  });
  it("lets each widget have its turn, one in a frame", () => {
    const ends = new AbortController();
    const had: string[] = [];
    const requests = ["a", "b"].map((name) => onFrame(() => had.includes(name) || (turn() && had.push(name)), ends.signal));
    for (let i = 1; i <= 2; i++) {
      for (const request of requests) request();
      vi.advanceTimersToNextFrame();
      expect(had).toEqual(["a", "b"].slice(0, i));
    }
    ends.abort();
  });
  it("draws the others when one fails, or ends another", () => {
    const ends = new AbortController();
    const ended = new AbortController();
    const drawn: string[] = [];
    const requests = [
      onFrame(() => {
        ended.abort();
        throw new Error("a mistake");
      }, ends.signal),
      onFrame(() => drawn.push("ended"), ended.signal),
      onFrame(() => drawn.push("other"), ends.signal),
    ];
    for (const request of requests) request();
    vi.advanceTimersToNextFrame();
    expect(drawn).toEqual(["other"]);
    expect(() => vi.advanceTimersByTime(1)).toThrow("a mistake");
    ends.abort();
  });
  it("draws without frames too", () => {
    vi.stubGlobal("requestAnimationFrame", () => 1);
    const draw = vi.fn();
    onFrame(draw, new AbortController().signal)();
    vi.advanceTimersByTime(250);
    vi.unstubAllGlobals();
    expect(draw).toHaveBeenCalledTimes(1);
  });

  it("speaks whole sentences, at most every three seconds", () => {
    const { element, follow, say } = announcer(new AbortController().signal);
    const spoken: [number, string][] = [];
    const begin = Date.now();
    const note = () => {
      const text = element.textContent ?? "";
      if (spoken.at(-1)?.[1] !== text && text !== "") spoken.push([Date.now() - begin, text]);
    };
    const pass = (time: number) => {
      for (let step = 0; step <= time; step += 10, note()) vi.advanceTimersByTime(step === 0 ? 0 : 10);
    };
    say("thinking");
    say("writing");
    pass(0);
    const words = "One two. Three four! Five six seven? Eight".split(/(?<= )/);
    for (const word of words) {
      follow(word, false);
      pass(700);
    }
    follow("", true);
    say("done");
    pass(10_000);
    expect(spoken.map(([, text]) => text)).toEqual(["writing", "One two. Three four!", "Five six seven? Eight done"]);
    for (let i = 1; i < spoken.length; i++) expect((spoken[i]?.[0] ?? 0) - (spoken[i - 1]?.[0] ?? 0)).toBeGreaterThanOrEqual(3000);
    expect([element.getAttribute("role"), element.getAttribute("aria-live")]).toEqual(["status", "polite"]);
  });
  it("leaves out what nobody could listen to", () => {
    const { element, follow } = announcer(new AbortController().signal);
    follow("A sentence. ".repeat(1000), false);
    vi.advanceTimersByTime(10);
    expect(element.textContent).toMatch(/^… .*sentence\.$/);
    expect(element.textContent?.length).toBeLessThanOrEqual(402);
  });
  it("is silent after the end", () => {
    const ends = new AbortController();
    const { element, say } = announcer(ends.signal);
    say("a");
    ends.abort();
    say("b");
    vi.advanceTimersByTime(5000);
    expect(element.textContent).toBe("");
  });
});

describe("the source", () => {
  const source = join(import.meta.dirname, "..", "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  it.each(files)("%s never makes elements of text, nor code of it", (name) => {
    // Two parse text into a document that nobody sees, and take from it only text, or elements by an allow list.
    const parser = ["lazy/math.ts", "markdown/lean/entities.ts"].includes(name) ? "new DOMParser().parseFromString(" : "";
    const text = readFileSync(join(source, name), "utf8").replace(parser, "");
    const found =
      /\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|parseFromString|document\.write|eval|Function)\s*[(=]/.exec(text);
    expect(found?.[0]).toBeUndefined();
  });
  it.each(files)("%s opens no connection", (name) => {
    const text = readFileSync(join(source, name), "utf8");
    expect(/\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\s*\(/.exec(text)?.[0]).toBeUndefined();
  });
});
