/** The theatre's own styles: they come with it, and not with every widget. */

export const STYLE = `
.sse-widget .sw-theatre { margin-bottom: 10px; }
.sse-widget .sw-theatre-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 16px; min-height: 53px; padding: 9px 14px; font-size: 13px; }
.sse-widget .sw-theatre-bar .sw-button-main { min-width: 104px; }
.sse-widget .sw-theatre-title { display: flex; flex: 1 1 160px; gap: 10px; min-width: 0; font-weight: 600; white-space: nowrap; }
.sse-widget .sw-theatre-name { min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--sw-dim); font-weight: 400; }
.sse-widget .sw-theatre-bar label { display: flex; align-items: center; gap: 8px; color: var(--sw-dim); white-space: nowrap; }
.sse-widget .sw-theatre-bar select { height: 24px; padding: 0 4px; border: 1px solid var(--sw-line); border-radius: 6px; background: var(--sw-bg); color: var(--sw-fg); font: inherit; }
.sse-widget .sw-theatre-bar input { width: 96px; margin: 0; accent-color: var(--sw-accent); }
.sse-widget .sw-theatre-wpm { min-width: 7.4em; color: var(--sw-fg); font-variant-numeric: tabular-nums; }
.sse-widget .sw-stages { display: grid; grid-template-columns: 1fr 1fr; border-top: 1px solid var(--sw-line); }
.sse-widget .sw-stage { min-width: 0; }
.sse-widget .sw-stage + .sw-stage { border-left: 1px solid var(--sw-line); }
.sse-widget .sw-stage-head { display: flex; align-items: baseline; gap: 10px; height: 41px; padding: 9px 22px 7px; white-space: nowrap; }
.sse-widget .sw-stage-head h3 { flex: 1; margin: 0; font: 600 13px/20px var(--sw-font); }
.sse-widget .sw-stage-word { color: var(--sw-dim); font-size: 12px; }
.sse-widget .sw-stage-clock { min-width: 4.2em; font-size: 20px; line-height: 24px; font-weight: 500; font-variant-numeric: tabular-nums; text-align: right; }
.sse-widget .sw-stage-body { position: relative; height: 300px; overflow: auto; scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent; }
.sse-widget .sw-stage-body:focus-visible { outline-offset: -2px; }
.sse-widget .sw-stage-out { display: flex; flex-direction: column; }
.sse-widget .sw-stage-out .sw-scroll { overflow: visible; }
.sse-widget .sw-stage-out .sw-pill { display: none; }
.sse-widget .sw-stage-out .sw-paper { padding-top: 4px; }
.sse-widget .sw-stage-note { display: flex; align-items: center; justify-content: center; gap: 10px; height: 100%; margin: 0; padding: 0 22px 30px; color: var(--sw-dim); text-align: center; }
.sse-widget .sw-spinner { flex: none; width: 16px; height: 16px; border: 2px solid var(--sw-line); border-top-color: var(--sw-accent); border-radius: 50%; animation: sw-spin 0.9s linear infinite; }
@keyframes sw-spin { to { transform: rotate(1turn); } }
.sse-widget ::highlight(sw-read) { background-color: color-mix(in srgb, var(--sw-accent) 9%, transparent); }
.sse-widget ::highlight(sw-reading) { background-color: color-mix(in srgb, var(--sw-accent) 38%, transparent); }
.sse-widget .sw-strip { padding: 12px 14px 10px; border-top: 1px solid var(--sw-line); font-size: 12px; }
.sse-widget .sw-strip-rows { position: relative; display: grid; gap: 6px; }
.sse-widget .sw-strip-row { display: grid; grid-template-columns: 104px minmax(0, 1fr); align-items: center; color: var(--sw-dim); white-space: nowrap; }
.sse-widget .sw-strip-track { position: relative; height: 22px; border-radius: 4px; background: var(--sw-soft); overflow: clip; }
.sse-widget .sw-strip-track > * { position: absolute; }
.sse-widget .sw-strip-wait { inset-block: 0; background: repeating-linear-gradient(135deg, var(--sw-line) 0 1px, transparent 1px 5px); }
.sse-widget .sw-strip-tokens { top: 1px; left: 0; width: 100%; height: 11px; fill: var(--sw-text); }
.sse-widget .sw-strip-block { top: 1px; height: 11px; min-width: 3px; background: var(--sw-text); }
.sse-widget .sw-strip-toread { top: 15px; height: 4px; border-radius: 2px; background: color-mix(in srgb, var(--sw-accent) 24%, transparent); }
.sse-widget .sw-strip-read { top: 15px; height: 4px; border-radius: 2px; background: var(--sw-accent); }
.sse-widget .sw-strip-over { position: absolute; inset: 0 0 0 104px; pointer-events: none; }
.sse-widget .sw-strip-head { position: absolute; inset-block: -3px; width: 1px; background: var(--sw-fg); }
.sse-widget .sw-strip-axis { position: relative; height: 17px; margin-left: 104px; color: var(--sw-dim); overflow: clip; }
.sse-widget .sw-strip-axis span { position: absolute; top: 2px; padding-left: 3px; border-left: 1px solid var(--sw-line); line-height: 14px; white-space: nowrap; }
.sse-widget .sw-strip-slider { width: 100%; margin: 0; }
.sse-widget .sw-strip-words { margin: 6px 0 0; font-size: 13px; }
.sse-widget .sw-ballot { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding: 10px 14px; border-top: 1px solid var(--sw-line); font-size: 13px; }
.sse-widget .sw-vote-title { font-weight: 600; }
.sse-widget .sw-vote kbd { margin-right: 8px; padding: 0 5px; border: 1px solid currentcolor; border-radius: 4px; background: none; color: inherit; font: 11px/16px var(--sw-mono); box-shadow: none; opacity: 0.75; }
.sse-widget .sw-vote-count { color: var(--sw-dim); font-variant-numeric: tabular-nums; }
.sse-widget .sw-vote-tools { display: flex; gap: 8px; margin-left: auto; }
.sse-widget .sw-vote-bars { display: grid; flex-basis: 100%; grid-template-columns: 104px minmax(0, 1fr); gap: 4px 0; margin: 0; font-size: 12px; }
.sse-widget .sw-vote-bars dt { margin: 0; color: var(--sw-dim); font-weight: 400; }
.sse-widget .sw-vote-bars dd { display: flex; align-items: center; gap: 8px; margin: 0; }
.sse-widget .sw-vote-bars b { min-width: 6em; font-weight: 500; font-variant-numeric: tabular-nums; }
.sse-widget .sw-vote-bar { flex: 1; height: 10px; border-radius: 3px; background: var(--sw-soft); overflow: clip; }
.sse-widget .sw-vote-bar i { display: block; height: 100%; background: var(--sw-accent); }
.sse-widget .sw-theatre-figures { border-top: 1px solid var(--sw-line); font-size: 13px; }
.sse-widget .sw-theatre-figures summary { padding: 10px 14px; font-weight: 600; cursor: pointer; }
.sse-widget .sw-theatre-table { width: auto; flex: 1 1 460px; margin: 0; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
.sse-widget .sw-theatre-table :is(th, td) { padding: 4px 18px 4px 0; border: 0; background: none; text-align: left; vertical-align: baseline; font-weight: 400; }
.sse-widget .sw-theatre-table :is(thead th, td) { text-align: right; white-space: nowrap; }
.sse-widget .sw-theatre-table thead th { color: var(--sw-dim); }
.sse-widget .sw-theatre-table th[scope="rowgroup"] { color: var(--sw-dim); }
.sse-widget .sw-theatre-table tbody { border-top: 1px solid var(--sw-line); }
.sse-widget .sw-theatre-table th[title] { cursor: help; }
.sse-widget .sw-theatre-cols { display: flex; flex-wrap: wrap; gap: 8px 36px; padding: 0 14px 14px; }
.sse-widget .sw-theatre-sources { flex: 1 1 300px; max-width: 78ch; margin: 4px 0 0; color: var(--sw-dim); font-size: 12px; }
@container sse-widget (max-width: 699.9px) {
  .sse-widget .sw-stage-head { padding: 8px 12px 6px; }
  .sse-widget .sw-theatre-bar { gap: 6px 12px; }
  .sse-widget .sw-theatre-bar label { order: 1; }
  .sse-widget .sw-theatre-title { flex-basis: 120px; }
  .sse-widget .sw-stage-word { display: none; }
  .sse-widget .sw-stage-head { height: 36px; }
  .sse-widget .sw-stage-clock { font-size: 16px; }
  .sse-widget .sw-stage-body { height: 240px; font-size: 13px; }
  .sse-widget .sw-stage-out .sw-paper { padding: 4px 12px 14px; }
  .sse-widget .sw-strip-row { grid-template-columns: 92px minmax(0, 1fr); }
  .sse-widget .sw-strip-over { left: 92px; }
  .sse-widget .sw-strip-axis { margin-left: 92px; }
  .sse-widget .sw-vote-bars { grid-template-columns: 92px minmax(0, 1fr); }
  .sse-widget :is(.sw-strip, .sw-vote-bars) { font-size: 11.5px; }
  .sse-widget .sw-theatre-table { flex-basis: 100%; }
  .sse-widget .sw-theatre-table :is(th, td) { padding-right: 10px; }
  .sse-widget .sw-theatre-table :is(th[scope="rowgroup"], thead td:first-child) { display: none; }
}
`;
