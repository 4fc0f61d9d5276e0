/** Colours for code, by highlight.js. Not in the main bundle: the page asks the kernel for it when the first block of code is complete. */

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

hljs.configure({ classPrefix: "sw-h-" });
const LANGUAGES = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  makefile,
  markdown,
  php,
  powershell,
  python,
  r,
  ruby,
  rust,
  shell,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/**
 * Colour a text.
 *
 * @param language as a fence names it
 * @returns nodes that show exactly this text; null: the language is not known, or what came back is not that
 */
export function render(text: string, language: string): DocumentFragment | null {
  if (!hljs.getLanguage(language) || LONG_WORD.test(text)) return null;
  return fragmentOf(hljs.highlight(text, { language, ignoreIllegals: true }).value, text);
}

/** Patterns of numbers try a word again from each of its letters. */
const LONG_WORD = /\w{1000}/;
/** Colours within colours: browsers lay out by recursion, and thousands hold up the page. */
const DEEPEST = 50;
const PIECE = /<span class="([\w -]*)">|<\/span>|&(amp|lt|gt|quot|#x27);|[^<&]+/gy;
const SIGNS: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

/** What highlight.js writes is spans and text, and nothing else is read here: so the code, which a model wrote, stays text. */
export function fragmentOf(html: string, text: string): DocumentFragment | null {
  const root = document.createDocumentFragment();
  let top: ParentNode & Node = root;
  let words = "";
  const write = (): void => {
    if (words !== "") top.append(words);
    words = "";
  };
  PIECE.lastIndex = 0;
  let read = 0;
  let depth = 0;
  for (let match = PIECE.exec(html); match; match = PIECE.exec(html)) {
    read = PIECE.lastIndex;
    if (match[1] !== undefined) {
      if (++depth > DEEPEST) continue;
      write();
      const span = document.createElement("span");
      span.className = match[1];
      top.append(span);
      top = span;
    } else if (match[0] === "</span>") {
      if (depth-- > DEEPEST) continue;
      write();
      top = (top.parentNode ?? root) as ParentNode & Node;
    } else words += match[2] ? SIGNS[match[2]] : match[0];
  }
  write();
  return read === html.length && root.textContent === text ? root : null;
}
