/** The style of the charts: not in the main bundle, as what it is for is not. */

export const STYLE = `
.sse-widget .sw-charts { padding: 4px 12px 12px; }
.sse-widget .sw-figure { padding: 8px 0 4px; }
.sse-widget .sw-figure + .sw-figure { border-top: 1px solid var(--sw-line); }
.sse-widget .sw-figure figcaption { font-size: 12px; font-weight: 600; }
.sse-widget .sw-chart { display: block; width: 100%; height: 92px; }
.sse-widget .sw-chart-words { min-height: 36px; font-size: 12px; line-height: 18px; color: var(--sw-dim); }
.sse-widget .sw-share { height: 12px; margin: 8px 0 6px; border-radius: 3px; background: color-mix(in srgb, var(--sw-meta) 45%, var(--sw-bg)); overflow: hidden; }
.sse-widget .sw-share i { display: block; min-width: 2px; height: 100%; background: var(--sw-text); }
`;
