/**
 * Markdown tokens → elements, by an allow list: what is not on it becomes text. Nothing here can load, run or navigate by itself.
 *
 * What is there already is taken over where it fits: an element that stays what it was keeps its place, its scrolling and what is
 * selected in it, and a text that only grew grows.
 */

import { isWide, parseInline, type References, type Token } from "./parse";

/** A stretch of what is shown, in order, for `locate.ts` to find in the source. */
export type Segment =
  /** Characters that stand in the source, with markup between them. */
  | { kind: "text"; node: Text }
  /** Markup that shows nothing: to be skipped exactly, since text may look like it. */
  | { kind: "markup"; markup: string }
  /** The text of this element, in however many nodes: colours divide it. */
  | { kind: "code"; element: HTMLElement }
  /** The rest of a fence's first line. */
  | { kind: "line" }
  /** What follows a link's text: its target or label. */
  | { kind: "target" }
  /** An image: all of its source belongs to this text. */
  | { kind: "image"; node: Text };

/** A top-level block as it was painted. */
export interface Painted {
  element: HTMLElement;
  segments: Segment[];
  /** The texts of its inline markup: `[labels]` in them may refer to a definition that comes later. */
  texts: string[];
}

/** An element that is open, and the child before which the next thing is to stand. */
export interface Opened {
  element: HTMLElement;
  /** Its last child that stays as it is; null: none does. */
  last: ChildNode | null;
}

/** What makes code and formulas more than text, once it is there. */
export interface Extras {
  /** A block of code is complete. */
  code(element: HTMLElement, text: string, language: string): void;
  /** A formula: the element holds its source as text, and gets a `<math>` beside it. */
  math(element: HTMLElement, source: string, display: boolean): void;
}

interface Place {
  element: HTMLElement;
  next: ChildNode | null;
  /** Of a list: whether there are paragraphs in its items, and whether space is to stand between them. */
  list?: { paragraphs: boolean; loose: boolean };
}

/** Elements by markdown-it's own tag names. `img` is missing on purpose. */
const ALLOWED = new Set("p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr em strong s table thead tbody tr th td".split(" "));
/** Attributes that do not come from the Markdown itself. */
const OTHERS = new Set(["data-loose", "data-caret", "data-wide"]);
/** Emphasis within emphasis that is shown. */
const DEEPEST = 50;
/** As blocks of their own these take their direction from their words; within, lines do (`prose.css`), since a marked child is not asked. */
const DIRECTED = new Set("p h1 h2 h3 h4 h5 h6 blockquote ul ol table".split(" "));
/** Everything else a model writes (javascript:, data:, file:, paths of the notebook server) stays text. */
const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
/** Characters of a URL that are shown: a `data:` URL may be megabytes. */
const SHOWN_URL = 200;

/** The code that an element shows in colours, and the formula that it shows set: nothing is to be done while they stay what they are. */
const finished = new WeakMap<Element, string>();

/** By element: the inline markup that it shows, and how. It is painted once for as long as it stays. */
const inlines = new WeakMap<Element, { text: string; segments: Segment[] }>();

/** An element no longer shows the inline markup that it was painted for. */
export function forget(element: Element | null): void {
  if (element) inlines.delete(element);
}

/** Say that an element shows this text in a better form than as a text; until it changes, its children are left alone. */
export function finish(element: Element, text: string): void {
  finished.set(element, text);
}

/** Paints tokens into elements that are open, from the outermost to the innermost. */
export class Painter {
  readonly blocks: Painted[] = [];
  /** By the index of the token that began it: an element, the outermost one that was made for it, and what was shown before it. */
  readonly elements = new Map<number, HTMLElement>();
  readonly outermost = new Map<number, HTMLElement>();
  readonly before = new Map<number, number>();
  #stack: Place[];
  #block: Painted | null = null;
  #emphasis = 0;
  readonly #references: References;
  readonly #extras: Extras | null;

  constructor(open: Opened[], references: References, extras: Extras | null) {
    this.#stack = open.map(({ element, last }) => ({ element, next: last ? last.nextSibling : element.firstChild }));
    this.#references = references;
    this.#extras = extras;
    const first = open[1]?.element;
    if (first) this.#begin(first);
  }

