/** The streams that `dev.html` plays, each named after what is special about it. */

import { chunk, type Fixture, fragments, Recorder, random, stall } from "./fixtures";
import { Channel, Kind, type LaneState } from "./protocol";

const THOUGHT = `Parsing the query: they want to make pizza at home, from scratch.
Retrieving recipes: a lean dough with a long rise suits a home oven best.
Ordering the steps: dough first because it waits, then oven, then sauce, then topping.
Keep it short, give amounts, and say why heat matters.`;

const ANSWER = `## How to make pizza

Give the dough **time** and the oven **heat**; the rest is easy.

1. Mix 500 g flour, 325 g water, 10 g salt and 3 g yeast; knead for eight minutes.
2. Let it rise, covered, until it has doubled. A night in the fridge makes it better.
3. Heat the oven as far as it goes, with a stone or steel inside.
4. Stretch by hand, spread the sauce thinly, add mozzarella and a little oil.
5. Bake for six to eight minutes, until the rim is *spotted with brown*.

| Oven | Time |
|---|---|
| 250 °C | 8 min |
| 300 °C | 5 min |

> A wet dough and a hot stone forgive almost everything.

Serve at once, with basil.
`;

const REQUEST: LaneState["request"] = {
  method: "POST",
  url: "http://127.0.0.1:41873/v1/chat/completions",
  headers: [
    ["accept", "text/event-stream"],
    ["authorization", "Bearer •••• (redacted)"],
    ["cache-control", "no-cache"],
    ["content-type", "application/json"],
  ],
  body: {
    model: "deepseek-chat",
    messages: [{ role: "user", content: "How do I make pizza?" }],
    stream: true,
    stream_options: { include_usage: true },
  },
};
const RESPONSE: LaneState["response"] = {
  status: 200,
  reason: "OK",
  http_version: "HTTP/1.1",
  headers: [
    ["content-type", "text/event-stream; charset=utf-8"],
    ["x-request-id", "req_4c1d88e0"],
    ["transfer-encoding", "chunked"],
  ],
  request_id: "req_4c1d88e0",
  url: "http://127.0.0.1:41873/v1/chat/completions",
};

function begin(recorder: Recorder, about: Partial<LaneState>): void {
  recorder.state(0, {
    name: "pizza",
    model: "deepseek-chat",
    status: "connecting",
    start: 0,
    request: REQUEST,
    source: "local demo server",
    ...about,
  });
}

/** Headers and the opening event, as all that succeed have them. */
function answered(recorder: Recorder, headers: number, role: number): void {
  recorder.metric(headers, { headers });
  recorder.state(headers, { status: "waiting", response: RESPONSE, framing: "sse" });
  recorder.frame(headers + 0.05, Kind.comment, Channel.meta, "", "", ": welcome\n");
  recorder.frame(role, Kind.event, Channel.meta, chunk({ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }));
  recorder.state(role, { dialect: "openai-chat", dialect_label: "OpenAI chat" });
}

