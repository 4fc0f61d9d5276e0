"""The matrix's way to tell what came out: a table, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows of figures. columns: their heads, the first of which is that of the rows' names."""

    title: str
    columns: list[str]
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def put(self, row: str, column: str, value: str) -> None:
        """Fill in a cell."""
        self.rows.setdefault(row, {})[column] = value

    def fail(self, row: str, column: str, why: str) -> None:
        """A cell is not as it should be."""
        self.put(row, column, "FAILED")
        self.failures.append(f"{row} · {column}: {why}")

    def __str__(self) -> str:
        lines = [self.columns, *([name, *(cells.get(column, "–") for column in self.columns[1:])] for name, cells in self.rows.items())]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        told = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
        told.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join([f"\n## {self.title}", "", *told, "", *self.notes, *(f"FAILED: {failure}" for failure in self.failures)])
