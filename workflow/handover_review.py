"""Leitung has looked into a handover: a recorded „geprüft“ with a remark, never by who asked for it or answered it.

The remark lies under the case's key and goes with it; that somebody looked, when and who, stays. It can be looked into
again. Proven with the checks (`tests/workflow/test_handover_checks.py`).
"""

from datetime import UTC

from states.vocabulary import Role
from workflow.audited import Audited
from workflow.errors import Blocked, DetailFault, DetailsError, RefusedError
from workflow.handover_chains import Chain
from workflow.judge import DENIED
from workflow.office import Directory, Moment, Office, Person
from workflow.ports import Entry, Work

LONGEST_REMARK = 2000


def why_no_review(person: Person, chain: Chain, directory: Directory, moment: Moment) -> Blocked | None:
    """Why this person may not put on record that they have looked into this handover, or None."""
    if Role.SUPERVISOR not in person.roles or not person.active:
        return Blocked(DENIED, "Übergaben prüft die Leitung.")
    parties = {str((entry.a or {}).get("actor")) for entry in (chain.proposal, chain.answer) if entry}
    acted_for = {
        str((entry.a or {}).get("on_behalf_of")) for entry in (chain.proposal, chain.answer) if entry
    }
    if person.id in parties | acted_for or directory.represented_by(person.id, moment.real_day) & parties:
        return Blocked(
            "own_handover",
            "Diese Übergabe haben Sie selbst angefragt oder beantwortet.",
            "eine andere Person aus der Leitung prüft sie",
        )
    if chain.erased_at is not None:
        return Blocked("erased", "Der Fall ist gelöscht; ein Vermerk hätte keinen Ort mehr.")
    return None


def review_handover(person: Person, chain: Chain, remark: str, work: Work, office: Office) -> None:
    """Stage the entry. Raises RefusedError, staged for the log before, and DetailsError for a lacking remark."""
    words, moment = remark.strip(), office.moment
    if not words or len(words) > LONGEST_REMARK:
        fault = f"Bitte vermerken, was geprüft wurde (höchstens {LONGEST_REMARK} Zeichen)."
        raise DetailsError((DetailFault("remark", fault),))
    directory = work.directory
    person = directory.persons.get(person.id, person)
    a: dict[str, object] = {
        "action": str(Audited.HANDOVER_CHECKED), "actor": person.id, "case": chain.case, "handover": chain.id,
        "at": moment.real_at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    blocked = why_no_review(person, chain, directory, moment)
    if blocked is not None:
        work.record(Entry("steps", {**a, "outcome": "refused", "reason": blocked.code}))
        raise RefusedError(blocked)
    work.record(Entry("steps", {**a, "outcome": "done"}, {"remark": words}, chain.case))
