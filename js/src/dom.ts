/** Making elements without HTML text: what a model writes can only ever become a text node or an attribute that we named. */

export type Attribute = string | number | boolean | null | undefined;
export type Props = { [name: string]: Attribute };
export type Child = Node | string | number | null | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

/**
 * An id that nothing else in the page has.
 *
 * Each widget of a notebook runs a copy of this module, so a counter would begin anew in each, and labels would name the wrong widget.
 */
export function freshId(name: string): string {
  return `sw-${name}-${Math.random().toString(36).slice(2, 10)}`;
}

/**
 * An HTML element.
 *
 * @param tag its name
 * @param props attributes by their HTML names (`class`, `data-sw`, `aria-label`); `true` gives an empty attribute, `false`, null and
 *   undefined none. Names that begin with `on` are refused: listeners go through `listen`, so that they end with their view.
 * @param children nodes, or strings and numbers that become text nodes; null, undefined and false are left out
 */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** The same for an element inside an SVG drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag) as SVGElementTagNameMap[K], props, children);
}

/**
 * Listen until the signal aborts. There is no other way to listen in this front end: nothing is left behind by a view that is gone.
 *
 * @param type the event's name; the handler gets the matching event type for names that HTML elements, documents and windows know
 */
export function listen<K extends keyof HTMLElementEventMap>(
  target: EventTarget,
  type: K,
  handler: (event: HTMLElementEventMap[K]) => void,
  signal: AbortSignal,
  options: AddEventListenerOptions = {},
): void {
  target.addEventListener(type, handler as EventListener, { ...options, signal });
}

/** Set the text of a node, touching the document only if it differs (a write of the same text still costs a layout). */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Show or hide an element, touching the document only if it differs: `hidden` set to what it was still costs a look at its style. */
export function setHidden(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** Set or remove an attribute, touching the document only if it differs. */
export function setAttribute(element: Element, name: string, value: Attribute): void {
  checkName(name);
  if (value === false || value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Empty a node and give it these children. */
export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...nodes(children));
}

function fill<E extends Element>(element: E, props: Props | null | undefined, children: Child[]): E {
  if (props) {
    for (const [name, value] of Object.entries(props)) {
      checkName(name);
      if (value === false || value === null || value === undefined) continue;
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  if (children.length > 0) element.append(...nodes(children));
  return element;
}

function nodes(children: Child[]): (Node | string)[] {
  const kept: (Node | string)[] = [];
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    kept.push(typeof child === "number" ? String(child) : child);
  }
  return kept;
}

function checkName(name: string): void {
  if (/^(on|srcdoc$)/i.test(name)) throw new TypeError(`the attribute "${name}" runs text as code; use listen()`);
}
