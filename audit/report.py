"""What a verification says of an unaltered log, for people and for programs.

Each step says what was looked at, what was not asked for, and what cannot be said without keys; the root stands as in a
checkpoint, so that it can be held against the one on paper. `tests/audit/test_report.py`.
"""

from base64 import b64encode
from dataclasses import dataclass

from audit.faults import Step
from audit.incarnations import Earlier

_KEYLESS = "nicht geprüft, das geht nur mit den Schlüsseln"
_NOT_ASKED = "nicht verlangt"
_WITH_KEYS = (Step.KEYS, Step.INDEX)


@dataclass(frozen=True, slots=True)
class Report:
    """What was proven of an unaltered log.

    `checked` names each step with how many things it looked at; `opened` counts bodies, `erased` bodies B are
    gone lawfully, `unjudged` ones are gone and cannot be judged without keys, `dark` bodies A belong to erased
    years of accesses. `earlier` are the incarnations before this one; `decrypted` says that bodies B were opened
    too. Times are Unix milliseconds.
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
    decrypted: bool = False

    @property
    def root_text(self) -> str:
        """The root in base64, exactly as it stands in the third line of a checkpoint over as many entries."""
        return b64encode(self.root).decode()

    @property
    def keyed(self) -> bool:
        """Whether the keys were there, so that forged entries and missing contents could be told."""
        return any(step is Step.KEYS for step, _ in self.checked)

    def said_of(self, step: Step) -> str:
        """What was done in a step, in German; empty where there is nothing to do in it."""
        count = dict(self.checked).get(step)
        if count is None:
            if step is Step.INCARNATIONS:
                return _KEYLESS if self.earlier else ""
            return _KEYLESS if step in _WITH_KEYS else _NOT_ASKED
        return self._bodies(count) if step is Step.BODIES else f"{count} geprüft"

    def _bodies(self, count: int) -> str:
        if not self.keyed:
            return f"{count}, nur Prüfsummen geprüft"
        gone = {1: "1 weiterer ist rechtmäßig gelöscht"}.get(
            self.erased, f"{self.erased} weitere sind rechtmäßig gelöscht"
        )
        told = f"{count} geprüft; {gone}" if self.erased else f"{count} geprüft"
        return told if self.decrypted else f"{told}; Inhalte der Fälle zu öffnen war {_NOT_ASKED}"

    def lines(self) -> list[str]:
        """Give the report in German, one numbered line a step, and last the root."""
        said = [(step, self.said_of(step)) for step in Step]
        lines = [f"{step.value}. {step.label}: {told}" for step, told in said if told]
        if self.unjudged:
            lines.append(f"Inhalte, die fehlen und ohne Schlüssel nicht zu beurteilen sind: {self.unjudged}")
        if self.dark:
            lines.append(f"Zugriffe aus gelöschten Jahren, deren Inhalt niemand mehr liest: {self.dark}")
        for one in self.earlier:
            lost = f", {one.lost} unterschriebene mit der Rückholung verloren" if one.lost else ""
            lines.append(f"Fassung {one.origin}: {one.size} Einträge{lost}")
        root = f"Wurzel {self.root_text} (Zeile 3 des Prüfpunkts darüber)"
        return [*lines, f"Protokoll unverändert: {self.size} Einträge, {root}"]
