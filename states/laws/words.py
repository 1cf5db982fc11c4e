"""German clauses for what is missing or stands against a step, for refusals by the prover."""

from states.bits import Bits, Condition
from states.process import Process
from states.vocabulary import Fact

_ABSENT: dict[str, str] = {
    Fact.BY_PARTNER: "ohne dass ein Partner gemeldet hat",
    Fact.CONSENT: "ohne dass eine Einwilligung in den Kontakt vorliegt",
    Fact.WITHDRAWN: "ohne dass die Familie abgelehnt oder widerrufen hat (oder die Meldung zurückgezogen ist)",
    Fact.CONSENT_FOR: "ohne dass eine Einwilligung für genau diese Stelle vorliegt",
    Fact.OFFERED: "ohne dass diese Stelle angefragt ist",
    Fact.HANDED: "ohne dass diese Stelle die Familie begleitet",
    Fact.LOOKED: "ohne dass zuvor jemand auf eine Gefährdung geschaut hat",
    Fact.ATTEMPTED: "ohne dass ein Kontakt versucht wurde",
    Fact.REACHED: "ohne dass die Familie erreicht wurde",
    Fact.DANGER: "ohne dass eine Gefährdung im Raum steht",
    Fact.ASSESSED: "ohne dass die Gefährdung zu zweit oder mit einer ieF eingeschätzt ist",
    Fact.INFORMED: "ohne dass Eltern und Kind beteiligt sind (oder der Grund genannt ist, warum nicht)",
    Fact.OWED: "ohne dass eine Dokumentation fehlt",
    Fact.RECEIPT: "ohne dass der ASD den Empfang bestätigt hat",
    Fact.ASKED: "ohne dass der ASD etwas gefragt hat",
    Fact.ELIGIBLE: "ohne dass die Stelle nach Alter und Vereinbarung zuständig ist",
}  # fmt: skip
_PRESENT: dict[str, str] = {
    Fact.CONSENT: "obwohl eine Einwilligung vorliegt",
    Fact.WITHDRAWN: "obwohl die Familie abgelehnt oder widerrufen hat (oder die Meldung zurückgezogen ist)",
    Fact.OFFERED: "obwohl eine Übergabeanfrage offen ist",
    Fact.HANDED: "obwohl eine Begleitung läuft",
    Fact.DANGER: "obwohl eine Gefährdung nicht ausgeschlossen ist",
    Fact.OWED: "obwohl die Dokumentation der Eilmeldung fehlt",
}


def step(process: Process, command: str) -> str:
    """Name a command by its label, in quotation marks."""
    return f"‚{process.label(command)}‘"


def place(process: Process, state: str) -> str:
    """Name a state by its label, in quotation marks."""
    return f"‚{process.label(state)}‘" if state else "‚noch nicht eingegangen‘"


def people(process: Process, roles: frozenset[str]) -> str:
    """Name roles by their labels."""
    return " oder ".join(sorted(process.label(role) for role in roles))


def against(process: Process, bits: Bits, condition: Condition, law: list[Condition]) -> str:
    """Say what the law wants and the condition does not give, by the alternative that misses least."""
    return min((_missing(process, bits, condition, each) for each in law), key=len)


def _missing(process: Process, bits: Bits, condition: Condition, law: Condition) -> str:
    mask, value = law
    clauses: dict[str, None] = {}
    for name, bit in bits.place.items():
        if mask & condition[0] & bit and (condition[1] ^ value) & bit:
            word = name if ":" not in name else name[: name.index(":")] + ":r"
            told = (_ABSENT if value & bit else _PRESENT).get(word)
            clauses[told or f"entgegen ‚{process.label(word)}‘"] = None
    return ", ".join(clauses)
