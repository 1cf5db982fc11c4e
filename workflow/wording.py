"""German sentences for what stands in the way of a step: one for each fact, missing or in the way.

Complete for every literal that a guard may have; `tests/workflow/test_wording.py` counts them.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from states.guard import Literal
from states.process import Process
from states.vocabulary import Command, Role

_MISSING: Mapping[str, str] = {
    "by_partner": "Die Familie hat sich selbst gemeldet; es gibt keine meldende Stelle.",
    "consent": "Es fehlt die Einwilligung der Familie in die Kontaktaufnahme.",
    "withdrawn": "Die Familie hat weder abgelehnt noch widerrufen.",
    "consent:r": "Es fehlt die Einwilligung der Familie für {whom}.",
    "offered:r": "Bei {whom} ist keine Übergabe angefragt.",
    "handed:r": "{who} begleitet die Familie nicht.",
    "handed:*": "Es läuft keine Begleitung.",
    "offered:*": "Es ist keine Übergabe angefragt.",
    "consent:*": "Es gibt keine Einwilligung in eine Übergabe.",
    "looked": "Es fehlt die Ersteinschätzung, ob ein Kind in Gefahr ist.",
    "attempted": "Es fehlt ein Kontaktversuch.",
    "reached": "Die Familie ist noch nicht erreicht.",
    "danger": "Eine Gefährdung des Kindes ist nicht festgehalten.",
    "assessed": "Es fehlt die Gefährdungseinschätzung durch zwei Fachkräfte oder mit einer insoweit erfahrenen.",
    "informed": "Es fehlt, ob Eltern und Kind beteiligt wurden, oder warum nicht.",
    "owed": "Es ist keine Dokumentation nachzuholen.",
    "receipt": "Es fehlt die Empfangsbestätigung durch einen Menschen beim ASD.",
    "asked": "Der ASD hat nichts gefragt, was noch offen wäre.",
}
_IN_THE_WAY: Mapping[str, str] = {
    "by_partner": "Die Meldung kam von einem Kooperationspartner.",
    "consent": "Es liegt schon eine Einwilligung vor.",
    "withdrawn": "Die Familie hat abgelehnt oder widerrufen.",
    "consent:r": "Es liegt schon eine Einwilligung für {whom} vor.",
    "offered:r": "Bei {whom} ist eine Übergabe angefragt.",
    "handed:r": "{who} begleitet die Familie.",
    "consent:R": "Es liegt eine Einwilligung in eine Übergabe vor.",
    "offered:R": "Eine Übergabe ist angefragt und noch nicht beantwortet.",
    "handed:R": "Eine Begleitung läuft.",
    "looked": "Die Ersteinschätzung liegt schon vor.",
    "attempted": "Ein Kontaktversuch ist schon festgehalten.",
    "reached": "Die Familie ist schon erreicht.",
    "danger": "Eine Gefährdung des Kindes ist nicht ausgeschlossen.",
    "assessed": "Die Gefährdungseinschätzung liegt schon vor.",
    "informed": "Die Beteiligung von Eltern und Kind ist schon festgehalten.",
    "owed": "Zur Eilmeldung fehlt noch die Dokumentation.",
    "receipt": "Der ASD hat den Empfang schon bestätigt.",
    "asked": "Eine Rückfrage des ASD ist noch nicht beantwortet.",
}


def missing(literal: Literal, who: str, label: Callable[[str], str]) -> str:
    """Say what keeps this condition from holding; `who` is the recipient as a person reads it.

    A fact that a network has added of its own is named by its `label` there.
    """
    name = f"{literal.fact}:{literal.whose}" if literal.whose else literal.fact
    table = _MISSING if literal.holds else _IN_THE_WAY
    own = "Es fehlt: {fact}." if literal.holds else "Das ist schon geschehen: {fact}."
    return table.get(name, own).format(who=who, whom=declined(who), fact=label(literal.fact))


def declined(name: str) -> str:
    """A name as it reads after „für“, „an“, „bei“, „mit“: only „Herr“ changes."""
    return f"Herrn {rest}" if (rest := name.removeprefix("Herr ")) != name else name


NO_LONGER_YOURS = (
    "Die Familie hat widerrufen: bitte keinen Kontakt mehr aufnehmen. Der Fall ist Ihnen nicht mehr zugeordnet, und was "
    "Ihnen übergeben war, ist nicht mehr zu lesen."
)
"""For a recipient whose handover fell with the family's no."""
NOT_TO_ONESELF = "Zuweisen an sich selbst: das tut die zuständige Fachkraft oder die Leitung."
"""For a deputy, who would keep what she has only until the end."""
LEITUNG_NOT_TO_ITSELF = (
    "Einen Fall, für den eine Fachkraft zuständig ist, weist die Leitung sich nicht selbst zu. Nächster Schritt: Die "
    "zuständige Fachkraft oder eine zweite Leitung weist ihn zu; was nicht warten kann, öffnet der Notfall."
)
TAKEN_BACK = "Die meldende Stelle hat ihre Meldung zurückgezogen."
"""In place of the family's no, where the referral was taken back and the family said nothing."""
LOOK_AGAIN = (
    "Bitte vor diesem Schritt noch einmal einschätzen, ob ein Kind in Gefahr ist (seit der letzten Änderung noch "
    "nicht geschehen)."
)
"""In place of "Es fehlt die Ersteinschätzung", where one was made before in this case."""


