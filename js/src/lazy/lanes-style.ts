/** The style of the board of lanes: it comes with it, and is in no widget that has one stream. */

export const STYLE = `
.sse-widget .sl-board {
  --sl-0: light-dark(#1068b3, #6db6f7);
  --sl-1: light-dark(#b14a06, #f29b5c);
  --sl-2: light-dark(#0b7455, #4cc79f);
  --sl-3: light-dark(#a52e76, #ee8cc6);
  --sl-4: light-dark(#7d5f00, #e6c34d);
  --sl-5: light-dark(#6741b3, #b69cf5);
  --sl-6: light-dark(#0b6f7f, #5cc8da);
  --sl-7: light-dark(#59626d, #a9b2bd);
  margin-bottom: 8px;
  border: 1px solid var(--sw-line);
  border-radius: var(--sw-radius);
  background: var(--sw-bg);
  overflow: clip;
}
.sse-widget .sl-head { display: flex; align-items: center; gap: 6px 16px; min-height: 53px; padding: 7px 14px; }
.sse-widget .sl-head .sl-word { min-width: 56px; }
.sse-widget .sl-title { display: flex; flex: 1 1 0; min-width: 0; gap: 10px; align-items: baseline; white-space: nowrap; overflow: hidden; }
.sse-widget .sl-title b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; }
.sse-widget .sl-title span { color: var(--sw-dim); }
.sse-widget .sl-title code { flex: 0 99 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--sw-dim); font-size: 12px; }
.sse-widget .sl-tools { display: flex; flex: none; gap: 8px; }
.sse-widget .sl-button { padding: 4px 12px; border: 1px solid var(--sw-line); border-radius: 6px; color: var(--sw-dim); white-space: nowrap; }
.sse-widget .sl-button[aria-pressed="true"] { color: var(--sw-fg); background: var(--sw-soft); }
.sse-widget .sl-button.sw-stop { border-color: color-mix(in srgb, var(--sw-bad) 55%, var(--sw-line)); color: var(--sw-bad-ink); }
.sse-widget .sl-button:hover { background: var(--sw-hover); color: var(--sw-fg); }
.sse-widget .sl-grid { position: relative; border-top: 1px solid var(--sw-line); }
.sse-widget .sl-rows { position: relative; max-height: 450px; overflow: hidden auto; scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent; scrollbar-gutter: stable; }
.sse-widget .sl-rows:focus-visible { outline-offset: -2px; }
.sse-widget .sl-row, .sse-widget .sl-legend {
  display: grid;
  grid-template-columns: minmax(120px, 200px) 104px minmax(80px, 1fr) 196px 88px;
  align-items: center;
  gap: 0 10px;
  padding: 0 8px 0 10px;
}
.sse-widget .sl-row { position: relative; height: 36px; }
.sse-widget .sl-row + .sl-row { box-shadow: inset 0 1px var(--sw-line); }
.sse-widget .sl-row:hover { background: var(--sw-soft); }
.sse-widget .sl-row[data-open] { background: color-mix(in srgb, var(--sw-accent) 9%, transparent); }
.sse-widget .sl-row[data-dim] :is(canvas, .sl-num, .sl-state) { opacity: 0.45; }
.sse-widget .sl-row[data-drag] { background: var(--sw-hover); }
.sse-widget .sl-name { display: flex; align-items: center; gap: 9px; min-width: 0; height: 30px; text-align: start; }
.sse-widget .sl-names { display: flex; gap: 7px; align-items: baseline; min-width: 0; white-space: nowrap; }
.sse-widget .sl-names > * { unicode-bidi: isolate; overflow: hidden; text-overflow: ellipsis; }
.sse-widget .sl-names b { flex: 0 1 auto; font-weight: 600; }
.sse-widget .sl-about { flex: 1 1 0; color: var(--sw-dim); font-size: 12px; }
.sse-widget .sl-badge {
  flex: none; min-width: 20px; height: 20px; padding: 0 4px; border-radius: 5px;
  background: var(--lane); color: light-dark(#fff, #14181d);
  font: 600 11px / 20px var(--sw-font); text-align: center; font-style: normal;
}
.sse-widget .sl-row .sl-badge { cursor: grab; touch-action: none; }
.sse-widget .sl-row[data-drag] .sl-badge { cursor: grabbing; }
.sse-widget .sl-state { display: flex; align-items: center; gap: 8px; font-size: 13px; white-space: nowrap; }
.sse-widget .sl-strip { height: 30px; min-width: 0; cursor: crosshair; }
.sse-widget .sl-strip canvas, .sse-widget .sl-axis-canvas { display: block; width: 100%; height: 100%; }
.sse-widget .sl-nums { position: relative; display: grid; grid-template-columns: 60px 66px 1fr; font-size: 13px; text-align: end; white-space: nowrap; }
.sse-widget .sl-at { position: absolute; inset: 0; background: inherit; color: var(--sw-fg); text-align: end; overflow: hidden; text-overflow: ellipsis; }
.sse-widget .sl-nums:has(.sl-at:not([hidden])) .sl-num { visibility: hidden; }
.sse-widget .sl-acts { display: flex; justify-content: flex-end; gap: 2px; }
.sse-widget .sl-icon { width: 26px; height: 26px; display: grid; place-items: center; border-radius: 5px; color: var(--sw-dim); }
.sse-widget .sl-icon:hover { background: var(--sw-hover); color: var(--sw-fg); }
.sse-widget .sl-icon svg { width: 16px; height: 16px; fill: currentcolor; }
.sse-widget .sl-icon[data-do="solo"][aria-pressed="true"] { color: var(--sw-accent); background: color-mix(in srgb, var(--sw-accent) 14%, transparent); }
.sse-widget .sl-icon[data-do="fold"][aria-pressed="true"] svg { transform: rotate(-90deg); }
.sse-widget .sl-icon[data-do="stop"] { color: var(--sw-bad-ink); }
.sse-widget .sl-icon[aria-disabled="true"] { visibility: hidden; }
.sse-widget .sl-legend { height: 26px; border-top: 1px solid var(--sw-line); color: var(--sw-dim); font-size: 11px; scrollbar-gutter: stable; overflow: hidden; scrollbar-width: thin; }
.sse-widget .sl-legend .sl-nums { font-size: 11px; }
.sse-widget .sl-axis-in { height: 22px; min-width: 0; cursor: crosshair; }
.sse-widget .sl-axis-in:focus-visible { outline-offset: 2px; }
.sse-widget .sl-cursor { position: absolute; z-index: 2; top: 0; bottom: 0; left: 0; width: 1px; background: var(--sw-accent); pointer-events: none; }
.sse-widget .sl-cursor span {
  position: absolute; bottom: 3px; left: 5px; padding: 0 5px; border-radius: 4px;
  background: var(--sw-fg); color: var(--sw-bg); font-size: 11px; line-height: 18px; white-space: nowrap;
}
.sse-widget .sl-cursor[data-turned] span { left: auto; right: 5px; }
.sse-widget .sl-links { position: absolute; z-index: 1; top: 0; left: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
.sse-widget .sl-link { color: var(--sw-fg); pointer-events: visiblepainted; }
.sse-widget .sl-link-line { fill: none; stroke: currentcolor; stroke-width: 1.5; }
.sse-widget .sl-link :is(circle, .sl-link-tip) { fill: currentcolor; }
.sse-widget .sl-link[data-kind="wait"] .sl-link-line { stroke-dasharray: 2 3; }
.sse-widget .sl-link[data-kind="barrier"] .sl-link-line { stroke-dasharray: 5 3; }
.sse-widget .sl-panels {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr));
  max-height: 660px; overflow: hidden auto; border-top: 1px solid var(--sw-line);
  scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent;
}
.sse-widget .sl-panels[data-few] { grid-template-columns: minmax(0, 1fr); }
.sse-widget .sl-panel { display: flex; flex-direction: column; height: 210px; min-width: 0; margin: 0 -1px -1px 0; border: 1px solid var(--sw-line); border-width: 0 1px 1px 0; }
.sse-widget .sl-panels[data-few] .sl-panel { height: 300px; }
.sse-widget .sl-panel-head { display: flex; flex: none; align-items: center; gap: 9px; height: 34px; padding: 0 12px; text-align: start; }
.sse-widget .sl-panel-head:hover { background: var(--sw-hover); }
.sse-widget .sl-panel-head:focus-visible { outline-offset: -2px; }
.sse-widget .sl-panel-head b { flex: 1 1 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; unicode-bidi: isolate; }
.sse-widget .sl-panel[data-open] .sl-panel-head { box-shadow: inset 0 2px var(--sw-accent); }
.sse-widget .sl-panel .sw-out { flex: 1 1 0; min-height: 0; max-height: none; font-size: 13px; }
.sse-widget .sl-panel .sw-paper { padding: 2px 12px 12px; }
.sse-widget .sl-panel .sw-md { font-size: 13.5px; }
.sse-widget .sl-panel .sw-md :is(h1, h2, h3) { font-size: 15px; }
.sse-widget .sl-board ~ .sw-card .sw-lanes, .sse-widget [data-sw="board"] ~ .sw-card .sw-lanes { display: none; }
.sse-widget .sl-close { margin-inline-start: auto; }
@container sse-widget (max-width: 920px) {
  .sse-widget .sl-row, .sse-widget .sl-legend { grid-template-columns: minmax(110px, 170px) 96px minmax(80px, 1fr) 130px 88px; }
  .sse-widget .sl-nums { grid-template-columns: 60px 1fr; }
  .sse-widget .sl-spare { display: none; }
}
@container sse-widget (max-width: 699.9px) {
  .sse-widget .sl-head { flex-wrap: wrap; justify-content: space-between; padding: 8px 12px; }
  .sse-widget .sl-title { flex: 1 1 200px; }
  .sse-widget .sl-tools { order: 9; }
  .sse-widget .sl-rows { max-height: 420px; }
  .sse-widget .sl-row { grid-template-columns: minmax(0, 1fr) 100px 88px; height: 70px; align-content: center; }
  .sse-widget .sl-row .sl-strip { grid-row: 2; grid-column: 1; }
  .sse-widget .sl-row .sl-nums { grid-row: 2; grid-column: 2 / 4; }
  .sse-widget .sl-nums { grid-template-columns: 92px 1fr; }
  .sse-widget .sl-legend { grid-template-columns: minmax(0, 1fr) 198px; }
  .sse-widget .sl-legend > :is(.sl-gone, .sl-acts) { display: none; }
}
@media (forced-colors: active) {
  .sse-widget .sl-badge { border: 1px solid; forced-color-adjust: none; }
}
`;
