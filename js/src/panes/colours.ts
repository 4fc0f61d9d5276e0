/** The style sheet's colours for what is painted on a canvas: they follow the theme of the host, so they are read and not known. */

import { h } from "../dom";
import { COLOUR_NAMES, type Colours } from "./timeline-paint";

export interface Palette {
  /** The colours as they are now; read once until `forget`. */
  read(): Colours;
  /** The font of small words. */
  font(): string;
  /** The theme has changed. */
  forget(): void;
}

/** @param host gets a hidden element for each colour */
export function palette(host: HTMLElement): Palette {
  const probes = COLOUR_NAMES.map((name) => h("i", { style: `color:var(--sw-${name});background:var(--sw-${name})` }));
  host.append(h("span", { class: "sw-probes", hidden: true, "aria-hidden": "true" }, ...probes));
  let known: Colours | null = null;
  let font = "";
  return {
    read() {
      if (known) return known;
      const read = {} as Colours;
      for (const [i, name] of COLOUR_NAMES.entries()) {
        const style = getComputedStyle(probes[i] as Element);
        // Where the system forces its own colours, ink and ground stay two.
        read[name] = name === "bg" || name === "soft" ? style.backgroundColor : style.color;
      }
      known = read;
      return read;
    },
    font() {
      font ||= `11px ${getComputedStyle(host).fontFamily}`;
      return font;
    },
    forget() {
      known = null;
      font = "";
    },
  };
}
