/** What a whole parse shows, by the straightest way: markdown-it's own tokens, element by element, nothing kept and nothing left out. */

import { markdown } from "../src/markdown/parse";

type Tokens = ReturnType<typeof markdown.parse>;

/** The same elements as the page's, written out as text that two of them can be compared by. */
export function reference(text: string): string {
  const tokens = markdown.parse(text, { references: Object.create(null), places: [] } as never);
  return blocks(tokens);
}

function blocks(tokens: Tokens): string {
  let out = "";
  const lists: { at: number; any: boolean; loose: boolean }[] = [];
  tokens.forEach((token, i) => {
    switch (token.type) {
      case "inline":
        out += inline(token.children ?? []);
        return;
      case "text":
        out += escaped(token.content);
        return;
      case "fence":
      case "code_block": {
        const language = token.type === "fence" ? (token.info.trim().split(/\s+/)[0] ?? "").slice(0, 40) : "";
        const code = `<code${language && ` data-language="${escaped(language)}"`}>${escaped(token.content)}</code>`;
        out += `<div class="sw-code" dir="ltr"><pre>${code}</pre>${COPY}</div>`;
        return;
      }
      case "math_block":
        out += math(token);
        return;
      case "hr":
        out += "<hr>";
        return;
    }
    if (token.tag === "p" && token.nesting === 1 && tokens[i - 1]?.type !== undefined) note(tokens, i, lists);
    const boxed = token.tag === "table" ? "sw-md-scroll" : /^[uo]l$/.test(token.tag) && token.level === 0 ? "sw-md-list" : "";
    if (token.nesting === -1) {
      out += `</${token.tag}>${boxed && "</div>"}`;
      const list = token.tag === "ul" || token.tag === "ol" ? lists.pop() : undefined;
      if (list) out = out.slice(0, list.at) + (list.any && list.loose ? ' data-loose=""' : "") + out.slice(list.at);
      return;
    }
    if (boxed) out += `<div class="${boxed}">`;
    out += `<${token.tag}${token.level === 0 && DIRECTED.test(token.tag) ? ' dir="auto"' : ""}`;
    const start = token.attrGet("start");
    if (start !== null) out += ` start="${start}"`;
    const align = /(left|right|center)/.exec(String(token.attrGet("style") ?? ""))?.[1];
    if (align) out += ` data-align="${align}"`;
    if (token.tag === "ul" || token.tag === "ol") lists.push({ at: out.length, any: false, loose: false });
    out += ">";
  });
  return out;
}

const DIRECTED = /^(p|h\d|blockquote|ul|ol|table)$/;
const COPY = '<button type="button" class="sw-code-copy" data-sw="copy-code" aria-label="Copy code">Copy</button>';

/** A paragraph right in an item says whether its list is loose. */
function note(tokens: Tokens, i: number, lists: { any: boolean; loose: boolean }[]): void {
  const level = tokens[i]?.level ?? 0;
  for (let at = i - 1; at >= 0; at--) {
    const token = tokens[at];
    if (token?.nesting !== 1 || token.level !== level - 1) continue;
    const list = token.type === "list_item_open" ? lists[lists.length - 1] : undefined;
    if (list) list.any = true;
    if (list && !tokens[i]?.hidden) list.loose = true;
    return;
  }
}

function inline(tokens: Tokens): string {
  const open: string[] = [];
  return tokens
    .map((token) => {
      switch (token.type) {
        case "text":
          return escaped(token.content);
        case "softbreak":
          return "\n";
        case "hardbreak":
          return "<br>";
        case "code_inline":
          return `<code>${escaped(token.content)}</code>`;
        case "math_inline":
          return math(token);
        case "image":
          return `<span class="sw-md-image">${escaped(`${token.content || "image"} (${short(String(token.attrGet("src") ?? ""))})`)}</span>`;
        case "link_close":
          return open.pop() ?? "";
        case "link_open": {
          const href = String(token.attrGet("href"));
          const web = /^(https?:\/\/|mailto:)/i.test(href) && URL.canParse(href);
          open.push(web ? "</a>" : "</span>");
          if (!web) return `<span class="sw-md-refused" title="${escaped(`Not a web link: ${short(href)}`)}">`;
          const title = token.attrGet("title");
          const words = title ? `${title}\n${short(href)}` : short(href);
          return `<a href="${escaped(href)}" rel="noopener noreferrer nofollow" target="_blank" title="${escaped(words)}">`;
        }
      }
      if (token.nesting === 0) return escaped(token.content);
      return token.nesting === 1 ? `<${token.tag}>` : `</${token.tag}>`;
    })
    .join("");
}

function math(token: Tokens[number]): string {
  const source = escaped(token.markup + token.content + token.info);
  return `<span class="sw-math${token.meta?.display ? " sw-math-block" : ""}"><span class="sw-math-source">${source}</span></span>`;
}

function short(url: string): string {
  return url.length > 200 ? `${url.slice(0, 200)}…` : url;
}

/** One form for text and attributes; `written` brings what a document says of itself into the same. */
function escaped(text: string): string {
  return text.replace(/[&<>"\u00a0]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Classes that say how far something is laid out. */
const LAYOUT = /\bsw-md-(far|part)\b/g;

/** An element's children in the form of `reference`. */
export function written(node: Node): string {
  let out = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) out += escaped((child as Text).data);
    else if (child instanceof Element && (child.classList.contains("sw-md-chapter") || child.matches("span.sw-md-part")))
      out += written(child); // a matter of layout alone
    else if (child instanceof Element && child.classList.contains("sw-md-more")) {
      // A list or a table that goes on in another part: one for the reader.
      const end = `</${child.localName}>`;
      if (!out.endsWith(end) || !child.previousElementSibling?.classList.contains("sw-md-part")) out += "<!-- goes on from nothing -->";
      out = out.slice(0, -end.length) + written(child) + end;
    } else if (child instanceof Element) {
      const attributes = child
        .getAttributeNames()
        .filter((name) => !/^(data-long|style)$/.test(name))
        .map((name) => [name, child.getAttribute(name) ?? ""] as const)
        .map(([name, value]) => [name, name === "class" ? value.replace(LAYOUT, "").trim() : value] as const)
        .map(([name, value]) => (name === "class" && value === "" ? "" : ` ${name}="${escaped(value)}"`));
      const name = child.localName;
      out += `<${name}${attributes.join("")}>${name === "br" || name === "hr" ? "" : `${written(child)}</${name}>`}`;
    }
  }
  return out;
}
