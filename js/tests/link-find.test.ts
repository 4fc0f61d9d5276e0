import { afterEach, describe, expect, it } from "vitest";
import { KernelLink } from "../src/link";
import type { Model } from "../src/link-kernel";
import { readAnswer } from "../src/validate";

/** A kernel that answers each command with what the test says. */
function kernel(answer: (command: Record<string, unknown>) => unknown, signal: AbortSignal): { link: KernelLink; asked: unknown[] } {
  const listeners: ((...values: unknown[]) => void)[] = [];
  const asked: unknown[] = [];
  const model: Model = {
    get: () => undefined,
    on: (_name, callback) => void listeners.push(callback),
    off: () => {},
    send(content) {
      const command = content as Record<string, unknown>;
      asked.push(command);
      queueMicrotask(() => {
        for (const each of listeners) each({ id: command.id, ...(answer(command) as object) });
      });
    },
  };
  return { link: new KernelLink(model, signal), asked };
}

describe("questions about the data of many frames", () => {
  let ending = new AbortController();
  afterEach(() => {
    ending.abort();
    ending = new AbortController();
  });

  it("are sent as they are asked, and answered", async () => {
    const answers = { find: { type: "find", frames: [3, 5], next: 9 }, lines: { type: "lines", text: "{}\n", count: 1 } };
    const { link, asked } = kernel((command) => answers[command.type as keyof typeof answers], ending.signal);
    expect(await link.find("1", { path: "$.a" }, 2)).toMatchObject({ frames: [3, 5], next: 9 });
    expect(await link.lines("1", [3, 5])).toMatchObject({ text: "{}\n", count: 1 });
    expect(asked).toEqual([
      { type: "find", id: 1, lane: "1", from: 2, path: "$.a" },
      { type: "lines", id: 2, lane: "1", frames: [3, 5] },
    ]);
  });

  it("reject with the kernel's own sentence", async () => {
    const { link } = kernel(() => ({ type: "error", message: "'$[' is not a JSONPath." }), ending.signal);
    await expect(link.find("1", { path: "$[" }, 0)).rejects.toThrow("'$[' is not a JSONPath.");
  });

  it.each([
    [{ type: "find", id: 1, frames: [1], next: 2 }, true],
    [{ type: "find", id: 1, frames: ["1"], next: 2 }, false],
    [{ type: "find", id: 1, frames: [1] }, false],
    [{ type: "lines", id: 1, text: "", count: 0 }, true],
    [{ type: "lines", id: 1, text: 3, count: 0 }, false],
  ])("take only what is an answer: %j", (message, right) => expect(readAnswer(message) !== null).toBe(right));
});
