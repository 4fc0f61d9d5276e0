"""What is streamed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """streams: how many at once. tokens: of each. rate: tokens per second, 0: as fast as they go. cap: seconds after the first send
    at which an approach is given up. shape: of the text, see `text.tokens`."""

    name: str
    streams: int
    tokens: int
    rate: float
    cap: float
    shape: str = "mixed"

    @property
    def all_tokens(self) -> int:
        return self.streams * self.tokens

    @property
    def title(self) -> str:
        many = f"{self.streams} streams of " if self.streams > 1 else ""
        pace = f"at {self.rate:g}/s" if self.rate else "as fast as they come"
        kind = " in one code block" if self.shape == "code" else ""
        return f"{self.name}: {many}{self.tokens:,} tokens{kind}{' each' if self.streams > 1 else ''} {pace}"


WORKLOADS = {
    it.name: it
    for it in (
        Workload("W1", 1, 2_000, 200, 60),
        Workload("W2", 1, 10_000, 0, 60),
        Workload("W3", 4, 1_000, 100, 60),
        Workload("W4", 1, 50_000, 0, 60),
        Workload("W6", 1, 100_000, 0, 60),
        # Not in the default run.
        Workload("C4", 1, 50_000, 0, 60, "code"),
        Workload("Q1", 1, 400, 200, 30),
    )
}
DEFAULT = ["W1", "W2", "W3", "W4", "W6"]
