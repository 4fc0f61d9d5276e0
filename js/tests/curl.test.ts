/** The command line is given to a real shell, which must see the very words that went in, and do nothing else. */

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { curlOf } from "../src/lazy/keep";
import { quoted } from "../src/lazy/keep-curl";
import { random } from "./random";

/** The words that a shell makes of a line, with curl as a function that tells them. */
function words(line: string): string[] {
  const script = `PATH=\ncurl() { printf '%s\\0' "$@"; }\n${line}\n`;
  const out = execFileSync("bash", ["--norc", "-c", script], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  return out.toString("utf8").split("\0").slice(0, -1);
}

const HOSTILE = [
  "it's; id",
  "'$(id)`id`\"\\",
  "!!",
  "a\nb\r\nc\td",
  "\u001b[201~\nid\n",
  "\u0003\u0015",
  "\u202eid\u2066",
  "\\'; id #\n",
  "!\n'\\",
  "\u009b31m",
  "é 🍕 日本\n",
  "",
  "@/etc/passwd",
];

describe("a word", () => {
  it("comes out of a shell as it went in", () => {
    expect(words(`curl ${HOSTILE.map(quoted).join(" ")}`)).toEqual(HOSTILE);
  });

  it("is so whatever stands in it", () => {
    const next = random(5);
    const letters = [..."'\"\\$`!#;&|<>(){}[]*?~ \n\r\t\u001b\u007f\u0085\u202eaé🍕0u"];
    const all = Array.from({ length: 400 }, () =>
      Array.from({ length: Math.floor(next() * 12) }, () => letters[Math.floor(next() * letters.length)]).join(""),
    );
    expect(words(`curl ${all.map(quoted).join(" ")}`)).toEqual(all);
  });

  it("holds nothing that a terminal would obey", () => {
    for (const text of HOSTILE) expect(quoted(text)).not.toMatch(/\p{Cc}|\u202e|\u2066/u);
  });
});

describe("a request", () => {
  const headers: [string, string][] = [
    ["content-type", "application/json"],
    ["authorization", "Bearer ***"],
    ["content-length", "12"],
    ["host", "h.test"],
    ["accept-encoding", "gzip"],
    ["x-empty", ""],
  ];
  it("becomes a command that asks the same", () => {
    const body = { a: "it's" };
    expect(words(curlOf({ method: "POST", url: "https://h.test/v1?q=[1]", headers, body }))).toEqual([
      ...["--no-buffer", "--globoff", "--url", "https://h.test/v1?q=[1]"],
      ...["-H", "content-type: application/json", "-H", "authorization: Bearer ***", "-H", "x-empty;"],
      ...["--compressed", "--data-raw", '{"a":"it\'s"}'],
    ]);
  });

  it("names its method where curl would take another", () => {
    const plain = { url: "http://h.test/", headers: [], body: null };
    expect(words(curlOf({ ...plain, method: "GET" }))).not.toContain("-X");
    expect(words(curlOf({ ...plain, method: "PUT" }))).toContain("PUT");
    expect(words(curlOf({ ...plain, method: "-o/x y" }))).not.toContain("-X");
  });

  it("gives nobody an option, a file or another header", () => {
    const told = words(
      curlOf({
        method: "POST",
        url: "@/etc/passwd",
        headers: [
          ["@/etc/passwd", "x"],
          ["x", "1\r\nevil: 2"],
          ["bad name", "x"],
        ],
        body: "@/etc/passwd\0",
      }),
    );
    expect(told.slice(3)).toEqual(["http://@/etc/passwd", "-H", "x: 1 evil: 2", "--data-raw", "@/etc/passwd"]);
  });
});
