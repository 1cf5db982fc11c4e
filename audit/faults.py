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
    INCARNATIONS = 9

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
    Step.INCARNATIONS: "Frühere Fassungen des Protokolls",
}


class FaultClass(Enum):
    """The kind of a fault; the value is its German name."""

    HEAD = "Kopf verändert"
    KEY = "Schlüssel verändert oder fehlt"
    CHECKPOINT = "Prüfpunkt ungültig"
    ROLLED_BACK = "Protokoll gekürzt"
    DIVERGED = "Protokoll weicht vom Prüfpunkt ab"
    PROOF = "Nachweis trägt den Eintrag nicht"
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
    NODE = "Abgelegte Prüfsumme des Baums verändert"
    CASE_ALTERED = "Fall verändert"
    CASE_MISSING = "Fall fehlt"
    CASE_UNKNOWN = "Fall ohne Eintrag"
    BESIDE = "Was neben den Fällen steht, wurde verändert"
    REPLAY = "Schritt passt nicht zum vorigen"
    INCARNATION = "Kette der Fassungen unterbrochen"


class VerificationError(AuditError):
    """Das Protokoll oder was daneben steht wurde verändert; genannt sind Schritt, Eintrag und Art.

    `origin` names the incarnation of the log where it is an earlier one, None in the present one.
    """

    def __init__(
        self, step: Step, seq: int | None, fault: FaultClass, message: str, origin: str | None = None
    ) -> None:
        super().__init__(step, seq, fault, message, origin)
        self.step = step
        self.seq = seq
        self.fault = fault
        self.message = message
        self.origin = origin

    def of(self, origin: str) -> "VerificationError":
        """Give the same fault, said of an earlier incarnation."""
        return VerificationError(self.step, self.seq, self.fault, self.message, self.origin or origin)

    def __str__(self) -> str:
        entry = "" if self.seq is None else f", Eintrag {self.seq}"
        where = "" if self.origin is None else f", Fassung {self.origin}"
        return (
            f"Schritt {self.step.value} ({self.step.label}){entry}{where}: {self.fault.value}. {self.message}"
        )
