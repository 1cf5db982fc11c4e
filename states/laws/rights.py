"""What is somebody's right is open to them wherever and whenever its condition holds.

To withdraw, to raise a concern, to notify the ASD, to decline, to end: a row may be written in several
pieces, but together they must cover the whole law of the command: no profile takes a right away in one state.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator

from states.bits import RECIPIENTS, Bits, implied
from states.laws.finding import Finding
from states.laws.words import place, step
from states.process import STEP, Process
from states.vocabulary import Command as C

_WITHDRAWALS = (
    C.WITHDRAW_CONSENT,
    C.WITHDRAW_CONSENT_FOR,
    C.WITHDRAW_FEEDBACK,
    C.REFUSE_CONSENT,
    C.WITHDRAW_REFERRAL,
)
_DANGER = (
    C.TRIAGE_NO, C.TRIAGE_YES, C.RAISE_CONCERN, C.ASSESS_RISK_NO, C.ASSESS_RISK_YES,
    C.INVOLVE_FAMILY, C.ESCALATE, C.ESCALATE_URGENT, C.COMPLETE_RECORD,
)  # fmt: skip
_LAW_OF: dict[str, str] = {
    **dict.fromkeys(_WITHDRAWALS, "W1"),
    **dict.fromkeys(_DANGER, "E3"),
    C.FLAG_OVERDUE: "F3",
}


def right_findings(process: Process, bits: Bits) -> Iterator[Finding]:
    """W1, E3, F3, V: no right is missing, narrowed, or hung on a judgement of the moment, in any state."""
    for spec in process.commands.values():
        if not spec.right_of or spec.kind == STEP:
            continue
        named = RECIPIENTS[0] if spec.per_recipient else None
        law = bits.conditions(spec.law, named)
        for state in (*process.states, ""):
            if process.kin(state) not in spec.stands_in:
                continue
            rows = process.rows_from(state, spec.name)
            for role in sorted(spec.right_of):
                open_to = [
                    piece for row in rows if role in row.roles for piece in bits.conditions(row.guard, named)
                ]
                gap = implied(law, open_to)
                if gap is not None:
                    told = (
                        f"In {place(process, state)} fehlte der Schritt {step(process, spec.name)}"
                        f" für: {process.label(role)}"
                    )
                    key = _LAW_OF.get(spec.name, "V")
                    yield Finding(
                        key,
                        told + (" (er hinge an einer weiteren Bedingung)" if open_to else ""),
                        among=((state, gap),),
                    )
