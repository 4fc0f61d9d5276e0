/** Formulas as MathML, by temml. Not in the main bundle: the page asks the kernel for it when the first formula is there. */

import temml from "temml";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS = new Set(
  (
    "math mrow mi mn mo ms mspace mtext mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts none " +
    "mtable mtr mtd menclose mstyle mpadded mphantom merror semantics"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "class display mathvariant stretchy fence separator form lspace rspace minsize maxsize symmetric largeop movablelimits accent " +
    "accentunder linethickness width height depth voffset columnalign rowalign columnspan rowspan rowspacing columnspacing columnlines " +
    "rowlines frame displaystyle scriptlevel notation"
  ).split(" "),
);
const STYLES = /^(padding|margin|border|text-align|vertical-align|color|background-color|font-weight|font-style|width|height)(-|$)/;

/**
 * Set a formula.
 *
 * @param source LaTeX
 * @returns a `<math>` element of our own making; null: it is no LaTeX that can be read, and is best shown as it was written
 */
export function render(source: string, display: boolean): Element | null {
  let found: Element;
  try {
    const xml = temml.renderToString(source, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      maxExpand: 500,
      maxSize: [50, 500],
      xml: true,
    });
    // biome-ignore lint/plugin: what temml wrote, as XML that nobody sees; elements are taken from it by an allow list
    found = new DOMParser().parseFromString(xml, "application/xml").documentElement;
  } catch {
    return null;
  }
  if (found.localName !== "math") return null;
  return copy(found);
}

/** What was parsed is taken over by an allow list: a formula may not load, link or run anything, whatever the library makes of it. */
function copy(from: Element): Element {
  const made = document.createElementNS(MATHML, from.localName);
  for (const { name, value } of from.attributes) {
    if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
    else if (name === "style") styled(made as MathMLElement, value);
  }
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) made.append((child as Text).data);
    else if (child instanceof Element && ELEMENTS.has(child.localName)) made.append(copy(child));
  }
  return made;
}

function styled(element: MathMLElement, style: string): void {
  for (const rule of style.split(";")) {
    const [name = "", value = ""] = rule.split(":").map((part) => part.trim());
    if (STYLES.test(name) && /^[\w\s.%#,()-]*$/.test(value) && !/url|expression/i.test(value)) element.style.setProperty(name, value);
  }
}
