/** Documents that are one block, however long: each grows by whole words. The name says what it is. */

import { random } from "./random";

const WORDS =
  "the/oven/is/hot,/and *dough*/rests/for `8 h`/in a/**cool *dark* place**;/see [the book](https://b.example/x)/or [1]/for $x^2$ more:/~~no~~".split(
    /\/(?!x|\/|b)/,
  );

/** Words with markup among them that is closed before the next line. */
function words(next: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(next() * WORDS.length)]).join(" ");
}

/** By name: a text of about `size` characters. */
export const LONG: Record<string, (size: number) => string> = {
  "a fence": (size) => repeated(size, (next, i) => `${i === 0 ? "```py\n" : ""}    x = f(${i}) # ${words(next, 4)}\n`),
  "a fence in a list": (size) => repeated(size, (next, i) => (i === 0 ? "1. Do:\n\n   ```sh\n" : `   ls ${words(next, 3)}\n`)),
  "indented code": (size) => repeated(size, (next) => `    ${words(next, 5)}\n`),
  "a paragraph of many lines": (size) => repeated(size, (next) => `${words(next, 9)}\n`),
  "a paragraph of prices": (size) => repeated(size, (next, i) => `${words(next, 5)} $${i} and $${i + 1}.50\n`),
  "a paragraph in one line": (size) => repeated(size, (next) => `${words(next, 9)} `),
  "a line without spaces": (size) => repeated(size, () => "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"),
  "a line of Chinese": (size) => repeated(size, () => "披萨需要高筋面粉，水，盐和酵母。揉成面团以后"),
  "a tight list": (size) => repeated(size, (next, i) => `- ${words(next, 6)}${i % 5 === 0 ? `\n  ${words(next, 4)}` : ""}\n`),
  "a loose list": (size) => repeated(size, (next, i) => `${i + 1}. ${words(next, 6)}\n\n   ${words(next, 4)}\n\n`),
  "a list that becomes loose": (size) => repeated(size, (next, i) => `* ${words(next, 6)}\n${i > 20 && i % 9 === 0 ? "\n" : ""}`),
  "a list in a list": (size) => repeated(size, (next, i) => (i === 0 ? "1. top\n" : `   - ${words(next, 5)}\n     - ${words(next, 3)}\n`)),
  "one item of many blocks": (size) => repeated(size, (next, i) => `${i === 0 ? "-  " : "   "}${words(next, 12)}\n\n`),
  "a quote": (size) => repeated(size, (next, i) => `> ${i % 4 === 0 ? `## ${i}\n>\n> ` : ""}${words(next, 8)}\n`),
  "a list in a quote": (size) => repeated(size, (next, i) => `> ${i % 7 === 6 ? "  " : "- "}${words(next, 5)}\n`),
  "a table": (size) =>
    repeated(size, (next, i) => (i === 0 ? "| a | b | c |\n|:--|--:|---|\n" : `| ${words(next, 2)} | ${i} | ${words(next, 1)} |\n`)),
  "a table in a list": (size) =>
    repeated(size, (next, i) => (i === 0 ? "- t\n\n  | a | b |\n  |--|:-:|\n" : `  | ${words(next, 2)} | ${i} |\n`)),
  "many blocks": (size) => repeated(size, (next, i) => ["## H\n", "- a\n- b\n\n", "```\nx\n```\n"][i % 4] ?? `${words(next, 30)}\n\n`),
};

function repeated(size: number, piece: (next: () => number, i: number) => string): string {
  const next = random(size);
  let text = "";
  for (let i = 0; text.length < size; i++) text += piece(next, i);
  return text;
}
