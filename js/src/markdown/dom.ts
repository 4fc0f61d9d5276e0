/** Markdown tokens → elements, by an allow list: what is not on it becomes text. Nothing here can load, run or navigate by itself. */

import type { Token } from "./parse";

/** A stretch of what is shown, in order, for `locate.ts` to find in the source. */
export type Segment =
  /** Characters that stand in the source, with markup between them. */
  | { kind: "text"; node: Text }
  /** Markup that shows nothing: to be skipped exactly, since text may look like it. */
  | { kind: "markup"; markup: string }
  /** The rest of a fence's first line. */
  | { kind: "line" }
  /** What follows a link's text: its target or label. */
  | { kind: "target" }
  /** An image: all of its source belongs to this text. */
  | { kind: "image"; node: Text };

export interface Rendered {
  element: HTMLElement;
  segments: Segment[];
}

/** Elements by markdown-it's own tag names. `img` is missing on purpose. */
const ALLOWED = new Set("p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr pre code em strong s a br table thead tbody tr th td".split(" "));
/** Everything else a model writes (javascript:, data:, file:, paths of the notebook server) stays text. */
const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
/** Characters of a URL that are shown: a `data:` URL may be megabytes. */
const SHOWN_URL = 200;

/** Make the element of one block. */
export function renderBlock(tokens: Token[]): Rendered {
  const builder = new Builder();
  for (const token of tokens) builder.block(token);
  return { element: builder.root, segments: builder.segments };
}

class Builder {
  readonly segments: Segment[] = [];
  #stack: HTMLElement[] = [document.createElement("div")];

  /** The block's element; a table stands in a box of its own that can scroll. */
  get root(): HTMLElement {
    const holder = this.#stack[0] as HTMLElement;
    const only = holder.firstElementChild;
    return holder.childNodes.length === 1 && only instanceof HTMLElement && only.tagName !== "TABLE" ? only : this.#boxed(holder);
  }

  block(token: Token): void {
    switch (token.type) {
      case "inline":
        for (const child of token.children ?? []) this.#inline(child);
        return;
      case "fence":
      case "code_block":
        this.#code(token);
        return;
      case "hr":
        this.#top.append(document.createElement("hr"));
        return;
      case "heading_open":
        // Of an underlined heading the markup follows the text and holds no letter: nothing to skip.
        if (token.markup.startsWith("#")) this.#markup(token.markup);
        break;
      case "list_item_open":
        this.#markup(token.info + token.markup);
        break;
    }
    this.#element(token);
  }

  #inline(token: Token): void {
    switch (token.type) {
      case "text":
      case "text_special":
        this.#text(token.content);
        return;
      case "softbreak":
        this.#text("\n");
        return;
      case "hardbreak":
        this.#top.append(document.createElement("br"));
        return;
      case "code_inline":
        this.#markup(token.markup);
        this.#open("code");
        this.#text(token.content);
        this.#stack.pop();
        this.#markup(token.markup);
        return;
      case "image":
        this.#image(token);
        return;
      case "link_open":
        this.#link(token);
        return;
      case "link_close":
        this.#stack.pop();
        this.segments.push(token.info === "auto" ? { kind: "markup", markup: ">" } : { kind: "target" });
        return;
    }
    if (token.nesting === 0) {
      this.#text(token.content);
      return;
    }
    this.#markup(token.markup);
    this.#element(token);
  }

  #element(token: Token): void {
    if (token.nesting === -1) {
      if (!token.hidden && ALLOWED.has(token.tag)) this.#stack.pop();
      return;
    }
    if (token.nesting === 0) {
      if (token.content !== "") this.#text(token.content);
      return;
    }
    // A hidden paragraph is that of a tight list: its text stands in the item itself.
    if (token.hidden || !ALLOWED.has(token.tag)) return;
    const element = this.#open(token.tag);
    const start = token.attrGet("start");
    if (token.tag === "ol" && start !== null) element.setAttribute("start", String(start));
    const align = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
    if (align) element.dataset.align = align;
  }

  #code(token: Token): void {
    this.#open("pre");
    const code = this.#open("code");
    if (token.type === "fence") {
      this.#markup(token.markup);
      this.segments.push({ kind: "line" });
      const language = token.info.trim().split(/\s+/)[0] ?? "";
      if (language !== "") code.dataset.language = language.slice(0, 40);
    }
    this.#text(token.content);
    this.#stack.length -= 2;
  }

  #link(token: Token): void {
    const href = String(token.attrGet("href") ?? "");
    if (token.info === "auto") this.#markup("<");
    else this.#markup("[");
    if (!SAFE_LINK.test(href)) {
      const span = this.#open("span");
      span.className = "sw-md-refused";
      span.title = `Not a web link: ${shortened(href)}`;
      return;
    }
    const link = this.#open("a");
    link.setAttribute("href", href);
    link.setAttribute("rel", "noopener noreferrer nofollow");
    link.setAttribute("target", "_blank");
    const title = token.attrGet("title");
    link.setAttribute("title", title ? `${title}\n${shortened(href)}` : shortened(href));
  }

  /** An image would tell its server that this answer was read; it is shown as what it says and where it is. */
  #image(token: Token): void {
    const span = this.#open("span");
    span.className = "sw-md-image";
    const node = document.createTextNode(`${token.content || "image"} (${shortened(String(token.attrGet("src") ?? ""))})`);
    span.append(node);
    this.#stack.pop();
    this.segments.push({ kind: "image", node });
  }

  #text(text: string): void {
    if (text === "") return;
    const node = document.createTextNode(text);
    this.#top.append(node);
    this.segments.push({ kind: "text", node });
  }

  #markup(markup: string): void {
    if (markup !== "") this.segments.push({ kind: "markup", markup });
  }

  #open(tag: string): HTMLElement {
    const element = document.createElement(tag);
    this.#top.append(element);
    this.#stack.push(element);
    return element;
  }

  get #top(): HTMLElement {
    return this.#stack[this.#stack.length - 1] as HTMLElement;
  }

  #boxed(holder: HTMLElement): HTMLElement {
    holder.className = "sw-md-scroll";
    return holder;
  }
}

function shortened(url: string): string {
  return url.length > SHOWN_URL ? `${url.slice(0, SHOWN_URL)}…` : url;
}
