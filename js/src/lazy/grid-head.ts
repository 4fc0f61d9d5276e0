/** The head of a column of the grid. */

import { h, setAttribute, setHidden, setText } from "../dom";
import * as format from "../panes/format";
import type { Store } from "../store";
import { shownFigure } from "./grid-cell";
import { figures, type Grid, isOver, METRICS, median } from "./grid-model";

/** The head of a column: its name, and what its answers come to. */
export class Head {
  readonly element: HTMLElement;
  readonly #name = h("b", { class: "sw-gr-name" });
  readonly #params = h("span", { class: "sw-gr-params" });
  readonly #stars = h("span", { class: "sw-gr-stars" });
  readonly #facts = h("p", { class: "sw-gr-facts", title: "Medians of what is there" });
  readonly #hide: HTMLElement;

  constructor(readonly column: number) {
    this.#hide = h("button", { type: "button", class: "sw-gr-act", "data-hide": column }, "Hide");
    const line = h("div", { class: "sw-gr-head" }, this.#name, this.#params, this.#stars, this.#hide);
    this.element = h("div", { class: "sw-gr-column", role: "columnheader", "data-sw": "column" }, line, this.#facts);
  }

  draw(grid: Grid, store: Store, several: boolean): void {
    const { model, params } = grid.columns[this.column] ?? { model: "", params: "" };
    const cells = grid.cells.filter((cell) => cell.column === this.column);
    const best = grid.votes.filter((vote) => cells.some((cell) => cell.id === vote.cell)).length;
    setText(this.#name, format.named(model || params || "answer"));
    setAttribute(this.#name, "title", model);
    setText(this.#params, model ? format.named(params) : "");
    setText(this.#stars, best > 0 ? `★ ${best}` : "");
    setAttribute(this.#stars, "title", best > 0 ? `Best ${best === 1 ? "once" : `${best} times`}` : null);
    setHidden(this.#hide, !several);
    setAttribute(this.#hide, "aria-label", `Hide ${nameOf(grid, this.column)}`);
    const facts = METRICS.map(({ metric, title }) => ({ title, metric, value: median(figures(store, cells, metric)) }));
    const said = facts.filter(({ value }) => value !== null).map((one) => `${one.title} ${shownFigure(one.metric, one.value)}`);
    setText(this.#facts, [`${cells.filter(isOver).length} of ${cells.length}`, ...said].join(" · "));
  }
}

/** A column's name, for words of ours. */
export function nameOf(grid: Grid, column: number): string {
  const { model, params } = grid.columns[column] ?? { model: "", params: "" };
  return format.named([model, params].filter(Boolean).join(" · ") || "answer");
}
