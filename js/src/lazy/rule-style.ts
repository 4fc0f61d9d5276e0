/** The style of the rule panel: not in the main bundle, as what it is for is not. */

export const STYLE = `
.sse-widget .sw-rule { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 8px 12px; align-items: center; width: min(424px, calc(100vw - 16px)); max-height: calc(100vh - 16px); padding: 11px 14px 13px; overflow: auto; }
.sse-widget .sw-rule-head, .sse-widget .sw-rule-acts { grid-column: 1 / -1; display: flex; justify-content: space-between; align-items: center; }
.sse-widget .sw-rule-head b { font-weight: 600; }
.sse-widget .sw-rule label { color: var(--sw-dim); font-size: 12px; }
.sse-widget .sw-rule :is(input, select) { width: 100%; height: 28px; padding: 0 8px; border: 1px solid color-mix(in srgb, var(--sw-fg) 26%, var(--sw-bg)); border-radius: 6px; background: var(--sw-bg); color: var(--sw-fg); }
.sse-widget .sw-rule select { padding: 0 4px; }
.sse-widget .sw-rule input { font-family: var(--sw-mono); font-size: 12.5px; }
.sse-widget .sw-rule input::placeholder { color: var(--sw-faint); opacity: 1; }
.sse-widget .sw-rule :is(input, select):focus-visible { outline-offset: -1px; }
.sse-widget .sw-rule[data-by="format"] input:not(:focus) { border-color: var(--sw-line); color: var(--sw-faint); }
.sse-widget .sw-rule-offers { grid-column: 2; display: flex; flex-wrap: wrap; gap: 4px; margin-top: -3px; }
.sse-widget .sw-rule-offers button { max-width: 100%; overflow: hidden; padding: 1px 8px; border-radius: 9px; background: var(--sw-hover); color: var(--sw-dim); font: 11.5px / 17px var(--sw-mono); text-overflow: ellipsis; white-space: nowrap; }
.sse-widget .sw-rule-offers button:is(:hover, [aria-pressed="true"]) { background: color-mix(in srgb, var(--sw-accent) 15%, transparent); color: var(--sw-fg); }
.sse-widget .sw-rule-preview { grid-column: 1 / -1; display: flex; flex-direction: column; height: 118px; overflow: hidden; border-radius: 7px; background: var(--sw-soft); }
.sse-widget .sw-rule-count { max-height: 118px; padding: 6px 10px 0; overflow: auto; color: var(--sw-dim); font-size: 12px; }
.sse-widget [data-how="error"] > .sw-rule-count { color: var(--sw-bad-ink); }
.sse-widget [data-how="none"] > .sw-rule-count { color: var(--sw-warn-ink); }
.sse-widget .sw-rule-text { flex: 1 1 0; min-height: 0; padding: 3px 10px 7px; overflow: auto; overflow-wrap: anywhere; white-space: pre-wrap; scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent; }
.sse-widget .sw-rule-text:focus-visible { outline-offset: -2px; }
`;