/** Thinks for 1.9 s, then answers, with a stall of 1.2 s, comments, pings, ignored lines and empty deltas. `lane`: its id. */
export function pizza(lane = "1", seed = 7): Fixture {
  const recorder = new Recorder(lane);
  const next = random(seed);
  begin(recorder, lane === "1" ? {} : { name: `pizza ${lane}` });
  answered(recorder, 0.12, 0.22);
  const thought = fragments(THOUGHT, next);
  const pace = 1.86 / thought.length;
  let time = 0.41;
  for (const [i, text] of thought.entries()) {
    recorder.delta(time, 1, "reasoning_content", text, Channel.reasoning, i === 0 ? { kind: "reasoning", choice: 0 } : undefined);
    if (i === 0) recorder.status(time, "thinking");
    if (i === 40) recorder.frame(time + 0.002, Kind.comment, Channel.meta, " keep-alive", "", ": keep-alive\n");
    time += pace * (0.5 + next());
  }
  time = 2.28;
  const answer = fragments(ANSWER, next);
  for (const [i, text] of answer.entries()) {
    const frame = recorder.delta(time, 2, "content", text, Channel.text, i === 0 ? { kind: "text", choice: 0 } : undefined);
    if (i === 0) recorder.status(time, "writing");
    if (i === 35) {
      recorder.frame(time + 0.4, Kind.empty, Channel.meta, "", "ping", "event: ping\n\n");
      recorder.frame(time + 0.8, Kind.empty, Channel.meta, "", "ping", "event: ping\n\n");
      recorder.state(time + 1.2, { findings: [stall([frame, frame + 3], time, 1.2)] });
      time += 1.2;
    } else {
      time += next() < 0.04 ? 0.11 + next() * 0.12 : 0.004 + next() * 0.024;
    }
    if (i === 80) recorder.frame(time - 0.001, Kind.ignored, Channel.meta, "x-trace: 81", "", "x-trace: 81\n");
    if (i % 60 === 59) recorder.delta(time - 0.001, 2, "content", "", Channel.meta);
  }
  recorder.frame(time, Kind.event, Channel.usage, chunk({ index: 0, delta: {}, finish_reason: "stop" }));
  const usage = recorder.frame(
    time + 0.02,
    Kind.event,
    Channel.usage,
    chunk(null, {
      usage: { prompt_tokens: 14, completion_tokens: answer.length + thought.length, total_tokens: answer.length + thought.length + 14 },
    }),
  );
  recorder.frames[usage]?.ops.push([usage, 0, "set", { finish_reason: { "0": "stop" } }]);
  recorder.frame(time + 0.021, Kind.event, Channel.meta, "[DONE]");
  recorder.metric(time + 0.02, { tokens: answer.length + thought.length, tokens_source: "usage" });
  recorder.end(time + 0.04, { status: "done" });
  return recorder.finish();
}

/** The server refuses the key: an answer that is no stream. */
export function failed(): Fixture {
  const recorder = new Recorder();
  begin(recorder, { name: "gpt-5-mini", model: "", source: "api.openai.com" });
  recorder.metric(0.31, { headers: 0.31 });
  recorder.state(0.31, {
    response: {
      ...(RESPONSE as NonNullable<typeof RESPONSE>),
      status: 401,
      reason: "Unauthorized",
      headers: [["content-type", "application/json"]],
    },
  });
  recorder.end(0.34, {
    status: "failed",
    error: {
      type: "HTTPStatusError",
      message: "The server answered 401 Unauthorized, not a stream.",
      hint: "Check the key in OPENAI_API_KEY: is it set in this kernel, and is it a key for api.openai.com?",
      status: 401,
      body: '{"error": {"message": "Incorrect API key provided: sk-p••••••••••••••••3f9A.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}}',
    },
  });
  return recorder.finish();
}

/** The connection breaks in the middle of a sentence. */
export function cut(): Fixture {
  const recorder = new Recorder();
  const next = random(11);
  begin(recorder, {});
  answered(recorder, 0.09, 0.15);
  let time = 0.3;
  for (const [i, text] of fragments(ANSWER, next).slice(0, 60).entries()) {
    recorder.delta(time, 1, "content", text, Channel.text, i === 0 ? { kind: "text", choice: 0 } : undefined);
    if (i === 0) recorder.status(time, "writing");
    time += 0.008 + next() * 0.02;
  }
  recorder.frame(time + 0.3, Kind.tail, Channel.meta, '{"id":"chatcmpl-7f3a91c2","cho', "", 'data: {"id":"chatcmpl-7f3a91c2","cho');
  const message = "The connection broke before the stream had ended.";
  recorder.end(time + 0.3, {
    status: "cut off",
    error: { type: "RemoteProtocolError", message, hint: "whether a proxy or the server ends long answers; what had come is kept." },
    findings: [{ kind: "cut", severity: "error", message: "cut off in the middle of an event", frames: [61, 62], time, duration: null }],
  });
  return recorder.finish();
}

