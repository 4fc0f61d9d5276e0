"""The words of the scripted replies. They are the first thing a newcomer sees, so they are meant to be read."""

from __future__ import annotations

PIZZA_THOUGHTS = """\
Parsing the query: how to make pizza. They want a recipe to follow at home, not the history of Naples, and an ordinary \
oven has to do.

Retrieving knowledge: good dough is flour, water, salt, little yeast and much time. Tomatoes go on raw. Mozzarella \
drains first.

Generating the steps: mix, rest, heat, stretch, top, bake. The oven heats while the dough still rests.

Refining: grams instead of cups, one line a step, and the one tip that makes the difference.
"""

PIZZA_ANSWER = """\
## How to make pizza

Give the dough **time** and the oven **heat**; the rest is easy. This makes two.

1. **Mix** 500 g flour, 325 g water, 10 g salt and 3 g yeast; knead for eight minutes.
2. **Rest** the dough, covered, until it has doubled.
3. **Heat** the oven as far as it goes, with a stone or steel inside.
4. **Stretch** by hand, from the middle outwards; leave the rim alone.
5. **Top** thinly: crushed tomatoes, mozzarella, a thread of olive oil.
6. **Bake** for six to eight minutes, until the rim is brown.

> **Tip:** less is more. A heavy topping cools the stone and makes the middle wet.

Scatter fresh basil over it. *Buon appetito!* 🍕
"""

MARKDOWN_ANSWER = """\
# Server-sent events in five minutes

A language model writes one token after another. **Server-sent events** (SSE) are how most APIs hand them to you: *one* \
ordinary HTTP response that simply does not end until the answer does.

## What travels over the wire

An event is a few lines of text and a blank line. That is nearly the whole format:

```text
event: message
id: 42
data: {"choices": [{"delta": {"content": "Hello"}}]}

```

Four field names exist, and a client ignores every other one:

| Field | What it does | Example |
|:--|:--|:--|
| `data` | the payload; several lines are joined | `data: Hello` |
| `event` | the type that listeners ask for | `event: ping` |
| `id` | where to resume after a break | `id: 42` |
| `retry` | how long to wait before that, in ms | `retry: 3000` |

A line that starts with a colon is a comment. Servers send `: keep-alive` so that no proxy thinks the line is dead.

## Reading it

1. Send the request with `"stream": true`.
2. Read the body as it comes:
   - split it at blank lines,
   - parse each `data` as JSON,
   - append `choices[0].delta.content` to the answer.
3. Stop at `[DONE]`.

In Python that is a short loop:

```python
import httpx, json

with httpx.stream("POST", url, json=request) as response:
    for line in response.iter_lines():
        if line.startswith("data: ") and line != "data: [DONE]":
            chunk = json.loads(line[6:])
            print(chunk["choices"][0]["delta"].get("content", ""), end="")
```

A browser can do it without any library, as long as a plain `GET` is enough:

```javascript
const source = new EventSource("/events");
source.addEventListener("tick", (event) => {
  console.log(event.lastEventId, event.data);
});
```

## What goes wrong in practice

- **A chunk is not an event.** The network cuts wherever it likes:
  - in the middle of a line,
  - even in the middle of an `é` or a 🍕.
- **An event is not a token.** Some servers send whole sentences at once.
- **A 200 is not a success.** Errors can arrive *inside* the stream.

> Measure before you blame the model: a long wait for the first token and a long gap between two tokens have different \
causes.

---

The full rules fit on one page: the [WHATWG specification](https://html.spec.whatwg.org/multipage/server-sent-events.html) \
is worth the ten minutes. ~~Nobody reads it.~~ You might be the first in your team.
"""

PLAIN_FRAGMENTS = ("Hello!", "The weather is sunny today.", "Perfect for a walk.")

CUSTOM_ANSWER = (
    "Any JSON can be streamed. Tell the widget where in each event the text is, here at $.result.text, "
    "and it reads along like with every other model."
)

REFUSAL = "I'm sorry, but I can't help with putting pineapple on it. I would gladly help with any other topping."

TOOL_ANSWER = (
    "It is **24 °C and sunny** in Naples, so bake outside if you can. The best match is a *Margherita* with a dough that "
    "rests for two hours: start now and you eat at eight."
)
