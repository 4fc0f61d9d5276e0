/** How the grid looks. It comes with the grid, since most widgets never need it; colours and measures are those of the card. */

export const STYLE = `
.sse-widget .sw-gr { container: sw-gr / inline-size; margin-bottom: 8px; padding-bottom: 4px; }
.sse-widget .sw-gr-top { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; min-height: 46px; padding: 7px 14px; font-size: 13px; }
.sse-widget .sw-gr-done { font-size: 14px; font-weight: 600; }
.sse-widget .sw-gr-left { color: var(--sw-fg); }
.sse-widget .sw-gr-left:empty { display: none; }
.sse-widget .sw-gr-fair { flex: 1 1 auto; color: var(--sw-dim); font-size: 12px; text-align: end; }
.sse-widget .sw-gr-bar { height: 3px; background: var(--sw-line); }
.sse-widget .sw-gr-bar i { display: block; height: 100%; background: var(--sw-accent); }
.sse-widget .sw-gr-menu { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; padding: 8px 14px; border-bottom: 1px solid var(--sw-line); font-size: 12px; }
.sse-widget .sw-gr-label { display: flex; align-items: center; gap: 6px; color: var(--sw-dim); white-space: nowrap; }
.sse-widget .sw-gr-input { height: 26px; padding: 0 8px; border: 1px solid var(--sw-line); border-radius: 6px; background: var(--sw-bg); color: var(--sw-fg); font-size: 12px; min-width: 0; max-width: 220px; }
.sse-widget .sw-gr-button { height: 26px; padding: 0 10px; border: 1px solid var(--sw-line); border-radius: 6px; color: var(--sw-fg); font-size: 12px; white-space: nowrap; }
.sse-widget :is(.sw-gr-button, .sw-gr-act, .sw-gr-rep):hover { background: var(--sw-hover); }
.sse-widget .sw-gr-button[aria-pressed="true"] { border-color: var(--sw-accent); background: color-mix(in srgb, var(--sw-accent) 12%, var(--sw-bg)); font-weight: 600; }
.sse-widget .sw-gr-said { padding: 6px 14px; border-bottom: 1px solid var(--sw-line); background: var(--sw-soft); font-size: 13px; }
.sse-widget .sw-gr-none { padding: 24px 14px; color: var(--sw-dim); text-align: center; }
.sse-widget .sw-gr-table { overflow-x: auto; scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent; }
.sse-widget .sw-gr-cells { display: grid; grid-template-columns: repeat(var(--sw-gr-columns, 1), minmax(230px, 1fr)); min-width: min-content; }
.sse-widget .sw-gr-cells > * + * { border-inline-start: 1px solid var(--sw-line); }
.sse-widget .sw-gr-column { min-width: 0; padding: 8px 14px 7px; background: var(--sw-soft); }
.sse-widget .sw-gr-head { display: flex; align-items: baseline; gap: 8px; min-width: 0; }
.sse-widget .sw-gr-name { font-weight: 600; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sse-widget .sw-gr-params { color: var(--sw-dim); font-size: 12px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sse-widget .sw-gr-head .sw-gr-act { margin-inline-start: auto; }
.sse-widget .sw-gr-facts { color: var(--sw-dim); font-size: 12px; line-height: 18px; min-height: 18px; }
.sse-widget .sw-gr-stars { color: var(--sw-tool-ink); font-size: 12px; white-space: nowrap; }
.sse-widget .sw-gr-row { border-top: 1px solid var(--sw-line); min-width: min-content; }
.sse-widget .sw-gr-rowhead { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; padding: 7px 14px; background: var(--sw-soft); border-bottom: 1px solid var(--sw-line); font-size: 13px; }
.sse-widget .sw-gr-asked { display: flex; gap: 10px; align-items: baseline; flex: 1 1 260px; min-width: 0; }
.sse-widget .sw-gr-asked b { flex: none; max-width: 50%; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sse-widget .sw-gr-prompt { min-width: 0; color: var(--sw-dim); overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; }
.sse-widget .sw-gr-tools { display: flex; align-items: center; gap: 10px; }
.sse-widget .sw-gr-again { display: flex; gap: 2px; }
.sse-widget .sw-gr-rep { min-width: 24px; height: 24px; border-radius: 5px; color: var(--sw-dim); font-size: 12px; }
.sse-widget .sw-gr-rep[data-over] { color: var(--sw-fg); }
.sse-widget .sw-gr-rep[aria-pressed="true"] { background: color-mix(in srgb, var(--sw-accent) 14%, var(--sw-bg)); color: var(--sw-fg); font-weight: 600; }
.sse-widget .sw-gr-cell { display: flex; flex-direction: column; min-width: 0; }
.sse-widget .sw-gr-cell[data-best] { box-shadow: inset 0 2px 0 var(--sw-accent); }
.sse-widget .sw-gr-cell > .sw-gr-head { padding: 8px 14px 2px; font-size: 12px; min-height: 26px; }
.sse-widget .sw-gr-cell > .sw-gr-head .sw-gr-name { display: none; }
.sse-widget .sw-gr-state { display: inline-flex; align-items: center; gap: 7px; font-weight: 600; white-space: nowrap; }
.sse-widget .sw-gr-state::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--c, var(--sw-meta)); }
.sse-widget [data-status="planned"] > .sw-gr-head > .sw-gr-state::before, .sse-widget [data-status="skipped"] > .sw-gr-head > .sw-gr-state::before { background: none; box-shadow: inset 0 0 0 1px var(--sw-meta); }
.sse-widget .sw-gr-tag { order: 1; padding: 0 6px; border-radius: 8px; background: color-mix(in srgb, var(--sw-accent) 14%, var(--sw-bg)); font-size: 11px; line-height: 17px; white-space: nowrap; }
.sse-widget .sw-gr-changes { order: 2; margin-inline-start: auto; color: var(--sw-dim); white-space: nowrap; }
.sse-widget dl.sw-gr-nums { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0 10px; padding: 4px 14px 6px; }
.sse-widget .sw-gr-nums > div { display: grid; grid-template-columns: auto; min-width: 0; line-height: 1.25; }
.sse-widget .sw-gr-nums dt { order: 2; color: var(--sw-dim); font-size: 11px; white-space: nowrap; }
.sse-widget .sw-gr-nums dd { order: 1; white-space: nowrap; }
.sse-widget .sw-gr-nums dd:not(.sw-gr-spread) { font-weight: 600; }
.sse-widget .sw-gr-nums dd.sw-none:not(.sw-gr-spread) { color: var(--sw-dim); font-weight: 400; }
.sse-widget .sw-gr-nums .sw-gr-spread { order: 3; min-height: 26px; padding-top: 3px; }
.sse-widget .sw-gr-spread svg { display: block; width: 100%; height: 10px; overflow: visible; }
.sse-widget .sw-gr-spread path { fill: none; stroke: var(--sw-meta); stroke-width: 1.5px; vector-effect: non-scaling-stroke; }
.sse-widget .sw-gr-spread .sw-gr-scale { stroke: var(--sw-line); stroke-width: 1px; }
.sse-widget .sw-gr-spread .sw-gr-range { stroke: var(--sw-faint); stroke-width: 3px; }
.sse-widget .sw-gr-spread .sw-gr-own { stroke: var(--sw-accent); stroke-width: 3px; }
.sse-widget .sw-gr-median { color: var(--sw-dim); font-size: 11px; line-height: 14px; white-space: nowrap; }
.sse-widget .sw-gr-note { padding: 2px 14px 6px; color: var(--sw-dim); font-size: 12px; line-height: 17px; overflow-wrap: anywhere; }
.sse-widget [data-status="failed"] > .sw-gr-note { color: var(--sw-bad-ink); }
.sse-widget [data-status="reconnecting"] > .sw-gr-note { color: var(--sw-warn-ink); }
.sse-widget .sw-gr-row > .sw-gr-cells:empty { min-height: 330px; }
.sse-widget .sw-gr-body { display: flex; flex: 1 1 auto; min-height: 132px; border-top: 1px solid var(--sw-line); }
.sse-widget .sw-gr-body > * { flex: 1 1 auto; min-width: 0; }
.sse-widget .sw-gr-out { --sw-pane-max: 260px; }
.sse-widget .sw-gr-out .sw-paper { padding: 8px 14px 12px; font-size: 13px; }
.sse-widget .sw-gr-diff { max-height: 260px; padding: 8px 14px 12px; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
.sse-widget .sw-gr-diff .sw-gr-note { padding: 0 0 6px; }
.sse-widget ins.sw-gr-word { border-bottom: 2px solid var(--sw-good); background: color-mix(in srgb, var(--sw-good) 14%, transparent); text-decoration: none; }
.sse-widget del.sw-gr-word { color: var(--sw-bad-ink); background: color-mix(in srgb, var(--sw-bad) 8%, transparent); text-decoration: line-through; }
.sse-widget .sw-gr-empty { padding: 8px 14px; color: var(--sw-dim); font-size: 13px; }
.sse-widget .sw-gr-foot { display: flex; justify-content: space-between; gap: 8px; padding: 4px 8px 6px 6px; }
.sse-widget .sw-gr-act { padding: 2px 8px; border-radius: 6px; color: var(--sw-dim); font-size: 12px; line-height: 18px; white-space: nowrap; }
.sse-widget .sw-gr-act:hover { color: var(--sw-fg); }
.sse-widget .sw-gr-act[aria-pressed="true"] { color: var(--sw-fg); font-weight: 600; }
.sse-widget .sw-gr-act[aria-disabled="true"] { cursor: default; }
.sse-widget .sw-gr-blind .sw-gr-cell > .sw-gr-head .sw-gr-name { display: inline; font-size: 13px; }
.sse-widget .sw-gr-blind .sw-gr-cell > .sw-gr-head { padding-bottom: 7px; }
@container sw-gr (max-width: 640px) {
  .sse-widget .sw-gr-cells:not(.sw-gr-columns) { grid-template-columns: minmax(0, 1fr); min-width: 0; }
  .sse-widget .sw-gr-columns { grid-template-columns: minmax(0, 1fr); min-width: 0; }
  .sse-widget .sw-gr-row { min-width: 0; }
  .sse-widget .sw-gr-cells > * + * { border-inline-start: 0; border-top: 1px solid var(--sw-line); }
  .sse-widget .sw-gr-columns > * + * { border-top: 0; padding-top: 0; }
  .sse-widget .sw-gr-cell > .sw-gr-head .sw-gr-name { display: inline; font-size: 13px; }
  .sse-widget .sw-gr-body { min-height: 0; }
  .sse-widget .sw-gr-fair { text-align: start; flex-basis: 100%; }
  .sse-widget .sw-gr-tools { flex: 1 1 100%; }
  .sse-widget .sw-gr-tools .sw-gr-input { flex: 1 1 auto; max-width: none; }
}
`;
