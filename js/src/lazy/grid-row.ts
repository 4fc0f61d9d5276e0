/** A row of the grid: a prompt, the answers to it, and what a person says of them. */

import type { Kit } from "../board";
import { h, listen, replace, setAttribute, setHidden, setText } from "../dom";
import type { Store } from "../store";
import { type Look, Panel } from "./grid-cell";
import { answerOf, type Cell, cellAt, type Grid, isOver, shuffled } from "./grid-model";

export interface Choice {
  /** Columns in their order, without those that are hidden. */
  columns: number[];
  blind: boolean;
  /** Whether answers are compared with the baseline. */
  diff: boolean;
  most: Look["most"];
  /** Whether there is a kernel that keeps votes and notes. */
  live: boolean;
}
export interface RowActions {
  vote(prompt: number, repetition: number, cell: string, note: string, among: string[]): void;
  hide(prompt: number): void;
  say(words: string): void;
  again(): void;
}

export class Row {
  readonly element: HTMLElement;
  repetition = 0;
  #panels = new Map<number, Panel>();
  #shown: Panel[] = [];
  #grid: Grid | null = null;
  #votes = true;
  /** Panels of rows that nobody sees are not drawn, nor made. */
  #seen = typeof IntersectionObserver !== "function";
  readonly #name = h("b");
  readonly #text = h("span", { class: "sw-gr-prompt" });
  readonly #again = h("div", { class: "sw-gr-again", role: "group", "aria-label": "Repetition" });
  readonly #cells = h("div", { class: "sw-gr-cells", role: "presentation" });
  readonly #note = h("input", { type: "text", class: "sw-gr-input", placeholder: "Note", maxlength: 2000, "data-sw": "vote-note" });
  readonly #hide = h("button", { type: "button", class: "sw-gr-act", title: "Hide this prompt" }, "Hide");

