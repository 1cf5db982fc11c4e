"""Handovers looked into by Leitung: read off the log with their flaws, and put on record that somebody has looked.

Whoever calls the readers has put the reading on record before (`workflow.log_rights.handovers_of_all`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.db.recorded import RecordedLog
from adapters.db.work import SqlWork
from adapters.lotse import Lotse
from adapters.verification_proofs import NotCovered, prove_entries
from audit.note import Verifier
from workflow.handover_checks import Checked, checked
from workflow.handover_review import review_handover
from workflow.office import Person


class NoSuchHandover(Exception):
    """This case has no such handover."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry of the present log, with the proof that it stood there under a signed checkpoint, if one covers it."""

    seq: int
    proof: bytes | None


def of_the_house(lotse: Lotse) -> list[Checked]:
    """Every handover the log tells of, in the order of the proposals."""
    log = RecordedLog(lotse.store)
    return checked(log.forwards(), log.signed().sizes)


def of_a_case(lotse: Lotse, case: str) -> list[Checked]:
    """The handovers of one case, by id; an erased one too."""
    log = RecordedLog(lotse.store)
    return checked(log.of_case(case), log.signed().sizes)


def the_one(lotse: Lotse, case: str, handover: str) -> Checked:
    """One handover of a case by its id. Raises NoSuchHandover."""
    found = next((each for each in of_a_case(lotse, case) if each.chain.id == handover), None)
    if found is None:
        raise NoSuchHandover
    return found


def proofs_of(lotse: Lotse, seqs: Sequence[int]) -> list[Proven]:
    """Each of these entries of the present log with its inclusion proof, none where nobody has signed over all yet."""
    verifier: Verifier = lotse.verifier
    try:
        proofs = prove_entries(lotse.store, list(seqs), verifier)
    except NotCovered:
        return [Proven(seq, None) for seq in seqs]
    return [Proven(seq, proof.to_bytes()) for seq, proof in zip(seqs, proofs, strict=True)]


def remarks_of(lotse: Lotse, found: Checked) -> Mapping[tuple[int | None, int], str]:
    """The remark of each „geprüft“ of this handover, by incarnation and number; none of an erased case."""
    wanted = {(each.incarnation, each.seq) for each in found.chain.reviews}
    if not wanted or found.chain.erased_at is not None:
        return {}
    return {
        (told.incarnation, told.seq): str((told.b or {}).get("remark", ""))
        for told in lotse.store.timeline(found.chain.case)
        if (told.incarnation, told.seq) in wanted
    }


def reviewing(lotse: Lotse, person: Person, found: Checked, remark: str) -> Callable[[SqlWork], None]:
    """The job that puts a „geprüft“ on record; RefusedError for who asked for it or answered it."""
    return lambda work: review_handover(person, found.chain, remark, work, lotse.office)
