"""Five agents who work on one dinner at the same time, each speaking whenever it has something: on one connection, or on one each.

    GET /agents                 all of them: `sw.stream(url, key="$.agent")` makes a lane of each
    GET /agents/research-bot    one of them, at the same times

Three begin at once. The Research Bot hands over to the Critic Bot; the Summary Bot waits until all others are done.
"""

from __future__ import annotations

import asyncio
import json
import random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .formats import event
from .line import Line
from .options import OptionError, Options, from_body, from_query
from .streaming import Streaming

SAYS = {
    "Research Bot": "I looked at forty recipes. Most agree on four things: little yeast, much time, a hot oven, and less topping than "
    "you think. Where they differ is the flour: half of them want tipo 00, the others say that any strong flour will do.",
    "Shopping Bot": "You need:\n\n- flour, water, salt and yeast\n- tomatoes and mozzarella\n- basil\n\nThat is about nine euros for four "
    "people, and all of it is at the market.",
    "Timing Bot": "Start at eight in the evening, shape at six the next day, heat the oven at half past six, and eat at seven.",
    "Critic Bot": "One claim needs care: a home oven reaches 250 degrees, so six minutes is nearer the truth than ninety seconds.",
    "Summary Bot": "In short: let the dough rest overnight, heat the steel for an hour, and bake for six minutes.",
}
HANDS_OVER = {"Research Bot": "Critic Bot"}
WAITS = "Summary Bot"
Event = tuple[float, str, dict[str, object]]
"""Seconds from the start, the agent, and what it says."""


def script(options: Options, count: int = len(SAYS)) -> list[Event]:
    """All that is said and when; the same for the same options. count: of agents; those beyond the five only count."""
    says = dict(list(SAYS.items())[:count]) | {f"Bot {n}": "" for n in range(len(SAYS) + 1, count + 1)}
    events: list[Event] = []
    begins = {WAITS: 0.0} | {agent: 0.0 for agent in says if agent not in HANDS_OVER.values()}
    for agent in sorted(says, key=lambda agent: (agent == WAITS, agent in HANDS_OVER.values())):  # who depends on others comes after them
        chance = random.Random(f"{agent} {options.seed}")
        words = says[agent].split(" ") if says[agent] else [str(n) for n in range(options.tokens)]
        at = begins.get(agent, 0.0) + (0.4 * chance.random() if options.rate else 0.0)
        others = [other for other in says if other != agent]
        if agent == WAITS and others:
            events.append((at, agent, {"type": "barrier", "waits_for": others, "text": ""}))
            at = max(at, max(due for due, _, _ in events)) + 0.2
        for word in words:
            at += (1 - options.jitter + 2 * options.jitter * chance.random()) / options.rate if options.rate else 0.0
            events.append((at, agent, {"type": "text", "text": f"{word} "}))
        if HANDS_OVER.get(agent) in says:
            events.append((at, agent, {"type": "handoff", "to": HANDS_OVER[agent], "text": ""}))
            begins[HANDS_OVER[agent]] = at
        events.append((at, agent, {"type": "done", "text": ""}))
    return sorted(events, key=lambda one: one[0])


async def agents(request: Request) -> Response:
    """``/agents?rate=12&jitter=0.6&seed=1``: words a second of each. ``agents=10&tokens=1000``: more of them, who count so far."""
    fields = from_query(request.query_params)
    try:
        options = from_body({**fields, "jitter": fields.get("jitter", 0.6)}, rate=12.0)
        count = min(max(int(fields.get("agents", len(SAYS))), 1), 64)
    except (OptionError, TypeError, ValueError) as error:
        return JSONResponse({"error": {"message": str(error), "type": "invalid_request_error", "param": None, "code": None}}, 400)
    said = script(options, count)
    if (only := request.path_params.get("name")) is not None:
        said = [one for one in said if only in (address(one[1]), address(one[1]).removesuffix("-bot"))]
        if not said:
            known = ", ".join(sorted(map(address, SAYS)))
            return JSONResponse({"error": {"message": f"There is no agent '{only}'. Known: {known}."}}, 404)

    async def send(line: Line) -> None:
        start = asyncio.get_running_loop().time()
        for due, agent, what in said:
            if options.rate:
                await line.sleep_until(start + due)
            await line.fragment(event(json.dumps({"agent": agent, **what}), type=address(agent)))
        await line.finish()

    return Streaming(request, send)


def address(agent: str) -> str:
    """An agent's name as it stands in a path, and as the name of its events."""
    return agent.lower().replace(" ", "-")