  constructor(
    readonly prompt: number,
    readonly store: Store,
    readonly kit: Kit,
    readonly signal: AbortSignal,
    readonly actions: RowActions,
  ) {
    const header = h(
      "div",
      { class: "sw-gr-rowhead", role: "rowheader" },
      h("div", { class: "sw-gr-asked" }, this.#name, this.#text),
      h("div", { class: "sw-gr-tools" }, this.#again, this.#note, this.#hide),
    );
    this.element = h("div", { class: "sw-gr-row", role: "row", "data-sw": "row" }, header, this.#cells);
    listen(this.#hide, "click", () => actions.hide(prompt), signal);
    listen(this.#note, "change", () => this.#vote(null), signal);
    listen(this.element, "keydown", (event) => this.#key(event), signal);
    listen(
      this.#again,
      "click",
      (event) => {
        const button = (event.target as Element).closest<HTMLElement>("[data-repetition]");
        if (!button) return;
        this.repetition = Number(button.dataset.repetition);
        actions.again();
      },
      signal,
    );
    if (!this.#seen) {
      const observer = new IntersectionObserver(
        (entries) => {
          const seen = entries[entries.length - 1]?.isIntersecting ?? true;
          if (seen && !this.#seen) actions.again();
          this.#seen = seen;
        },
        { rootMargin: "200px" },
      );
      observer.observe(this.element);
      signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    }
  }

  /** Whether one of these lanes stands in this row. */
  shows(lanes: Set<string>): boolean {
    return this.#shown.some((panel) => lanes.has(panel.cell?.lane ?? ""));
  }

  /** Whether a text stands in the prompt or in an answer of it. */
  has(text: string, grid: Grid): boolean {
    const prompt = grid.prompts[this.prompt];
    const answers = grid.columns.map((_, column) =>
      answerOf(this.store.lanes.get(cellAt(grid, this.prompt, column, this.repetition).lane)),
    );
    return [prompt?.name ?? "", prompt?.text ?? "", ...answers].some((one) => one.toLowerCase().includes(text));
  }

  draw(grid: Grid, choice: Choice): void {
    this.#grid = grid;
    this.#votes = choice.live;
    const prompt = grid.prompts[this.prompt];
    setText(this.#name, prompt?.name ?? "");
    setText(this.#text, prompt?.text ?? "");
    setAttribute(this.#text, "title", prompt?.text ?? "");
    this.#drawAgain(grid);
    if (!this.#seen) return;
    const order = choice.blind
      ? shuffled(
          [...choice.columns].sort((a, b) => a - b),
          grid.seed,
          this.prompt,
          this.repetition,
        )
      : choice.columns;
    const cells = order.map((column) => cellAt(grid, this.prompt, column, this.repetition));
    const vote = grid.votes.find((one) => one.prompt === this.prompt && one.repetition === this.repetition);
    if (document.activeElement !== this.#note && this.#note.value !== (vote?.note ?? "")) this.#note.value = vote?.note ?? "";
    this.#note.readOnly = !choice.live;
    setHidden(this.#note, !choice.live && !vote?.note);
    setAttribute(this.#note, "aria-label", `Note on ${prompt?.name ?? "the prompt"}`);
    setAttribute(this.#cells, "style", `--sw-gr-columns:${cells.length}`);
    const ripe = cells.every(isOver);
    const base = choice.diff && !choice.blind && grid.baseline !== null ? cellAt(grid, this.prompt, grid.baseline, this.repetition) : null;
    this.#shown = cells.map((cell, i) => {
      const panel = this.#panel(cell.column);
      if (this.#cells.children[i] !== panel.element) this.#cells.insertBefore(panel.element, this.#cells.children[i] ?? null);
      const column = grid.columns[cell.column];
      panel.draw(
        cell,
        Array.from({ length: grid.n }, (_, repetition) => cellAt(grid, this.prompt, cell.column, repetition)),
        {
          name: [column?.model, column?.params].filter(Boolean).join(" · "),
          prompt: prompt?.name ?? "",
          blind: choice.blind ? i + 1 : 0,
          base: base ? this.store.lanes.get(base.lane) : undefined,
          isBase: grid.baseline === cell.column,
          best: vote?.cell === cell.id,
          ripe,
          most: choice.most,
          votes: choice.live,
        },
      );
      return panel;
    });
    while (this.#cells.children.length > cells.length) this.#cells.lastElementChild?.remove();
  }

  #panel(column: number): Panel {
    const found = this.#panels.get(column) ?? new Panel(this.store, this.kit, this.signal, (cell) => this.#vote(cell), this.actions.again);
    this.#panels.set(column, found);
    return found;
  }

  #drawAgain(grid: Grid): void {
    setHidden(this.#again, grid.n < 2);
    if (grid.n < 2) return;
    if (this.#again.childElementCount !== grid.n)
      replace(
        this.#again,
        ...Array.from({ length: grid.n }, (_, i) => h("button", { type: "button", "data-repetition": i, class: "sw-gr-rep" }, i + 1)),
      );
    for (const [i, button] of [...this.#again.children].entries()) {
      const cells = grid.columns.map((_, column) => cellAt(grid, this.prompt, column, i));
      setAttribute(button, "aria-pressed", String(i === this.repetition));
      const over = cells.filter(isOver).length;
      setAttribute(button, "data-over", over === cells.length);
      setAttribute(button, "aria-label", `Repetition ${i + 1}: ${over} of ${cells.length} done`);
      setAttribute(button, "title", `${over} of ${cells.length} done`);
    }
  }

  /** The number of an answer chooses it. */
  #key(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, textarea, select")) return;
    const panel = this.#shown[Number(event.key) - 1];
    if (!/^[1-9]$/.test(event.key) || !panel?.cell || !this.#votes) return;
    event.preventDefault();
    this.#vote(panel.cell);
  }

  /** Choose a cell, or take the choice back; null: only the note has changed. */
  #vote(cell: Cell | null): void {
    const grid = this.#grid;
    if (!grid) return;
    const vote = grid.votes.find((one) => one.prompt === this.prompt && one.repetition === this.repetition);
    const cells = this.#shown.map((panel) => panel.cell).filter((one): one is Cell => one !== null);
    if (cell && !cells.every(isOver)) {
      this.actions.say("A vote waits until every answer of its row has ended.");
      return;
    }
    const chosen = cell === null ? (vote?.cell ?? "") : vote?.cell === cell.id ? "" : cell.id;
    this.actions.vote(
      this.prompt,
      this.repetition,
      chosen,
      this.#note.value,
      cells.map((one) => one.id),
    );
  }
}
