"""What a law is, and a finding against it.

Every law has a legal reason; a finding says in German what is wrong and where to look for the shortest way.
The order of LAWS is the order in which a refusal names them: what hurts a family first. Each law is broken by
an example of its own in tests/states/test_laws.py, so none is dead.
"""
# ruff: noqa: E501 - one law, one line

from dataclasses import dataclass

from states.bits import Condition
from states.space import Move


@dataclass(frozen=True, slots=True)
class Law:
    """A law: its short name, its legal reason, and what it demands in German."""

    key: str
    reason: str
    demands: str


_LAWS = (
    Law("O4", "Art. 7 Abs. 2 DSGVO", "Einwilligungen werden einzeln gegeben, nie gebündelt"),
    Law("C1", "Art. 6 DSGVO, § 67b SGB X", "Kein Kontakt ohne Einwilligung"),
    Law("C2", "Art. 6 DSGVO, § 67b SGB X", "Keine Übergabe ohne Einwilligung für genau diese Stelle"),
    Law("C3", "Art. 6 DSGVO, § 67b SGB X", "Keine Annahme ohne Anfrage und Einwilligung für genau diese Stelle"),
    Law("E1", "§ 8a SGB VIII, § 4 KKG", "Keine Mitteilung an den ASD ohne Anhaltspunkte und ihre Dokumentation"),
    Law("K1", "§ 8a SGB VIII", "Kein Abschluss bei offener Gefährdung, Dokumentation oder Übergabe"),
    Law("W1", "Art. 7 Abs. 3 DSGVO", "Der Widerruf ist überall und ohne Bedingung möglich"),
    Law("W2", "Art. 7 Abs. 3 DSGVO", "Nach einem Nein steht keine Einwilligung, Anfrage oder Begleitung mehr"),
    Law("W3", "Art. 7 Abs. 3 DSGVO", "Nach einem Nein zu einer Stelle steht für diese nichts mehr"),
    Law("E2", "§ 8a SGB VIII, § 4 KKG", "Der ASD ist von überall in wenigen eigenen Schritten erreichbar"),
    Law("E3", "§ 8a SGB VIII, § 4 KKG", "Gefährdung erfassen und mitteilen geht überall"),
    Law("E5", "§ 8a SGB VIII", "Nur das Wort des ASD nimmt einen Fall vom ASD zurück"),
    Law("K3", "§ 8a SGB VIII", "Kein Abschluss beim ASD, bevor ein Mensch den Empfang bestätigt hat"),
    Law("F4", "Art. 22 Abs. 1 DSGVO", "Die Uhr markiert, sie bewegt keinen Fall"),
    Law("Z", "§ 67b SGB X, Art. 5 Abs. 2 DSGVO", "Ein Zustand belegt, was er behauptet"),
    Law("D1", "§ 9 SGB X", "Keine Sackgasse: die Stelle kann jeden Fall aus eigener Kraft beenden"),
    Law("D2", "§ 8a SGB VIII", "Auch eine wirkliche Gefährdung findet ein Ende"),
    Law("V", "Konzept Bergkamen, Z. 203", "Was jemandes Recht ist, steht offen, solange seine Bedingung gilt"),
    Law("D3", "Konzept Bergkamen, Z. 205", "Ein Ja führt zum Kontakt und zur Übergabe"),
    Law("F6", "Konzept Bergkamen, Z. 205", "Keine Schleife setzt eine Frist neu"),
    Law("F5", "Konzept Bergkamen, Z. 205", "Eine Frist beginnt nur mit ihrem Ereignis und endet nur, wenn sie erfüllt ist"),
    Law("F1", "Konzept Bergkamen, Z. 205", "In jedem offenen Fall läuft eine Frist"),
    Law("F3", "Konzept Bergkamen, Z. 205", "Überfälliges lässt sich überall markieren"),
    Law("T", "§ 8a Abs. 1 SGB VIII", "Erst auf Gefährdung schauen, dann handeln"),
    Law("O1", "Art. 5 Abs. 1 d DSGVO", "Was gilt, schreibt nur der dafür vorgesehene Schritt"),
    Law("P", "Konzept Bergkamen, Z. 205", "Ein Schritt steht und führt nur dorthin, wo er hingehört"),
    Law("S", "Konzept Bergkamen, Z. 205", "Abschluss, ASD und Wiederaufnahme haben je ihren einen Weg"),
    Law("A", "§ 35 SGB I, § 203 StGB", "Nur wer den Schritt eintragen darf, trägt ihn ein"),
    Law("Q", "Art. 5 Abs. 2 DSGVO", "Jede Zeile nennt ihre Quelle"),
    Law("R", "own", "Jeder Zustand ist erreichbar"),
    Law("N", "own", "Jede Zeile ist möglich und jeder Schritt hat eine"),
    Law("X", "own", "Der Prozess ist klein genug, um bewiesen zu werden"),
)  # fmt: skip

LAWS: dict[str, Law] = {law.key: law for law in _LAWS}


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach as a law found it.

    `saying` is a German clause without its full stop. The way to it ends in configuration `at`, or in the first
    configuration that meets one of `among` (state, condition), or is given whole as `trail`; after it comes `then`.
    """

    law: str
    saying: str
    at: int | None = None
    among: tuple[tuple[str, Condition], ...] = ()
    trail: tuple[Move, ...] | None = None
    then: str | None = None
