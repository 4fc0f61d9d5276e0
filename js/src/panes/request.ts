/** What was asked and how the server answered: the request as it was captured, without its secrets. */

import { fetchAsset } from "../assets";
import { type Child, h, listen, replace, setText } from "../dom";
import type { Link } from "../link";
import type { LaneState, RequestInfo, ResponseInfo } from "../protocol";
import type { Store } from "../store";
import { toClipboard } from "./copy";
import * as format from "./format";
import { paintJson } from "./json";

const CURL = "Copy as curl";
/** Milliseconds for which a word about a copy stays. */
const SAID = 2500;

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): { draw(): void; count(): string } {
  const list = h("div", { class: "sw-request" });
  host.append(
    h(
      "div",
      { class: "sw-frame" },
      h("div", { class: "sw-scroll", tabindex: 0, role: "region", "aria-label": "Request and response" }, list),
    ),
  );
  let shown: unknown[] = [];
  const curl = h(
    "button",
    { type: "button", class: "sw-small", title: "Copy the request as a command for a shell; what is secret is masked", "data-sw": "curl" },
    CURL,
  );
  listen(curl, "click", () => void copyCurl(), signal);

  async function copyCurl(): Promise<void> {
    const request = store.focus?.state.request;
    if (!request) return;
    try {
      // The browser is asked at once: it allows a copy only for a moment after the click.
      await toClipboard(
        fetchAsset("keep", link).then(({ curlOf }) => [curlOf(request)]),
        host,
      );
      setText(curl, "Copied");
    } catch {
      setText(curl, "Not allowed here");
    }
    setTimeout(() => setText(curl, CURL), SAID);
  }

  function draw(): void {
    if (host.hidden) return;
    const state = store.focus?.state;
    const key = [
      store.focus?.id,
      state?.request,
      state?.response,
      state?.attempts,
      state?.metrics.headers,
      state?.framing,
      state?.dialect_label,
    ];
    if (shown.length > 0 && key.every((value, i) => value === shown[i])) return;
    shown = key;
    replace(list, ...(state ? sections(state, curl) : []));
  }
  return { draw, count: () => (store.focus?.state.response ? `HTTP ${store.focus.state.response.status}` : "") };
}

function sections(state: LaneState, curl: HTMLElement): Child[] {
  if (!state.request) {
    return [
      h("p", { class: "sw-empty" }, state.source ? `No HTTP request: the stream comes from ${state.source}.` : "No request was made yet."),
    ];
  }
  return [
    ...requestOf(state.request, curl),
    ...(state.response ? responseOf(state.response, state) : [section("Response"), h("p", { class: "sw-empty" }, "No answer yet.")]),
    ...attemptsOf(state),
  ];
}

function requestOf(request: RequestInfo, curl: HTMLElement): Child[] {
  const body = h("pre", { class: "sw-json", "data-sw": "request-body" });
  if (request.body !== null) paintJson(body, typeof request.body === "string" ? request.body : JSON.stringify(request.body));
  return [
    section("Request", curl),
    h("p", { class: "sw-url" }, h("b", null, request.method), " ", request.url),
    headers(request.headers),
    request.body !== null && section("Body"),
    request.body !== null && body,
  ];
}

function responseOf(response: ResponseInfo, state: LaneState): Child[] {
  return [
    section("Response", state.metrics.headers === undefined ? "" : `headers after ${format.seconds(state.metrics.headers)}`),
    h(
      "p",
      { class: "sw-url" },
      h("b", { class: response.status < 400 ? "sw-ok" : "sw-not-ok" }, String(response.status)),
      ` ${format.named(response.reason)}`,
      h("span", { class: "sw-label" }, ` ${response.http_version}`),
    ),
    response.request_id !== null && h("p", { class: "sw-url" }, h("span", { class: "sw-label" }, "request id "), response.request_id),
    headers(response.headers),
    h(
      "p",
      { class: "sw-label" },
      [state.framing && `framing ${state.framing}`, state.dialect_label && `read as ${state.dialect_label}`].filter(Boolean).join(" · "),
    ),
  ];
}

function attemptsOf(state: LaneState): Child[] {
  if (state.attempts.length < 2) return [];
  return [
    section("Attempts"),
    h(
      "ol",
      { class: "sw-attempts" },
      ...state.attempts.map((attempt) =>
        h("li", null, `${format.seconds(attempt.time)} · ${attempt.status ?? "no answer"} · ${attempt.note || attempt.url}`),
      ),
    ),
  ];
}

function section(name: string, note: string | HTMLElement = ""): HTMLElement {
  // No heading: it would stand among those of the answer, whose order is the model's.
  return h("div", { class: "sw-section" }, name, " ", typeof note === "string" ? note && h("span", { class: "sw-label" }, note) : note);
}

function headers(list: [string, string][]): HTMLElement {
  return h("dl", { class: "sw-headers" }, ...list.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}
