/** Putting text on the clipboard or into a file, and events as JSON lines: their data is fetched from the kernel in pages. */

import { h } from "../dom";
import type { Link } from "../link";
import type { Lane } from "../store";

/** Frames that are asked for at a time; the kernel gives as many of them as one message should hold. */
const PAGE = 1000;
/** Characters that go to the clipboard; what is longer becomes a file, and what is longer still is better saved by the kernel itself. */
const CLIPBOARD = 20_000_000;
const MOST = 200_000_000;

/**
 * Fetch frames as JSON lines.
 *
 * @param progress hears the share that is here, 0 to 1
 */
export async function fetchLines(
  link: Link,
  lane: Lane,
  frames: Uint32Array,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const parts: string[] = [];
  let size = 0;
  const { epoch } = lane;
  for (let at = 0; at < frames.length; ) {
    const { text, count } = await link.lines(lane.id, [...frames.subarray(at, at + PAGE)]);
    if (signal.aborted || lane.epoch !== epoch || count < 1) throw new Error("The stream was read anew meanwhile.");
    size += text.length;
    if (size > MOST) throw new Error(`That is more than ${MOST / 1e6} MB: save it in the kernel, with run.recording.save(…).`);
    parts.push(text);
    at += count;
    progress(at / frames.length);
  }
  return parts;
}

/**
 * Put a text on the clipboard.
 *
 * @param parts may take a while; the browser is told at once, since it allows a copy only for a moment after the click
 * @returns false: it is too long for a clipboard
 * @throws Error it is not allowed, or the text could not be made
 */
export async function toClipboard(parts: Promise<string[]>, host: HTMLElement): Promise<boolean> {
  const text = parts.then((all) => {
    if (all.reduce((sum, part) => sum + part.length, 0) > CLIPBOARD) throw new RangeError();
    return all.join("");
  });
  try {
    const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
    blob.catch(() => {}); // a failure is told by `text`
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    await text;
    return true;
  } catch {
    // Not known here, or not allowed; or the text failed, which is told below.
  }
  try {
    const value = await text;
    await navigator.clipboard.writeText(value).catch(() => oldCopy(value, host));
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Pages without a secure origin (a notebook server over plain HTTP) have no clipboard but this old one. */
function oldCopy(text: string, host: HTMLElement): void {
  const area = h("textarea", { class: "sw-hidden", "aria-hidden": "true", tabindex: -1 });
  area.value = text;
  const focused = document.activeElement as HTMLElement | null;
  host.append(area);
  area.select();
  const done = document.execCommand?.("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  if (!done) throw new Error("The browser does not allow copying here.");
}

/** Give something as a file. */
export function download(parts: BlobPart[], name: string, type = "application/x-ndjson"): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
