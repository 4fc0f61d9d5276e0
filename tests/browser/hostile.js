/**
 * The watch over a page that is shown hostile text: evaluated in the page, it gives an object that says what went wrong.
 *
 * Everything that enters a widget is looked at in the moment it does, by what is allowed and not by what is known to be bad.
 */
() => {
  const words = (text) => new Set(text.trim().split(/\s+/));
  const TAGS = words(`
    div span p h1 h2 h3 h4 h5 h6 b i em strong s br hr ul ol li dl dt dd table thead tbody tr th td blockquote pre code a section
    details summary button input label select option fieldset legend canvas svg path rect line circle g text polyline polygon
    math mrow mi mn mo ms mspace mtext mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts none
    mtable mtr mtd menclose mstyle mpadded mphantom merror semantics`);
  const ATTRIBUTES = words(`
    class id role title dir start hidden disabled type tabindex href rel target style open value checked placeholder spellcheck
    autocomplete autocapitalize popover min max step name for selected viewBox d x y width height x1 x2 y1 y2 r cx cy points fill transform
    display mathvariant stretchy fence separator form lspace rspace minsize maxsize symmetric largeop movablelimits accent accentunder
    linethickness depth voffset columnalign rowalign columnspan rowspan rowspacing columnspacing columnlines rowlines frame displaystyle
    scriptlevel notation`);
  const LINK = /^(https?:\/\/|mailto:)/i;
  /** Words of ours beside which a foreign one stands: they must read from left to right whatever that one holds. */
  const OURS = words("Called Thought fragments fragment request source Finish answered chunk calls Failed Done adds characters");
  const ran = [];
  const bad = new Set();
  const outside = new Set();
  const tasks = [];
  globalThis.canary = (what) => ran.push(String(what));

  const clip = (text) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);
  function checkAttribute(element, { name, value }) {
    const tag = element.localName;
    const say = () => bad.add(`<${tag} ${name}="${clip(value)}">`);
    if (/^(data|aria)-/.test(name)) {
      if (/^data-(commandlinker|jp|lm|mime)/.test(name) && name !== "data-lm-suppress-shortcuts") say();
    } else if (!ATTRIBUTES.has(name)) say();
    if ((name === "id" || name === "name" || name === "for") && !value.startsWith("sw-")) say();
    if (name === "class" && value.split(/\s+/).some((one) => one && !/^(s[a-z]-|sse-widget$|tml-|language-[a-z]+$|[a-z]+_+$)/.test(one))) say();
    if (name === "style" && /url|fixed|sticky|@|expression|content/i.test(value)) say();
    if (name === "title" && value.length > 2000) bad.add(`<${tag} title> of ${value.length} characters`);
    if (tag === "a" && name === "href") {
      const safe = LINK.test(value) && ["http:", "https:", "mailto:"].includes(element.protocol);
      if (!safe || element.target !== "_blank" || !/noopener/.test(element.rel) || !/noreferrer/.test(element.rel)) say();
    } else if (name === "href") say();
  }
  function checkElement(element) {
    // A part of the front end that came late brings its style; in what a model writes there is none.
    const ours = element.localName === "style" && element.attributes.length === 0 && !element.closest(".sw-scroll, [role=list]");
    if (!TAGS.has(element.localName) && !ours) bad.add(`<${element.localName}>`);
    if (element.shadowRoot) bad.add(`<${element.localName}> with a shadow root`);
    for (const attribute of element.attributes) checkAttribute(element, attribute);
  }
  function walk(root) {
    checkElement(root);
    for (const element of root.querySelectorAll("*")) checkElement(element);
  }

  const named = (node) => {
    const element = node instanceof Element ? node : node.parentElement;
    return element ? `${element.localName}#${element.id}.${element.className?.baseVal ?? element.className}` : node.nodeName;
  };
  new MutationObserver((records) => {
    for (const record of records) {
      const element = record.target instanceof Element ? record.target : record.target.parentElement;
      if (element?.closest(".sse-widget")) {
        if (record.type === "attributes") {
          const value = element.getAttribute(record.attributeName);
          // A link is made of several attributes, and is looked at when it is whole: once it is in its place.
          if (value !== null && element.isConnected) checkAttribute(element, { name: record.attributeName, value });
        }
        for (const node of record.addedNodes) if (node instanceof Element) walk(node);
      } else if (element?.isConnected && !element.closest(".jp-OutputArea, .cm-editor")) {
        const added = [...record.addedNodes].map(named).join();
        const owner = named(element.closest("[class]:not([class=''])") ?? element); // a bare span is somebody's text
        const where = element.closest("head") ? "" : ` in ${owner}`;
        outside.add(`${record.type} ${record.attributeName ?? ""} of ${named(element)} ${added}${where}`);
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push([startTime, duration]);
  }).observe({ entryTypes: ["longtask"] });

  /** Words of ours that do not read from left to right. */
  function reordered(widget) {
    const found = [];
    if (!/[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(widget.textContent)) return found;
    const walker = document.createTreeWalker(widget, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.data.length > 10_000 || node.parentElement.closest(".sw-md, .sw-toks, .sw-fold-body, .sw-json, [role=row]")) continue;
      for (const match of node.data.matchAll(/[A-Za-z]{4,}/g)) {
        if (!OURS.has(match[0])) continue;
        const at = (offset) => {
          const range = document.createRange();
          range.setStart(node, offset);
          range.setEnd(node, offset + 1);
          return range.getBoundingClientRect();
        };
        const [first, last] = [at(match.index), at(match.index + match[0].length - 1)];
        if (first.width > 0 && first.top === last.top && first.left >= last.left) found.push(`${match[0]} in ${named(node)}`);
      }
    }
    return found;
  }
  /** Places of the window outside of a widget at which something of it would be hit. */
  function covered(widget) {
    const box = widget.getBoundingClientRect();
    const found = new Set();
    for (let x = 4; x < innerWidth; x += innerWidth / 12) {
      for (let y = 4; y < innerHeight; y += innerHeight / 12) {
        if (x > box.left - 1 && x < box.right + 1 && y > box.top - 1 && y < box.bottom + 1) continue;
        const hit = document.elementFromPoint(x, y);
        if (hit && widget.contains(hit)) found.add(named(hit));
      }
    }
    return [...found];
  }
  const state = () => ({
    title: document.title,
    place: location.href,
    stored: Object.keys(localStorage).length,
    cookie: document.cookie,
    forms: document.forms.length,
    anchors: document.anchors.length,
    frames: frames.length,
    // An editor draws the lines that are in view, at any time; what must not change is what they say.
    sources: [...(globalThis.jupyterapp?.shell.currentWidget.content.model.cells ?? [])].map((it) => it.sharedModel.getSource()).join(),
  });
  const before = state();
  const globals = new Set([...Object.getOwnPropertyNames(globalThis), "testRuns"]);
  return {
    /** Say what is wrong with the page and with the widget, and forget it. */
    report(widget) {
      walk(widget);
      const found = [...ran.map((what) => `ran ${what}`), ...[...bad].map((what) => `holds ${what}`)];
      ran.length = 0;
      bad.clear();
      for (const [name, now] of Object.entries(state())) if (now !== before[name]) found.push(`${name} is ${clip(String(now))}`);
      for (const name of Object.getOwnPropertyNames(globalThis)) if (!globals.has(name)) found.push(`window.${name}`);
      if ({}.polluted !== undefined || [].polluted !== undefined) found.push("a prototype was polluted");
      found.push(...reordered(widget).map((what) => `reversed ${what}`));
      found.push(...covered(widget).map((what) => `covers what is outside: ${what}`));
      const { width } = widget.getBoundingClientRect();
      const room = widget.parentElement.getBoundingClientRect().width;
      if (width > room + 1) found.push(`${width} px wide, where there is room for ${room}`);
      return found;
    },
    outside: () => [...outside],
    /** The longest task since an instant, in milliseconds. */
    longest: (since) => tasks.reduce((most, [start, time]) => (start + time >= since ? Math.max(most, time) : most), 0),
  };
}
