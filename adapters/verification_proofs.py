"""Proofs that somebody kept (`.tlog-proof`), held against the log: their checkpoint, and the entry they are about.

A proof may be of an earlier incarnation; where a lawful restore gave its entry up, that is said, not accused.
`tests/cli/test_audit_verify.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.db.store import Store
from adapters.verification import incarnations
from audit.errors import MalformedNote
from audit.faults import FaultClass, Step, VerificationError
from audit.note import Verifier
from audit.proof import MalformedProof, Proof, open_proof
from audit.sources import Log


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