ASK_THE_OFFICE = "die Frühen Hilfen anrufen"
"""The next step of a referrer from whom the case's way is kept."""
ASK_WHO_KEEPS_IT = "die zuständige Fachkraft oder die Leitung fragen; bei akuter Gefahr sofort 110"
"""The next step of a colleague who may not know the case, where what she may do on duty is not possible."""


def not_for_this_referral(label: str) -> str:
    """A refusal to a referrer who may not know where the case stands: it must not tell that either."""
    return (
        f"„{label}“ ist bei dieser Meldung zurzeit nicht möglich. Wie es weiterging, erfahren Sie nur mit "
        "Einwilligung der Familie."
    )


def danger_first(process: Process) -> str:
    """What an urgent notice needs before it goes out: one entry without a required field."""
    return (
        f"Halten Sie zuerst die Gefahr fest, ohne Pflichtangaben: „{process.label(Command.TRIAGE_YES)}“. Danach die "
        "Eilmeldung. Bei akuter Gefahr sofort 110."
    )


def worried_fachkraft(process: Process) -> str:
    """How a Fachkraft records a worry; „Sorge um das Kind“ is for those who bring it to her."""
    return f"Als Fachkraft halten Sie das als „{process.label(Command.TRIAGE_YES)}“ fest."


_WHO: Mapping[str, str] = {
    Role.CASE_WORKER: "die zuständige Fachkraft",
    Role.PARTNER: "die meldende Stelle",
    Role.ASD_WORKER: "der ASD",
    Role.SUPERVISOR: "die Leitung",
    Role.CLOCK: "die Fristenuhr",
}
_RECIPIENT_WHO: Mapping[str, str] = {
    Command.ACCEPT: "wer angefragt ist",
    Command.DECLINE: "wer angefragt ist",
    Command.NOTE: "wer die Familie begleitet",
    Command.END_SUPPORT: "wer die Familie begleitet",
}
_ASKED_OR_NEAR = "wer angefragt ist oder die Familie begleitet"


def only(command: str, roles: AbstractSet[str]) -> str:
    """Say who may do this, by the roles of its rows (such as „Das kann nur die Leitung.“)."""
    named = [who for role, who in _WHO.items() if role in roles]
    if Role.RECIPIENT in roles:
        relative = _RECIPIENT_WHO.get(command, _ASKED_OR_NEAR)
        if not named:
            return f"Das kann nur, {relative}."
        named.append(relative)
    if not named:
        return "Das kann hier niemand."
    *others, last = named
    return f"Das kann nur {', '.join(others)} oder {last}." if others else f"Das kann nur {last}."


_OPEN_OUTCOME: Mapping[str, str] = {
    Command.TRIAGE_NO: "Ersteinschätzung: Ist ein Kind in Gefahr?",
    Command.TRIAGE_YES: "Ersteinschätzung: Ist ein Kind in Gefahr?",
    Command.ASSESS_RISK_NO: "Gefährdungseinschätzung",
    Command.ASSESS_RISK_YES: "Gefährdungseinschätzung",
    Command.CHECK_CONSENT_YES: "Einwilligung prüfen",
    Command.CHECK_CONSENT_NO: "Einwilligung prüfen",
}
_ASKS_PARTNER = frozenset({Command.RECORD_CONSENT_PARTNER, Command.QUERY_CONSENT})


def as_next_step(process: Process, command: str) -> str:
    """Name a step as something to do, without saying beforehand how a judgement will come out."""
    step = f"„{_OPEN_OUTCOME.get(command) or process.label(command)}“"
    return f"{step} (wir fragen den Partner, nie die Familie)" if command in _ASKS_PARTNER else step
