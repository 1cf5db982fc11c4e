"""The policies: what each fact of the law means in a real case, one policy a fact.

The table speaks of facts; these functions look them up in consents, handovers, marks and the child's age. They are
complete (`tests/workflow/test_policies.py` compares them with the list of facts), and after every step they must
say what the table says the step did, or the step is undone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from states.profile import RecipientKind
from states.vocabulary import Fact
from workflow.ages import AgeLimit, within
from workflow.case import READ_FROM_OBJECTS, Case, ConsentKind, HandoverStatus
from workflow.office import Directory, Moment, Network, Recipient


@dataclass(frozen=True, slots=True)
class Situation:
    """What a policy may look at: the case, the moment, the directory and the network's rules."""

    case: Case
    moment: Moment
    directory: Directory
    network: Network


Policy = Callable[[Situation, str | None], bool]


def _marked(fact: Fact) -> Policy:
    def policy(situation: Situation, _recipient: str | None) -> bool:
        return fact in situation.case.marks

    return policy


def _may_be_contacted(situation: Situation, _recipient: str | None) -> bool:
    return _consents(situation, ConsentKind.CONTACT, None)


def _may_be_handed_to(situation: Situation, recipient: str | None) -> bool:
    return _consents(situation, ConsentKind.HANDOVER, recipient)


def _consents(situation: Situation, kind: ConsentKind, recipient: str | None) -> bool:
    day = situation.moment.day
    for each in situation.case.consents:  # asked three times a step: as `any` it takes twice as long
        if each.kind is kind and each.recipient == recipient and each.valid_on(day):
            return True
    return False


def _is_asked(situation: Situation, recipient: str | None) -> bool:
    return (
        recipient is not None and situation.case.handover_to(recipient, HandoverStatus.PROPOSED) is not None
    )


def _supports(situation: Situation, recipient: str | None) -> bool:
    return (
        recipient is not None and situation.case.handover_to(recipient, HandoverStatus.ACCEPTED) is not None
    )


def _is_eligible(situation: Situation, recipient: str | None) -> bool:
    return not why_not_eligible(situation, recipient)


def age_limit(network: Network, recipient: Recipient) -> AgeLimit | None:
    """The age limit of this recipient's profession in this network; None where the profession is not provided for."""
    return next((_limit(kind) for kind in network.profile.recipients if kind.role == recipient.role), None)


def _limit(kind: RecipientKind) -> AgeLimit:
    return AgeLimit(from_pregnancy=kind.from_pregnancy, years=kind.until_years, inclusive=kind.inclusive)


def why_not_eligible(situation: Situation, recipient: str | None) -> str:
    """The German reason why this recipient cannot take the family over today, or nothing."""
    known = situation.directory.recipients.get(recipient or "")
    day = situation.moment.day
    if known is None or not known.active:
        return "Diese Stelle steht nicht (mehr) im Verzeichnis."
    if known.agreement_until is not None and known.agreement_until < day:
        return f"Die Vereinbarung mit {known.name} ist am {known.agreement_until:%d.%m.%Y} abgelaufen."
    limit = age_limit(situation.network, known)
    if limit is None:
        return f"Dieses Netzwerk übergibt nicht an: {known.role.label}."
    child = situation.case.child
    if child.born is None and child.expected is None:
        return "Es fehlt das Geburtsdatum des Kindes oder der Entbindungstermin (nachzutragen mit „Berichtigen“)."
    if not within(limit, child.born, child.expected, day):
        label = situation.network.profile.process.label(known.role)
        return f"Das Kind ist außerhalb der Altersgrenze für {label}.{_who_else(situation)}"
    return ""


def _who_else(situation: Situation) -> str:
    """Name the professions whose age limit fits today: they are asked on a consent of their own (B 186)."""
    profile, child = situation.network.profile, situation.case.child
    fitting = [
        profile.process.label(kind.role)
        for kind in profile.recipients
        if within(_limit(kind), child.born, child.expected, situation.moment.day)
    ]
    return f" Mit neuer Einwilligung kommt in Frage: {', '.join(fitting)}." if fitting else ""


POLICIES: Mapping[Fact, Policy] = {
    **{fact: _marked(fact) for fact in Fact if fact not in READ_FROM_OBJECTS and fact is not Fact.ELIGIBLE},
    Fact.CONSENT: _may_be_contacted,
    Fact.CONSENT_FOR: _may_be_handed_to,
    Fact.OFFERED: _is_asked,
    Fact.HANDED: _supports,
    Fact.ELIGIBLE: _is_eligible,
}


def concrete(fact: str, recipient: str) -> str:
    """The run-time name of a fact about one recipient: `offered:r` becomes `offered:<recipient>`."""
    return f"{fact[:-1]}{recipient}"


def facts_now(
    situation: Situation, recipient: str | None = None, *, recorded: frozenset[str] | None = None
) -> frozenset[str]:
    """The facts that hold at this moment, as run-time names; eligibility is judged for `recipient` only.

    Only consents fade by time (PROCESS, decision 7); all else holds as recorded: `facts_recorded` of the case, or what
    is known to be that.
    """
    case = situation.case
    if recorded is None:
        recorded = facts_recorded(case)
    gone = {
        concrete(Fact.CONSENT_FOR, one.recipient)
        for one in case.consents
        if one.recipient is not None
        and one.kind is ConsentKind.HANDOVER
        and not _may_be_handed_to(situation, one.recipient)
    }
    if Fact.CONSENT in recorded and not _may_be_contacted(situation, None):
        gone.add(Fact.CONSENT)
    if recipient is not None and _is_eligible(situation, recipient):
        return recorded - gone | {concrete(Fact.ELIGIBLE, recipient)}
    return recorded - gone if gone else recorded


def facts_recorded(case: Case) -> frozenset[str]:
    """The facts as the record has them, whatever the clock says: what the log replays."""
    facts = set(case.marks)
    for consent in case.consents:
        if not consent.stands():
            continue
        if consent.kind is ConsentKind.CONTACT:
            facts.add(Fact.CONSENT)
        elif consent.kind is ConsentKind.HANDOVER and consent.recipient is not None:
            facts.add(concrete(Fact.CONSENT_FOR, consent.recipient))
    for handover in case.handovers:
        if handover.status is HandoverStatus.PROPOSED:
            facts.add(concrete(Fact.OFFERED, handover.recipient))
        elif handover.status is HandoverStatus.ACCEPTED:
            facts.add(concrete(Fact.HANDED, handover.recipient))
    return frozenset(facts)
