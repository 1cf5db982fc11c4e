"""What a verification says of an unaltered log, for people and for programs."""

from dataclasses import dataclass

from audit.faults import Step
from audit.incarnations import Earlier


@dataclass(frozen=True, slots=True)
class Report:
    """What was proven of an unaltered log.

    `checked` names each step with how many things it looked at; `opened` counts bodies, `erased` bodies B are
    gone lawfully, `unjudged` ones are gone and cannot be judged without keys, `dark` bodies A belong to erased
    years of accesses. `earlier` are the incarnations before this one. Times are Unix milliseconds.
    """

    origin: str
    size: int
    root: bytes
    last_time_ms: int
    checked: tuple[tuple[Step, int], ...]
    opened: int
    erased: int
    unjudged: int
    dark: int = 0
    earlier: tuple[Earlier, ...] = ()

    def lines(self) -> list[str]:
        """Give the report in German, one numbered line a step."""
        lines = [f"{step.value}. {step.label}: {count} geprüft" for step, count in self.checked]
        if self.unjudged:
            lines.append(f"Inhalte, die fehlen und ohne Schlüssel nicht zu beurteilen sind: {self.unjudged}")
        if self.dark:
            lines.append(f"Zugriffe aus gelöschten Jahren, deren Inhalt niemand mehr liest: {self.dark}")
        for one in self.earlier:
            lost = f", {one.lost} unterschriebene mit der Rückholung verloren" if one.lost else ""
            lines.append(f"Fassung {one.origin}: {one.size} Einträge{lost}")
        return [*lines, f"Protokoll unverändert: {self.size} Einträge, Wurzel {self.root.hex()}"]
