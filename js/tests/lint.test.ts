import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const home = join(import.meta.dirname, "..");
const REFUSED = [
  "element.innerHTML = text;",
  "element.outerHTML += text;",
  'element.insertAdjacentHTML("beforeend", text);',
  "element.srcdoc = text;",
  "element.setHTMLUnsafe(text);",
  "document.createRange().createContextualFragment(text);",
  'new DOMParser().parseFromString(text, "text/html");',
  "document.write(text);",
  "eval(text);",
  "new Function(text)();",
  "void fetch(text);",
  "new WebSocket(text);",
];
const ALLOWED = ["element.textContent = text;", "element.append(text);", 'element.setAttribute("title", text);'];

it("the lint refuses what makes elements or code of text, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "lint-"));
  try {
    writeFileSync(join(folder, "biome.json"), JSON.stringify({ plugins: [join(home, "no-html.grit")] }));
    const head = "export function run(element: HTMLIFrameElement, text: string): void {";
    writeFileSync(join(folder, "written.ts"), [head, ...REFUSED, ...ALLOWED, "}", ""].join("\n"));
    const command = ["lint", "--max-diagnostics=none", "--colors=off", `--config-path=${folder}`, folder];
    const { stdout, stderr } = spawnSync(join(home, "node_modules", ".bin", "biome"), command, { encoding: "utf8" });
    const lines = [...(stdout + stderr).matchAll(/written\.ts:(\d+):\d+ plugin/g)].map((match) => Number(match[1]) - 2);
    const found = new Set(lines.map((line) => [...REFUSED, ...ALLOWED][line]));
    expect([...found]).toEqual(REFUSED);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("the lint is in force for all that is in the page", () => {
  const { overrides } = JSON.parse(readFileSync(join(home, "biome.json"), "utf8")) as { overrides: object[] };
  expect(overrides).toContainEqual({ includes: ["src/**/*.ts"], plugins: ["./no-html.grit"] });
});