  /** Make an open list know of its paragraphs that are not painted now. */
  list(element: HTMLElement, paragraphs: boolean, loose: boolean): void {
    const place = this.#stack.find((one) => one.element === element);
    if (place) place.list = { paragraphs, loose };
  }

  /**
   * Paint tokens, and take away what stood behind them.
   *
   * @param from the first token: those before it opened what is open already
   * @param skip characters at the beginning of the first text that are not to be seen
   * @param whole number of lines that are complete: a fence that is closed by one of them is closed for good
   */
  paint(tokens: Token[], from: number, skip: number, whole: number): void {
    let rest = skip;
    for (let i = from; i < tokens.length; i++) {
      const token = tokens[i] as Token;
      if (rest > 0 && (token.type === "inline" || token.type === "code_block")) {
        token.content = token.content.slice(rest);
        rest = 0;
      }
      this.#token(token, i, whole);
    }
    while (this.#stack.length > 1) this.#close();
    this.#clear();
  }

  /** Paint a stretch of inline markup where the innermost open element stands. Returns the last node of it. */
  inline(text: string, { tokens } = parseInline(text, this.#references)): ChildNode | null {
    this.#block?.texts.push(text);
    for (const child of tokens) this.#inline(child);
    return this.#top.next ? this.#top.next.previousSibling : this.#top.element.lastChild;
  }

  /** All the inline markup of an element, or what is open of it. */
  #leaf(text: string): void {
    const place = this.#top;
    const block = this.#block;
    // What is in brackets depends on definitions elsewhere.
    const alone = block !== null && place.next === place.element.firstChild && !text.includes("]");
    const known = alone ? inlines.get(place.element) : undefined;
    if (block && known?.text === text) {
      block.texts.push(text);
      block.segments.push(...known.segments);
      place.next = null;
      return;
    }
    const from = block?.segments.length ?? 0;
    this.inline(text);
    if (isWide(text) || place.element.hasAttribute("data-wide")) place.element.toggleAttribute("data-wide", isWide(text));
    if (alone) inlines.set(place.element, { text, segments: block.segments.slice(from) });
    else forget(place.element);
  }

  #token(token: Token, i: number, whole: number): void {
    if (token.nesting !== -1) this.before.set(i, this.#stack.length === 1 ? 0 : (this.#block?.segments.length ?? 0));
    switch (token.type) {
      case "inline":
        // As in a paragraph: white space at the beginning of a line shows nothing.
        this.#leaf(token.content.replace(/^[ \t]+/, ""));
        return;
      case "fence":
      case "code_block":
        this.#code(token, i, whole);
        return;
      case "math_block":
        this.outermost.set(i, this.#math(token));
        return;
      case "hr":
        this.outermost.set(i, this.#element("hr").element);
        this.#close();
        return;
      case "text":
        this.#text(token.content);
        return;
      case "heading_open":
        // Of an underlined heading the markup follows the text and holds no letter: nothing to skip.
        this.#open(token, i);
        if (token.markup.startsWith("#")) this.#markup(token.markup);
        return;
      case "list_item_open":
        this.#open(token, i);
        this.#markup(token.info + token.markup);
        return;
    }
    if (token.nesting === -1) this.#end(token);
    else this.#open(token, i);
  }

  #open(token: Token, i: number): void {
    const { tag } = token;
    if (!ALLOWED.has(tag)) return;
    // A wide table scrolls in a box of its own, and a long list is several lists.
    const boxed = boxOf(token);
    const box = boxed ? this.#element("div", { class: boxed }) : null;
    const attributes: Record<string, string> = token.level === 0 && DIRECTED.has(tag) ? { dir: "auto" } : {};
    const start = token.attrGet("start");
    if (tag === "ol" && start !== null) attributes.start = String(start);
    const align = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
    if (align) attributes["data-align"] = align;
    if (tag === "p") this.#paragraph(token);
    const place = this.#element(tag, attributes);
    if (tag === "ul" || tag === "ol") place.list = { paragraphs: false, loose: false };
    this.elements.set(i, place.element);
    this.outermost.set(i, box?.element ?? place.element);
  }

  #end(token: Token): void {
    if (!ALLOWED.has(token.tag)) return;
    this.#close();
    if (boxOf(token)) this.#close();
  }

  /** In a list without blank lines (markdown-it hides its paragraphs) they stand close: one attribute of the list says so for all. */
  #paragraph(token: Token): void {
    const list = this.#top.element.tagName === "LI" ? this.#stack[this.#stack.length - 2]?.list : undefined;
    if (!list) return;
    list.paragraphs = true;
    if (!token.hidden) list.loose = true;
  }

