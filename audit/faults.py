"""What a verification can find wrong: one exception type, its step, its entry and its class.

The classes are closed and named for the person who reads them; the steps are numbered as they are reported.
"""

from enum import Enum, IntEnum

from audit.errors import AuditError


class Step(IntEnum):
    """The steps of a verification, in the order of the report."""

    HEAD = 1
    KEYS = 2
    CHECKPOINTS = 3
    ENTRIES = 4
    BODIES = 5
    INDEX = 6
    TREE = 7
    REPLAY = 8

    @property
    def label(self) -> str:
        """The step as a person reads it."""
        return _STEPS[self]


_STEPS = {
    Step.HEAD: "Kopf des Protokolls",
    Step.KEYS: "Schlüssel",
    Step.CHECKPOINTS: "Unterschriebene Prüfpunkte",
    Step.ENTRIES: "Einträge",
    Step.BODIES: "Versiegelte Inhalte",
    Step.INDEX: "Verzeichnis der Fälle",
    Step.TREE: "Baum und Wurzel",
    Step.REPLAY: "Nachspielen der Fälle",
}


class FaultClass(Enum):
    """The kind of a fault; the value is its German name."""

    HEAD = "Kopf verändert"
    KEY = "Schlüssel verändert oder fehlt"
    CHECKPOINT = "Prüfpunkt ungültig"
    ROLLED_BACK = "Protokoll gekürzt"
    DIVERGED = "Protokoll weicht vom Prüfpunkt ab"
    MISSING = "Eintrag fehlt"
    SURPLUS = "Zeile zu viel"
    LEAF = "Eintrag verändert"
    MOVED = "Eintrag an falscher Stelle"
    FOREIGN = "Eintrag eines anderen Protokolls"
    TIME = "Zeit läuft rückwärts"
    MAC = "Eintrag ohne Beglaubigung"
    BODY_A = "Inhalt A verändert"
    BODY_B = "Inhalt B verändert"
    BODY_MISSING = "Inhalt B fehlt"
    ERASED = "Gelöschtes ist wieder da"
    INDEX = "Verzeichnis verändert"
    TREE = "Baum verändert"
    CASE_ALTERED = "Fall verändert"
    CASE_MISSING = "Fall fehlt"
    CASE_UNKNOWN = "Fall ohne Eintrag"
    REPLAY = "Schritt passt nicht zum vorigen"


class VerificationError(AuditError):
    """Das Protokoll oder was daneben steht wurde verändert; genannt sind Schritt, Eintrag und Art."""

    def __init__(self, step: Step, seq: int | None, fault: FaultClass, message: str) -> None:
        super().__init__(step, seq, fault, message)
        self.step = step
        self.seq = seq
        self.fault = fault
        self.message = message

    def __str__(self) -> str:
        entry = "" if self.seq is None else f", Eintrag {self.seq}"
        return f"Schritt {self.step.value} ({self.step.label}){entry}: {self.fault.value}. {self.message}"
