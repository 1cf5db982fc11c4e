"""Proofs (`.tlog-proof`): made of entries, of an earlier incarnation too; and those kept, held against the log.

An earlier incarnation is signed no more: its entries are proven under the last checkpoint that was signed of it. Where a
lawful restore gave an entry up, that is said, not accused. `tests/cli/test_audit_proof.py`, `test_audit_verify.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.db.store import Store
from adapters.verification import incarnation_reader, incarnations
from audit.checkpoint import open_checkpoint
from audit.errors import AuditError, MalformedNote
from audit.faults import FaultClass, Step, VerificationError
from audit.note import Verifier
from audit.proof import MalformedProof, Proof, log_range_root, open_proof, prove
from audit.reader import PAGE, LogReader
from audit.sources import Log


class NoSuchEntry(AuditError):
    """Diesen Eintrag gibt es nicht."""


class NotCovered(AuditError):
    """Über diesen Eintrag gibt es keinen Prüfpunkt."""


def prove_entries(
    store: Store,
    seqs: Sequence[int],
    verifier: Verifier,
    note: bytes | None = None,
    number: int | None = None,
) -> list[Proof]:
    """Prove these entries of an incarnation (None: the present one) under this note, else under the last kept beside it.

    Raises NoSuchEntry, NotCovered where no kept note covers all of them, MalformedProof where they were altered.
    """
    found: list[Proof] = []
    if not seqs:
        return found
    with incarnation_reader(store, number)() as reader:
        roots = log_range_root(reader)
        if note is None:
            note = _last_note(reader, verifier, max(seqs))
        for seq in seqs:
            rows = reader.rows(seq - 1, 1)
            if not rows or rows[0][0] != seq:
                where = "" if number is None else f" in der Fassung {number} des Protokolls"
                raise NoSuchEntry(
                    f"Den Eintrag {seq} gibt es{where} nicht. Nächster Schritt: lotse audit show."
                )
            if note is None:
                raise NotCovered(
                    f"Über den Eintrag {max(seqs)} hat in dieser Fassung niemand unterschrieben."
                )
            found.append(prove(seq, note, verifier, roots, rows[0][1]))
    return found


def _last_note(reader: LogReader, verifier: Verifier, seq: int) -> bytes | None:
    """The genuine note over the most entries that this log still has, if it covers this one."""
    head = reader.stand()
    last = head.size if head else 0
    sizes: list[int] = []
    after = seq
    while page := reader.notes(after, PAGE, last):
        sizes += [size for size, _ in page]
        after = sizes[-1]
    for size in reversed(sizes):
        note = reader.notes(size - 1, 1)[0][1]
        try:
            if open_checkpoint(note, verifier).size == size:
                return note
        except MalformedNote:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Kept:
    """A proof and the incarnation it is of."""

    proof: Proof
    log: Log


def read_proofs(store: Store, verifier: Verifier, files: Sequence[bytes]) -> list[Kept]:
    """Open proofs; PROOF for one that is malformed, or signed by none of the store's logs."""
    logs = {log.verifier.name.encode(): log for log in incarnations(store, verifier)} if files else {}
    found = []
    for content in files:
        name = content.partition(b"\n\n")[2].split(b"\n", 1)[0]
        try:
            log = logs[name] if name in logs else logs[verifier.name.encode()]
            found.append(Kept(open_proof(content, log.verifier), log))
        except (MalformedProof, MalformedNote) as error:
            raise VerificationError(Step.CHECKPOINTS, None, FaultClass.PROOF, str(error)) from None
    return found


def stands(kept: Kept) -> bool:
    """Whether the entry stands where its proof says, False where it was given up in a restore.

    To be asked after the log was verified with the proof's checkpoint. PROOF where another entry stands there.
    """
    proof = kept.proof
    with kept.log.snapshot() as reader:
        rows = reader.rows(proof.index - 1 if proof.index else None, 1)
    if kept.log.number is not None and not rows:
        return False
    leaf = rows[0][1] if rows and rows[0][0] == proof.index else None
    if not isinstance(leaf, bytes) or not proof.holds(leaf) or proof.leaf not in (None, leaf):
        message = "Der Nachweis ist nicht über den Eintrag, der an dieser Stelle steht."
        raise VerificationError(Step.CHECKPOINTS, proof.index, FaultClass.PROOF, message)
    return True
