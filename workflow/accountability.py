"""What body A says of a step beside the step itself: consents and handovers that changed, and data that left the house.

Categories, codes, ids and days only, never a word that anyone wrote: body A stays when the case is erased. It is
read again by `workflow.handover_chains` and `workflow.disclosures`; `tests/workflow/test_disclosures.py` walks.
"""

from collections.abc import Iterator
from datetime import date

from states.vocabulary import Command, Role, State
from workflow.case import Case, Consent, ConsentKind, Handover, HandoverStatus, Package
from workflow.disclosures import IN_LOTSE, Told, Why
from workflow.feedback import Reads, reads_report
from workflow.office import Directory
from workflow.sight import OF_DANGER

_NOTICES = (Command.ESCALATE, Command.ESCALATE_URGENT)
_OWN = (Command.CONFIRM_RECEIPT, Command.ASK, Command.REPORT)
"""What the ASD itself does is nothing that it is told."""
Plain = dict[str, object]


def changed(before: Case | None, after: Case) -> dict[str, list[Plain]]:
    """The consents and handovers that this step made or changed; a list that would be empty is left out."""
    known = {each.id: each for each in before.consents} if before else {}
    consents = [_consent(each) for each in after.consents if _differs(known.get(each.id), each)]
    handovers = [_handover(each) for each in _turned(before, after)]
    return {name: found for name, found in (("consents", consents), ("handovers", handovers)) if found}


def _differs(stood: Consent | None, now: Consent) -> bool:
    """Whether body A has something new to say of this consent."""
    return stood is not now and (stood is None or _consent(stood) != _consent(now))


def disclosed(
    command: str, before: Case | None, after: Case, channel: str, directory: Directory, day: date
) -> list[Plain]:
    """What somebody outside the house learns by this step: to whom, which categories, why, by which way.

    `day` is the local day; on it a consent must be valid to carry a disclosure.
    """
    found = [
        each for handover in _turned(before, after) for each in _to_recipient(handover, after, directory, day)
    ]
    if command in _NOTICES:
        told = [*(str(part) for part in after.told), str(Told.DANGER)]
        found.append(_told(_asd(directory), told, Why.PROTECTION, channel))
    elif after.state == State.ESCALATED and command in OF_DANGER and command not in _OWN:
        told = [str(Told.REPLY if command == Command.REPLY else Told.DANGER)]
        found.append(_told(_asd(directory), told, Why.PROTECTION, channel or IN_LOTSE))
    elif command == Command.REPORT:
        found.extend(_reported(after, directory, day))
    elif command == Command.QUERY_CONSENT:
        found.append(_told(_referrer(after), [str(Told.REFERRAL)], Why.CONSENT_QUERY, channel))
    elif command == Command.RECORD_FEEDBACK:
        given = list(_valid(after, ConsentKind.FEEDBACK, None, day))[-1:]
        if given:
            data = [Told.STATUS, *([Told.VERDICT] if after.report else [])]
            found.append(_told(_referrer(after), [str(each) for each in data], Why.FEEDBACK, IN_LOTSE, given))
    return found


def _reported(after: Case, directory: Directory, day: date) -> Iterator[Plain]:
    """What the referrer learns of the ASD's word, if anything: by law, or by the family's consent."""
    ground = reads_report(after, directory, day)
    if ground is Reads.BY_LAW:
        yield _told(_referrer(after), [str(Told.VERDICT)], Why.BACK_BY_LAW, IN_LOTSE)
    elif ground is Reads.BY_CONSENT:
        given = list(_valid(after, ConsentKind.FEEDBACK, None, day))[-1:]
        yield _told(_referrer(after), [str(Told.VERDICT)], Why.FEEDBACK, IN_LOTSE, given)


def _turned(before: Case | None, after: Case) -> Iterator[Handover]:
    known = {each.id: each for each in before.handovers} if before else {}
    return (each for each in after.handovers if known.get(each.id) != each)


def _to_recipient(handover: Handover, after: Case, directory: Directory, day: date) -> Iterator[Plain]:
    """What the recipient learns: that she is asked, the package she accepted, or that the family said no."""
    to = _recipient(handover.recipient, directory)
    if handover.status is HandoverStatus.PROPOSED:
        basis = [each for each in after.consents if each.id == handover.basis]
        yield _told(to, _asked(handover.package), Why.HANDOVER, IN_LOTSE, basis)
    elif handover.status is HandoverStatus.ACCEPTED and handover.package:
        valid = _valid(after, ConsentKind.HANDOVER, handover.recipient, day)
        carrying = [each for each in valid if set(each.scope) & set(handover.package)]
        yield _told(to, _names(handover.package), Why.HANDOVER, IN_LOTSE, carrying)
    elif handover.status is HandoverStatus.FALLEN:
        withdrawn = any(each.id == handover.basis and not each.stands() for each in after.consents)
        if withdrawn:
            yield _told(to, [str(Told.WITHDRAWAL)], Why.NO_CONTACT, IN_LOTSE)


def _valid(case: Case, kind: ConsentKind, recipient: str | None, day: date) -> Iterator[Consent]:
    return (each for each in case.consents_for(kind, recipient) if each.valid_on(day))


def _told(to: Plain, data: list[str], why: Why, channel: str, consents: list[Consent] | None = None) -> Plain:
    told = {**to, "data": data, "why": str(why), "legal_basis": why.legal_basis}
    if channel:
        told["channel"] = channel
    if consents:
        told["consents"] = [
            {"id": c.id, "kind": str(c.kind), "form": str(c.form), "given_on": c.given_on.isoformat()}
            for c in consents
        ]
    return told


def _recipient(recipient: str, directory: Directory) -> Plain:
    known = directory.recipients.get(recipient)
    role, institution = (str(known.role), known.institution) if known else (str(Role.RECIPIENT), "")
    return {"to": recipient, "role": role, **({"institution": institution} if institution else {})}


def _referrer(case: Case) -> Plain:
    institution = case.source.institution
    return {"role": str(Role.PARTNER), **({"institution": institution} if institution else {})}


def _asd(directory: Directory) -> Plain:
    """The ASD as the directory has it: its institution, where all who work there name the same one."""
    named = {p.institution for p in directory.persons.values() if Role.ASD_WORKER in p.roles and p.active}
    institution = named.pop() if len(named) == 1 else ""
    return {"role": str(Role.ASD_WORKER), **({"institution": institution} if institution else {})}


def _asked(package: tuple[Package, ...]) -> list[str]:
    """What a request lets its reader know before she accepts, as `workflow.remarks` and `workflow.sight` show it."""
    return [str(Told.REQUEST), *([str(Told.AGE)] if Package.CHILD in package else [])]


def _names(package: tuple[Package, ...]) -> list[str]:
    return [str(part) for part in package]


def _consent(consent: Consent) -> Plain:
    told: Plain = {
        "id": consent.id,
        "kind": str(consent.kind),
        "form": str(consent.form),
        "given_on": consent.given_on.isoformat(),
    }
    if consent.recipient is not None:
        told["recipient"] = consent.recipient
    if consent.scope:
        told["scope"] = _names(consent.scope)
    if consent.expires_on is not None:
        told["expires_on"] = consent.expires_on.isoformat()
    if not consent.stands():
        told["withdrawn"] = True
    return told


def _handover(handover: Handover) -> Plain:
    return {
        "id": handover.id,
        "recipient": handover.recipient,
        "status": str(handover.status),
        "package": _names(handover.package),
        "consent": handover.basis,
    }
