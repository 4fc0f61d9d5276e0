/** The style of the conversation of all lanes. */

export const STYLE = `
.sse-widget .sc-talk { position: relative; border-top: 1px solid var(--sw-line); }
.sse-widget .sc-list {
  max-height: 360px; min-height: 96px; margin: 0; padding: 8px 0 10px; overflow: hidden auto; overflow-anchor: none; list-style: none;
  scrollbar-width: thin; scrollbar-color: var(--sw-line) transparent;
}
.sse-widget .sc-list:focus-visible { outline-offset: -2px; }
.sse-widget .sc-item {
  display: grid; grid-template-columns: minmax(96px, 150px) minmax(0, 1fr) 64px; gap: 0 12px; align-items: baseline;
  width: 100%; padding: 3px 14px; text-align: start; font: inherit; line-height: 1.45; cursor: pointer;
}
.sse-widget .sc-item:is(:hover, :focus-visible) { background: var(--sw-hover); }
.sse-widget .sc-item:focus-visible { outline-offset: -2px; }
.sse-widget .sc-who { display: flex; gap: 8px; align-items: center; min-width: 0; color: var(--lane); font-size: 13px; font-weight: 600; }
.sse-widget .sc-who i { flex: none; width: 8px; height: 8px; border-radius: 3px; background: var(--lane); }
.sse-widget .sc-who span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.sse-widget [data-again] .sc-who { visibility: hidden; }
.sse-widget .sc-text { min-width: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.sse-widget .sc-item[data-kind="reasoning"] .sc-text { color: var(--sw-dim); font-style: italic; }
.sse-widget .sc-item[data-kind="tool_call"] .sc-text, .sse-widget .sc-item[data-kind="tool_result"] .sc-text { font-family: var(--sw-mono); font-size: 12px; }
.sse-widget .sc-item[data-kind="step"] .sc-text { color: var(--sw-dim); }
.sse-widget .sc-time { color: var(--sw-dim); font-size: 12px; text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.sse-widget .sc-link { display: flex; text-align: center; gap: 10px; align-items: center; padding: 5px 14px; color: var(--sw-dim); font-size: 12px; }
.sse-widget .sc-link::before, .sse-widget .sc-link::after { content: ""; flex: 1 1 0; height: 1px; background: var(--sw-line); }
.sse-widget .sc-more { display: block; margin: 0 auto 6px; }
.sse-widget .sc-end { position: absolute; bottom: 10px; inset-inline: 0; width: max-content; margin: auto; background: var(--sw-bg); box-shadow: 0 1px 6px rgb(0 0 0 / 18%); }
@container sse-widget (max-width: 699.9px) {
  .sse-widget .sc-item { grid-template-columns: minmax(0, 1fr) 64px; }
  .sse-widget .sc-text { grid-row: 2; grid-column: 1 / 3; }
  .sse-widget [data-again] .sc-who { display: none; }
  .sse-widget [data-again] .sc-item { grid-template-rows: 0 auto; }
  .sse-widget [data-again] .sc-time { visibility: hidden; }
}
`;
