"""`sw.compare`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import UsageError
from ..run import persist_of
from ..tracebacks import quiet
from .asking import Asking
from .keeping import carry_over, kept_in
from .plan import Plan, plan_of
from .session import Compare


@quiet
def compare(
    prompts: Any = None,
    models: Any = None,
    *,
    n: int = 1,
    params: Any = None,
    provider: str | None = None,
    request: Any = None,
    concurrency: int = 4,
    order: str = "random",
    seed: int | None = None,
    barrier: bool = True,
    prices: Mapping[str, Any] | None = None,
    resume: Any = None,
    name: str | None = None,
    show: bool = True,
    **options: Any,
) -> Compare:
    """Ask several models, or the same one with several prompts or parameters, and see their answers side by side. Returns at once.

    prompts: texts, or lists of messages; a dict gives them names. models: their names. params: of the model, such as
        ``{"temperature": 0}``; a list of them makes a column each. n: so often each cell is asked.
    provider: as in `stream`, with ``base_url``, ``headers`` and the other options of a stream. request: in its place a function
        ``(prompt, model, **params)`` that gives whatever `stream` takes, or a dict of its options with a "source"; it may be async, and may
        block. One that raises is a cell that failed.
    concurrency: so many cells at once. barrier: they open their connections, begin at one instant, and the next ones begin when the
        last of them has ended: so first tokens can be compared. False: each begins as soon as another has ended, which takes less time.
        Connections are open before the clock begins, where we make them: not through a proxy, and not those of your function.
    order: "random" (each repetition shuffled by ``seed``, which is kept and told) or "given".
    prices: model → (for a million tokens in, for a million out): the page then says what it has cost, and will.
    resume: a file that the comparison is saved in as it goes. If it is there already, say after a restart of the kernel, cells that are
        done in it are kept and the others asked, so that the same call goes on; prompts, models, params and n are then those of the file
        where they are not given.

    A server that asks to wait (429 with Retry-After) is waited for, and its cell says so. Returns a session (`Compare`): ``await`` it,
    show it, ``vote``, ``to_pandas()``, ``save(path)``, ``stop()``, ``resume()``. Raises UsageError.
    """
    persist_of(options.get("persist"))
    asking = Asking(provider, request, {key: value for key, value in options.items() if value is not None})
    kept = None if resume is None else kept_in(resume)
    if prompts is None and kept is None:
        raise UsageError("There are no prompts to compare." + ("" if resume is None else f" {resume} does not exist yet."))
    if kept is not None and prompts is None:
        data = kept.plan.to_dict()
        given = {"models": models, "params": params, "n": None if n == 1 else n, "seed": seed}
        data.update({key: value for key, value in given.items() if value is not None})
        plan = Plan.from_dict(data)
    else:
        seed = kept.plan.seed if kept is not None and seed is None else seed
        plan = plan_of(prompts, models, params, n, order, seed)
    session = Compare(plan, asking, concurrency=concurrency, barrier=barrier, prices=prices, name=name, show=show)
    if provider is not None:  # what is wrong with all of them is said here, and not by each
        for cell in plan.cells[:: max(1, plan.n)]:
            asking.by_provider(plan, cell, lambda: None, session.asked[cell.id].gate)
    if kept is not None:
        carry_over(kept, session)
    session.resume()
    if resume is not None:
        session.save(resume)
    return session
