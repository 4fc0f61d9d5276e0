/**
 * A request as a command line for curl. Whatever stands in it comes from somebody else: nothing of it may end a quote, be read as an
 * option or a file's name, or, pasted into a terminal, be obeyed by that.
 */

import type { RequestInfo } from "../protocol";

/** Names of headers and methods; anything else is none (RFC 9110, 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** What curl says by itself, and better. */
const OWN = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding"]);
/** Control characters, which a terminal obeys (one of them ends a paste), those that turn the line around, and halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

/** A word for a POSIX shell; with characters that are not to be typed, in the form that bash, zsh and ksh know. */
export function quoted(text: string): string {
  if (!UNSEEN.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = [...text.replace(/\p{Cs}/gu, "\ufffd")].map((char) => {
    if (char === "\n") return "\\n";
    if (char === "\\" || char === "'") return `\\${char}`;
    // An older bash looks for its history's "!" in quotes of this kind.
    if (!UNSEEN.test(char) && char !== "!") return char;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `$'${escaped.join("")}'`;
}

/** Secrets are masked in what the page knows, and so they are here. A NUL can be in no argument, and is left out. */
export function curlOf({ method, url, headers, body }: RequestInfo): string {
  const word = (text: string): string => quoted(text.replaceAll("\0", ""));
  // A newer curl takes a URL that begins with @ for a file's name.
  const lines = [`curl --no-buffer --globoff --url ${word(/^https?:/i.test(url) ? url : `http://${url}`)}`];
  if (TOKEN.test(method) && method !== (body === null ? "GET" : "POST")) lines.push(`-X ${word(method)}`);
  for (const [name, value] of headers) {
    if (!TOKEN.test(name) || OWN.has(name.toLowerCase())) continue;
    // A line end in a value would be another header; without a value curl takes the header away unless it ends so.
    const flat = value.replace(/[\r\n]+/g, " ");
    lines.push(`-H ${word(flat === "" ? `${name};` : `${name}: ${flat}`)}`);
  }
  if (headers.some(([name]) => name.toLowerCase() === "accept-encoding")) lines.push("--compressed");
  if (body !== null) lines.push(`--data-raw ${word(typeof body === "string" ? body : JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}