  /** The code of which the beginning stands already: what is open of it goes on behind that, and its box is closed as it stands. */
  #restOfCode(token: Token, i: number): void {
    this.elements.set(i, this.#top.element);
    if (token.content !== "") this.#write(token.content);
    this.#close();
    this.#close();
    this.#close(true);
  }

  #code(token: Token, i: number, whole: number): void {
    if (this.#top.element.tagName === "CODE") {
      this.#restOfCode(token, i);
      return;
    }
    const fence = token.type === "fence";
    const info = fence ? (token.info.trim().split(/\s+/)[0] ?? "") : "";
    this.outermost.set(i, this.#element("div", { class: "sw-code", dir: "ltr" }).element);
    this.#element("pre");
    const code = this.#element("code", info === "" ? {} : { "data-language": info.slice(0, 40) }).element;
    this.elements.set(i, code);
    // In a fence that is gone on with, the opening line is no longer among what is open.
    if (fence) {
      this.#markup(token.markup);
      this.#segment({ kind: "line" });
    }
    this.#segment({ kind: "code", element: code });
    if (finished.get(code) !== token.content) {
      // Coloured, and now it is another text after all.
      if (finished.delete(code)) code.replaceChildren();
      this.#top.next = code.firstChild;
      if (token.content !== "") this.#write(token.content);
    }
    this.#close(finished.get(code) === token.content);
    this.#close();
    const button = this.#element(
      "button",
      { type: "button", class: "sw-code-copy", "data-sw": "copy-code", "aria-label": "Copy code" },
      false,
    );
    if (!button.element.firstChild) button.element.textContent = "Copy";
    this.#stack.pop();
    this.#close();
    if (isComplete(token, whole) && finished.get(code) !== token.content) this.#extras?.code(code, token.content, info);
  }

  #math(token: Token): HTMLElement {
    const source = token.markup + token.content + token.info;
    const display = Boolean(token.meta?.display);
    const closed = token.info !== "";
    const place = this.#element("span", { class: display ? "sw-math sw-math-block" : "sw-math" });
    this.#element("span", { class: "sw-math-source" });
    this.#text(source);
    this.#close();
    const { element } = place;
    const same = finished.get(element) === source;
    if (!same) finished.delete(element);
    this.#close(same);
    if (closed && !same) this.#extras?.math(element, token.content, display);
    return element;
  }

  #inline(token: Token): void {
    switch (token.type) {
      case "text":
        this.#text(token.content);
        return;
      case "softbreak":
        this.#text("\n");
        return;
      case "hardbreak":
        this.#element("br");
        this.#close();
        return;
      case "code_inline":
        this.#markup(token.markup);
        this.#element("code");
        this.#text(token.content);
        this.#close();
        this.#markup(token.markup);
        return;
      case "math_inline":
        this.#math(token);
        return;
      case "image":
        this.#image(token);
        return;
      case "link_open":
        this.#link(token);
        return;
      case "link_close":
        this.#close();
        this.#segment(token.info === "auto" ? { kind: "markup", markup: ">" } : { kind: "target" });
        return;
    }
    if (token.nesting === 0) {
      this.#text(token.content);
      return;
    }
    this.#markup(token.markup);
    if (!ALLOWED.has(token.tag)) return;
    // Browsers lay out by recursion: what is emphasised more often than this looks no different.
    if (token.nesting === 1 ? this.#emphasis++ >= DEEPEST : --this.#emphasis >= DEEPEST) return;
    if (token.nesting === 1) this.#element(token.tag);
    else this.#close();
  }

  #link(token: Token): void {
    const href = String(token.attrGet("href") ?? "");
    if (token.info === "auto") this.#markup("<");
    else this.#markup("[");
    if (!SAFE_LINK.test(href) || !URL.canParse(href)) {
      this.#element("span", { class: "sw-md-refused", title: `Not a web link: ${shortened(href)}` });
      return;
    }
    const title = token.attrGet("title");
    this.#element("a", {
      href,
      rel: "noopener noreferrer nofollow",
      target: "_blank",
      title: title ? `${shortened(String(title))}\n${shortened(href)}` : shortened(href),
    });
  }

  /** An image would tell its server that this answer was read; it is shown as what it says and where it is. */
  #image(token: Token): void {
    this.#element("span", { class: "sw-md-image" });
    const node = this.#write(`${token.content || "image"} (${shortened(String(token.attrGet("src") ?? ""))})`);
    this.#close();
    this.#segment({ kind: "image", node });
  }

  #text(text: string): void {
    if (text !== "") this.#segment({ kind: "text", node: this.#write(text) });
  }

  #write(text: string): Text {
    const place = this.#top;
    const old = place.next;
    if (old?.nodeType === Node.TEXT_NODE) {
      const node = old as Text;
      place.next = node.nextSibling;
      if (node.data !== text) {
        if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
        else node.data = text;
      }
      return node;
    }
    const node = document.createTextNode(text);
    place.element.insertBefore(node, old);
    return node;
  }

  #markup(markup: string): void {
    if (markup !== "") this.#segment({ kind: "markup", markup });
  }

  #segment(segment: Segment): void {
    this.#block?.segments.push(segment);
  }

  #begin(element: HTMLElement): void {
    this.#block = { element, segments: [], texts: [] };
    this.blocks.push(this.#block);
  }

  /** Open an element: the one that stands here, if it is of this kind. `exact`: its attributes are to be these and no others. */
  #element(tag: string, attributes: Record<string, string> = {}, exact = true): Place {
    const place = this.#top;
    const old = place.next;
    let element: HTMLElement;
    if (old instanceof HTMLElement && old.localName === tag && old.className === (attributes.class ?? "")) {
      element = old;
      // The caret is the pane's (`output.ts`): taken away and put back, it would have the block styled twice a frame.
      if (exact) for (const name of old.getAttributeNames()) if (!(name in attributes) && !OTHERS.has(name)) old.removeAttribute(name);
      for (const name in attributes) {
        const value = attributes[name] as string;
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
      }
    } else {
      element = document.createElement(tag);
      for (const name in attributes) element.setAttribute(name, attributes[name] as string);
      place.element.insertBefore(element, old);
    }
    place.next = element.nextSibling;
    if (this.#stack.length === 1) this.#begin(element);
    const opened = { element, next: element.firstChild };
    this.#stack.push(opened);
    return opened;
  }

  /** Close the innermost element. `keep`: what else stands in it stays. */
  #close(keep = false): void {
    if (!keep) this.#clear();
    const { list, element } = this.#stack.pop() as Place;
    if (!list) return;
    const loose = list.paragraphs && list.loose;
    if (element.hasAttribute("data-loose") !== loose) element.toggleAttribute("data-loose", loose);
  }

  /** Take away what stands behind what was painted in the innermost element. */
  #clear(): void {
    const place = this.#top;
    while (place.next) {
      const gone = place.next;
      place.next = gone.nextSibling;
      gone.remove();
    }
  }

  get #top(): Place {
    return this.#stack[this.#stack.length - 1] as Place;
  }
}

/** The box that an element stands in. */
function boxOf({ tag, level }: Token): string | null {
  if (tag === "table") return "sw-md-scroll";
  return level === 0 && (tag === "ul" || tag === "ol") ? "sw-md-list" : null;
}

/** Whether a fence was closed by one of the first `whole` lines, or an indented block cannot be known to be: it never is. */
export function isComplete(token: Token, whole: number): boolean {
  if (token.type !== "fence" || !token.map || token.map[1] > whole) return false;
  const inside = token.content === "" ? 0 : token.content.split("\n").length - (token.content.endsWith("\n") ? 1 : 0);
  return token.map[1] - token.map[0] - 1 > inside;
}

export function textsIn(element: Element): Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
  return texts;
}

function shortened(url: string): string {
  return url.length > SHOWN_URL ? `${url.slice(0, SHOWN_URL)}…` : url;
}
