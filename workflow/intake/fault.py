"""What can be wrong with a row, each as one German sentence that tells a person what to mend.

The sentences never repeat what stands in a cell, so they may be shown, logged and counted.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the heading it concerns ("Zeile" for the whole row), and the reason as a German sentence."""

    field: str
    reason: str


CUT_OFF = Fault("Zeile", "Die Zeile ist abgeschnitten: Sie hat weniger Zellen als die Überschrift.")
TOO_MANY_CELLS = Fault(
    "Zeile",
    "Die Zeile hat mehr Zellen als die Überschrift: "
    "Vielleicht steht ein Trennzeichen in einem Text ohne Anführungszeichen.",
)
STRAY_QUOTE = Fault(
    "Zeile", "Ein Anführungszeichen in der Zeile ist nicht geschlossen oder steht mitten im Text."
)
UNREADABLE_CHARACTERS = Fault(
    "Zeile", "Die Zeile enthält unlesbare Zeichen: Bitte mit der Vorlage vergleichen."
)
WRONG_ENCODING = Fault(
    "Zeile", "Umlaute in der Zeile sind verstellt (falscher Zeichensatz): Bitte richtig schreiben."
)
TOO_LONG = Fault("Zeile", "Die Zeile ist länger als 100 000 Zeichen: Nur ihr Anfang ist aufbewahrt.")
RECEIPT_MISSING = Fault("Eingang", "Der Eingang fehlt: Bitte als TT.MM.JJJJ, HH:MM eintragen.")
RECEIPT_UNREADABLE = Fault("Eingang", "Der Eingang ist kein Datum: Bitte als TT.MM.JJJJ, HH:MM schreiben.")
RECEIPT_LONG_AGO = Fault("Eingang", "Der Eingang liegt vor dem Jahr 2000: Bitte das Jahr prüfen.")
RECEIPT_IN_FUTURE = Fault("Eingang", "Der Eingang liegt in der Zukunft: Bitte das Datum prüfen.")
NOBODY_TO_CONTACT = Fault("Nachname", "Nachname und Telefon fehlen beide: So ist niemand zu erreichen.")
INSTITUTION_MISSING = Fault(
    "Einrichtung", "Die Einrichtung fehlt: Bei einer Meldung durch eine Stelle muss sie genannt sein."
)
BIRTH_UNREADABLE = Fault(
    "Kind geboren am", "Das Geburtsdatum ist kein Datum: Bitte als TT.MM.JJJJ schreiben."
)
BIRTH_AFTER_RECEIPT = Fault(
    "Kind geboren am",
    "Das Kind wäre nach dem Eingang geboren: Ein erwarteter Termin gehört unter »Entbindungstermin«.",
)
BIRTH_LONG_AGO = Fault(
    "Kind geboren am",
    "Das Kind wäre beim Eingang schon 18 Jahre alt: Gefragt ist das Geburtsdatum des Kindes.",
)
DUE_UNREADABLE = Fault(
    "Entbindungstermin", "Der Entbindungstermin ist kein Datum: Bitte als TT.MM.JJJJ schreiben."
)
DUE_TOO_FAR = Fault("Entbindungstermin", "Der Entbindungstermin liegt mehr als zehn Monate nach dem Eingang.")
DUE_LONG_PAST = Fault(
    "Entbindungstermin",
    "Der Entbindungstermin liegt mehr als sechs Wochen vor dem Eingang: "
    "Ist das Kind geboren, gehört der Tag unter »Kind geboren am«.",
)
CONSENT_CONTRADICTS = Fault(
    "Einverständnis",
    "Die Familie meldet sich selbst, das Einverständnis daneben ist aber nicht verständlich: Bitte klären.",
)


def reasons(faults: tuple[Fault, ...]) -> str:
    """All reasons in one line, as they stand in a quarantine list."""
    return " ".join(fault.reason for fault in faults)
