"""Which closing reason is true of a case: each has its condition, and where it does not hold a German sentence.

The figures of a network are counted from these reasons, so none may be entered that the case itself contradicts
(DOMAIN section 7). Every case that may be closed has one that fits (`tests/workflow/test_closing.py`).
"""

from collections.abc import Mapping
from datetime import date

from states.vocabulary import Command, Fact, Obligation, State
from workflow.ages import AgeLimit, last_day
from workflow.calendar import local_date
from workflow.case import Case, ConsentKind
from workflow.errors import Blocked
from workflow.fields import CHANNELS, CLOSING_REASONS
from workflow.office import Network

_ATTEMPTS, _CHANNELS = 3, 2
_AFTER_A_NO = frozenset(
    {"consent_refused", "consent_withdrawn", "moved", "duplicate", "escalated", "sent_in_error"}
)
_AFTER_CONTACT = frozenset({"goal_reached", "declined", "transferred"})
_MISSING_DAYS = (
    "",
    "ein Versuch an einem weiteren Tag",
    "zwei Versuche an weiteren Tagen",
    "drei Versuche an verschiedenen Tagen",
)


def closing_reasons(case: Case, network: Network, day: date) -> Mapping[str, str]:
    """Every closing reason with why it does not fit this case on this local day, or with nothing where it does."""
    return {reason: _why_not(reason, case, network, day) for reason in CLOSING_REASONS}


def refusal_of(reason: str, case: Case, network: Network, day: date) -> Blocked | None:
    """What to tell somebody who chose a reason that does not fit, or None."""
    why_not = _why_not(reason, case, network, day)
    if not why_not:
        return None
    process = network.profile.process
    if reason == "unreachable" and process.kin(case.state) == State.CONSENT_CHECKED:
        label = f"„{process.label(Command.ATTEMPT_CONTACT)}“"
        return Blocked("closing_reason", why_not, label, Command.ATTEMPT_CONTACT)
    return Blocked("closing_reason", why_not, "Einen anderen Abschlussgrund wählen")


def _why_not(reason: str, case: Case, network: Network, day: date) -> str:
    if Fact.WITHDRAWN in case.marks and reason not in _AFTER_A_NO:
        taken_back = case.referral_withdrawn_at is not None
        said = (
            "Die Meldung wurde zurückgezogen" if taken_back else "Die Familie hat abgelehnt oder widerrufen"
        )
        return f"{said}; das ist dann der Abschlussgrund."
    if reason in _AFTER_CONTACT and not was_reached(case):
        return "Die Familie wurde noch nie erreicht."
    if reason == "age_limit":
        return _within_age(case, network, day)
    if reason == "unreachable":
        return _not_tried_enough(case, day)
    if reason == "escalated":
        with_asd = network.profile.process.kin(case.state) == State.ESCALATED
        return "" if with_asd else "Der Fall liegt nicht beim ASD."
    return _not_that_no(reason, case)


def was_reached(case: Case) -> bool:
    """Whether the family was reached at any time, in an earlier round too."""
    return (
        Fact.REACHED in case.marks
        or Obligation.CLARIFY in case.anchors
        or bool(case.handovers)
        or any(attempt.reached for attempt in case.attempts)
    )


def _not_that_no(reason: str, case: Case) -> str:
    """Withdrawn is what had been given; refused is what never was; taken back is the referral, not a consent."""
    taken_back = case.referral_withdrawn_at is not None
    if reason == "sent_in_error" and not taken_back:
        return "Die meldende Stelle hat ihre Meldung nicht zurückgezogen."
    if reason not in ("consent_refused", "consent_withdrawn"):
        return ""
    if taken_back or Fact.WITHDRAWN not in case.marks:
        besides = "; zurückgezogen wurde die Meldung" if taken_back else ""
        return f"Die Familie hat weder abgelehnt noch widerrufen{besides}."
    given = any(consent.kind is ConsentKind.CONTACT for consent in case.consents)
    if reason == "consent_refused" and given:
        return "Die Familie hatte eingewilligt; sie hat nicht verweigert, sondern widerrufen."
    if reason == "consent_withdrawn" and not given:
        return "Die Familie hatte nie eingewilligt; sie hat nicht widerrufen, sondern verweigert."
    return ""


def _within_age(case: Case, network: Network, day: date) -> str:
    start, profile = case.child.born or case.child.expected, network.profile
    if start is None:
        return "Weder Geburtsdatum noch Entbindungstermin sind festgehalten."
    ages = profile.ages
    scope = AgeLimit(ages.until_years, ages.inclusive, ages.from_pregnancy)
    kinds = [AgeLimit(kind.until_years, kind.inclusive, kind.from_pregnancy) for kind in profile.recipients]
    over = [day > last_day(limit, start) for limit in kinds]
    if day > last_day(scope, start) or (over and all(over)):
        return ""
    return "Das Kind ist noch innerhalb der Altersgrenze."


def _not_tried_enough(case: Case, day: date) -> str:
    """Three attempts on different days over two ways and a letter; or nobody was allowed to try, until the deadline."""
    waiting = case.duty(Obligation.CONSENT)
    if waiting is not None and waiting.due < day:
        return ""
    calls = [a for a in case.attempts if not a.reached and a.channel != "letter"]
    days = {local_date(a.at) for a in calls}
    ways = sorted({a.channel for a in calls})
    missing = [_MISSING_DAYS[_ATTEMPTS - len(days)]] if len(days) < _ATTEMPTS else []
    if calls and len(ways) < _CHANNELS:
        example = "ein Anruf" if ways == ["visit"] else "ein Besuch"
        missing.append(f"ein Versuch auf einem zweiten Weg, zum Beispiel {example}")
    elif not calls:
        missing.append("dabei ein zweiter Weg")
    if case.letter_sent_at is None:
        missing.append("ein neutraler Brief")
    if not missing:
        return ""
    return f"Bisher: {_so_far(len(calls), len(days), ways, case)}. Es fehlt: {', '.join(missing)}."


def _so_far(tries: int, days: int, ways: list[str], case: Case) -> str:
    tried = "kein Versuch"
    if tries:
        counted = "1 Versuch" if tries == 1 else f"{tries} Versuche"
        on = "an 1 Tag" if days == 1 else f"an {days} Tagen"
        names = [CHANNELS[way] for way in ways]
        tried = f"{counted} {on}, {'nur ' if len(ways) == 1 else ''}per {' und '.join(names)}"
    letter = case.letter_sent_at
    return f"{tried}; {f'Brief am {local_date(letter):%d.%m}' if letter else 'kein Brief'}"