/** Two tool calls whose arguments stream, after a word of text. */
export function tools(): Fixture {
  const recorder = new Recorder();
  const next = random(3);
  begin(recorder, { name: "tools", model: "gpt-5-mini" });
  answered(recorder, 0.1, 0.19);
  let time = 0.36;
  for (const [i, text] of fragments("Let me look at the weather in both cities.", next).entries()) {
    recorder.delta(time, 1, "content", text, Channel.text, i === 0 ? { kind: "text", choice: 0 } : undefined);
    if (i === 0) recorder.status(time, "writing");
    time += 0.02 + next() * 0.03;
  }
  const calls = [
    ["get_weather", '{"city": "Napoli", "unit": "celsius", "days": 3, "fields": ["temperature", "wind"]}'],
    [
      "get_weather",
      '{"city": "Reykjavík", "unit": "celsius", "days": 3, "options": {"source": "met.no", "hourly": false, "note": "include the wind chill and the chance of rain"}}',
    ],
  ] as const;
  for (const [n, [name, args]] of calls.entries()) {
    for (const [i, text] of fragments(args, next).entries()) {
      const open = { kind: "tool_call", choice: 0, name, id: `call_${n}` };
      recorder.delta(time, 2 + n, "arguments", text, Channel.tool, i === 0 ? open : undefined);
      time += 0.015 + next() * 0.03;
    }
  }
  const finish = recorder.frame(time, Kind.event, Channel.usage, chunk({ index: 0, delta: {}, finish_reason: "tool_calls" }));
  recorder.frames[finish]?.ops.push([finish, 0, "set", { finish_reason: { "0": "tool_calls" } }]);
  recorder.frame(time + 0.01, Kind.event, Channel.meta, "[DONE]");
  recorder.end(time + 0.02, { status: "done" });
  return recorder.finish();
}

/** Two answers to one question, fragment by fragment in turn; the second ends at the token limit. */
export function choices(): Fixture {
  const recorder = new Recorder();
  const next = random(5);
  begin(recorder, { name: "choices" });
  answered(recorder, 0.1, 0.19);
  let time = 0.4;
  const texts = ["Give the dough time and the oven heat; the rest is easy.", "Buy a good one, and bake it on a hot stone."].map((text) =>
    fragments(text, next),
  );
  for (let i = 0; i < 20; i++) {
    for (const [choice, cut_] of texts.entries()) {
      const text = cut_[i];
      if (text === undefined) continue;
      recorder.delta(time, choice + 1, "content", text, Channel.text, i === 0 ? { kind: "text", choice } : undefined);
      time += 0.01 + next() * 0.03;
    }
    if (i === 0) recorder.status(time, "writing");
  }
  const finish = recorder.frame(time, Kind.event, Channel.usage, chunk({ index: 1, delta: {}, finish_reason: "length" }));
  recorder.frames[finish]?.ops.push([finish, 0, "set", { finish_reason: { "0": "stop", "1": "length" } }]);
  recorder.end(time + 0.02, { status: "done" });
  return recorder.finish();
}

/** Connects for ten seconds, and lives on the notebook's own loop, so that a running cell stops it. */
export function connecting(): Fixture {
  const recorder = new Recorder();
  begin(recorder, { loop_bound: true });
  recorder.state(10, { status: "waiting" });
  return recorder.finish();
}

/** `count` events in 60 s, for looking at speed. */
export function many(count: number): Fixture {
  const recorder = new Recorder();
  const next = random(13);
  begin(recorder, { name: `${count} events` });
  answered(recorder, 0.1, 0.2);
  recorder.status(0.4, "writing");
  for (let i = 0; i < count; i++) {
    const word = i % 97 === 96 ? "\n\n" : [" time", " heat", " dough", " and", " the", " oven", "."][Math.floor(next() * 7)];
    recorder.delta(
      0.4 + (59 * i) / count + (next() * 59) / count,
      1,
      "content",
      word ?? "",
      Channel.text,
      i === 0 ? { kind: "text", choice: 0 } : undefined,
    );
  }
  recorder.end(60, { status: "done" });
  return recorder.finish();
}

export const RUNS: { [name: string]: () => Fixture } = { pizza: () => pizza(), failed, cut, tools, choices, connecting };
