"""One measured figure: a value, the bare limit it stands beside, their quotient, and what was to be reached.

Ratios count, taken in one run; absolute numbers say only how large things are on the machine that is named.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Relation = Literal["≤", "≥"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure has to reach: its ratio to the limit, or (`of_value`) its own value."""

    relation: Relation
    number: float
    of_value: bool = False

    def holds(self, value: float, ratio: float | None) -> bool:
        """Whether it is reached."""
        measured = value if self.of_value or ratio is None else ratio
        return measured <= self.number if self.relation == "≤" else measured >= self.number

    def text(self, unit: str) -> str:
        """The target as a person reads it."""
        number = german(self.number)
        return f"{self.relation} {number} {unit}" if self.of_value else f"{self.relation} {number} ×"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ratio` is `value` divided by `limit`, taken round by round where there are rounds."""

    group: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    limit_name: str = ""
    ratio: float | None = None
    target: Target | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        return None if self.target is None else self.target.holds(self.value, self.ratio)

    def cells(self) -> tuple[str, ...]:
        """The line as text: name, value, limit, ratio, target, verdict."""
        limit = "" if self.limit is None else f"{german(self.limit)} {self.unit} {self.limit_name}"
        verdict = {None: "", True: "ja", False: "nein"}[self.reached]
        return (
            f"{self.name} ({self.note})" if self.note else self.name,
            f"{german(self.value)} {self.unit}",
            limit or self.limit_name,
            "" if self.ratio is None else f"{german(self.ratio)} ×",
            self.target.text(self.unit) if self.target else "",
            verdict,
        )

    def as_dict(self) -> dict[str, object]:
        """The line for `--json`."""
        return {
            "group": self.group,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "limit": self.limit,
            "limit_name": self.limit_name,
            "ratio": self.ratio,
            "target": self.target.text(self.unit) if self.target else None,
            "reached": self.reached,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """A figure that could not be taken here, and why."""

    group: str
    name: str
    reason: str


Line = Figure | Skipped
HEADINGS = ("Messgröße", "Wert", "Grenze", "Wert : Grenze", "Ziel", "erreicht")


def german(number: float) -> str:
    """Three significant digits, decimal comma, thousands apart."""
    size = abs(number)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{number:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def groups(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines under their headings, in the order in which they came."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.group, []).append(line)
    return found


def as_table(lines: Iterable[Line]) -> str:
    """All lines as aligned plain text."""
    parts: list[str] = []
    for group, members in groups(lines).items():
        rows = [HEADINGS, *(m.cells() for m in members if isinstance(m, Figure))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        parts.append(f"\n{group}")
        if len(rows) > 1:
            parts += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        parts += [f"  {m.name}: nicht gemessen, {m.reason}" for m in members if isinstance(m, Skipped)]
    return "\n".join(parts)


def as_markdown(lines: Iterable[Line]) -> str:
    """All lines as Markdown tables."""
    parts: list[str] = []
    for group, members in groups(lines).items():
        rows = [HEADINGS, ("---",) * len(HEADINGS), *(m.cells() for m in members if isinstance(m, Figure))]
        parts.append(f"## {group}\n")
        if len(rows) > 2:
            parts += [f"| {' | '.join(row)} |" for row in rows]
            parts.append("")
        parts += [f"{m.name}: nicht gemessen, {m.reason}\n" for m in members if isinstance(m, Skipped)]
    return "\n".join(parts)
