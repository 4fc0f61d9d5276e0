/**
 * Long blocks are laid out in parts. A browser lays out a box as a whole, so that each word behind ten thousand rows would cost ten
 * thousand rows; a part that is settled is laid out once, and one that is far from sight not at all (`prose.css`).
 *
 * A long list becomes several lists that stand close, a long table gets several bodies, text and code stand in boxes. A table's columns
 * are as wide from then on as its first rows made them, since nobody can know what the rows that are still to come would need.
 */

import type { Level } from "./levels";

/** Characters of a paragraph in a part, and of code, whose lines are shorter. */
const TEXT = 16_384;
const CODE = 8192;
/** Items of a list in a part, and cells of a table. */
const ITEMS = 64;
const CELLS = 400;

/** Characters of a line of text, likewise. */
const LINE = 90;
/** Columns may become so many times wider than their first rows need. */
const SPARE = 1.4;
/** Lines of a list's item, and of a table's row: a guess, for what was never seen. */
const LINES = { list: 1.1, table: 1.4 };

type List = Level & { kind: "list" };
type Table = Level & { kind: "table" };

/** This is far enough from the end to be left out where nobody sees it. */
export function far(element: Element | null | undefined): void {
  element?.classList.add("sw-md-far");
}

/** It is near the end again. */
export function near(element: Element): void {
  element.classList.remove("sw-md-far");
}

/** Whether so many characters of settled text, or of code, are a part of their own. */
export function isPart(characters: number, code: boolean): boolean {
  return characters >= (code ? CODE : TEXT);
}

/** Put what is settled, up to this node, into a box of its own behind those that are there already. */
export function gathered(last: ChildNode, code: boolean): HTMLElement {
  const part = document.createElement("span");
  part.className = "sw-md-part";
  const nodes: ChildNode[] = [];
  for (let node: ChildNode | null = last; node; node = node.previousSibling) {
    if (node instanceof HTMLElement && node.classList.contains("sw-md-part")) {
      far(node);
      break;
    }
    nodes.push(node);
  }
  last.after(part);
  part.append(...nodes.reverse());
  const text = part.textContent ?? "";
  reserve(part, code ? text.split("\n").length - 1 : text.length / LINE);
  return part;
}

/** Begin a new part of a list or a table once what is settled of it is enough for one. */
export function divide(level: Level): void {
  if (level.kind === "list" && level.count >= ITEMS) divideList(level);
  if (level.kind === "table" && level.count >= CELLS) divideTable(level);
}

function divideList(level: List): void {
  const { element, count } = level;
  const more = document.createElement(level.tag);
  for (const name of element.getAttributeNames()) {
    if (name !== "class" && name !== "style") more.setAttribute(name, element.getAttribute(name) ?? "");
  }
  if (level.tag === "ol") more.setAttribute("start", String(Number(element.getAttribute("start") ?? 1) + count));
  goOn(level, more);
  reserve(element, count * LINES.list);
  level.parts.push(element);
}

function divideTable(level: Table): void {
  const { element, count, columns } = level;
  const table = level.elements[1] as HTMLElement;
  if (!Number(table.dataset.long)) {
    const cells = [...table.querySelectorAll("th")].map((cell) => Math.ceil(cell.getBoundingClientRect().width));
    // 0: it is nowhere to be seen now, and is asked again with the next part.
    const known = cells.every((width) => width > 0);
    // Rows that are still to come may have longer words: what room there is is theirs.
    const room = (level.elements[0] as HTMLElement).clientWidth / cells.reduce((sum, width) => sum + width, 0);
    const widths = cells.map((width) => `${Math.floor(width * Math.min(Math.max(room, 1), SPARE))}px`);
    table.style.setProperty("--sw-columns", known ? widths.join(" ") : `repeat(${columns}, minmax(6em, 1fr))`);
    table.dataset.long = known ? "1" : "0";
  }
  goOn(level, document.createElement("tbody"));
  reserve(element, (count / columns) * LINES.table);
}

/** What is not settled moves into a new part, which is the one that grows from now on. */
function goOn(level: List | Table, more: HTMLElement): void {
  const { element, elements } = level;
  more.className = "sw-md-more";
  element.after(more);
  while (level.last?.nextSibling) more.append(level.last.nextSibling);
  if (element.classList.contains("sw-md-more")) far(element.previousElementSibling);
  element.classList.add("sw-md-part");
  elements[elements.length - 1] = more;
  level.element = more;
  level.last = null;
  level.count = 0;
}

function reserve(part: HTMLElement, lines: number): void {
  part.style.setProperty("contain-intrinsic-block-size", `auto ${Math.round(lines)}lh`);
}

/** What is said of the part of a list that grows holds for all of it. */
export function agree({ element, parts }: List): void {
  const loose = element.hasAttribute("data-loose");
  if (parts[parts.length - 1]?.hasAttribute("data-loose") === !loose) for (const part of parts) part.toggleAttribute("data-loose", loose);
}
