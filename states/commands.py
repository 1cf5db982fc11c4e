"""What each command is and does to the facts, and, as a second list, which commands write each fact.

The closed list: a profile adds only steps of the kind `step`, which touch no fact listed here. That the two
lists agree is law O1; that each row keeps to its command is what the prover checks first.
"""
# ruff: noqa: N817 - a table is read across, in its own short words

from collections.abc import Iterable

from states.guard import Guard
from states.process import NEW, STAYS, STEP, CommandSpec, FactSpec, names
from states.vocabulary import LAPSE, OPEN, OURS
from states.vocabulary import Command as C
from states.vocabulary import Fact as F
from states.vocabulary import Role as R
from states.vocabulary import State as S

BEFORE_CONTACT = (S.RECEIVED, S.CONSENT_PENDING)
ANYONE_NEAR = (R.RECIPIENT, R.PARTNER, R.SUPERVISOR)
NOBODY = ()


def _command(
    name: str,
    may: str | Iterable[str],
    law: str,
    effect: str,
    leads_to: str | Iterable[str],
    *,
    stands: str | Iterable[str],
    right_of: str | Iterable[str],
) -> CommandSpec:
    """Read an effect as the table writes it: `+looked -danger -offered:R`."""
    words = effect.split()
    return CommandSpec(
        name,
        frozenset(names(may)),
        Guard.parse(law),
        tuple(word[1:] for word in words if word[0] == "+"),
        tuple(word[1:] for word in words if word[0] == "-"),
        names(leads_to),
        names(stands),
        frozenset(names(right_of)),
    )


A_NO = "+withdrawn -consent -consent:R -offered:R -handed:R -looked -attempted -reached"
"""What a refusal or a withdrawal does: everything resting on the family's yes falls at once."""
OTHERS_FREE = "!offered:R !handed:R"

_DEFINITIONS = (
    _command(C.RECEIVE_SELF, R.CASE_WORKER, "", "+consent", S.RECEIVED, stands=NEW, right_of=R.CASE_WORKER),
    _command(
        C.RECEIVE_CONSENT, (R.CASE_WORKER, R.PARTNER), "", "+by_partner +consent", S.RECEIVED,
        stands=NEW, right_of=R.CASE_WORKER,
    ),
    _command(
        C.RECEIVE_UNCLEAR, (R.CASE_WORKER, R.PARTNER), "", "+by_partner", S.RECEIVED,
        stands=NEW, right_of=R.CASE_WORKER,
    ),
    _command(C.TRIAGE_NO, R.CASE_WORKER, "!danger", "+looked", STAYS, stands=OPEN, right_of=R.CASE_WORKER),
    _command(C.TRIAGE_YES, R.CASE_WORKER, "", "+looked +danger", STAYS, stands=OPEN, right_of=R.CASE_WORKER),
    _command(C.RAISE_CONCERN, ANYONE_NEAR, "", "+danger", STAYS, stands=OPEN, right_of=ANYONE_NEAR),
    _command(
        C.ASSESS_RISK_NO, R.CASE_WORKER, "", "+looked -danger -assessed -informed", STAYS,
        stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.ASSESS_RISK_YES, R.CASE_WORKER, "", "+looked +danger +assessed", STAYS,
        stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.INVOLVE_FAMILY, R.CASE_WORKER, "danger", "+informed", STAYS, stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.ESCALATE, R.CASE_WORKER, "danger assessed informed", "-offered:R -receipt", S.ESCALATED,
        stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.ESCALATE_URGENT, R.CASE_WORKER, "danger", "-offered:R -receipt +owed", S.ESCALATED,
        stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(C.COMPLETE_RECORD, R.CASE_WORKER, "owed", "-owed", STAYS, stands=OPEN, right_of=R.CASE_WORKER),
    _command(
        C.CONFIRM_RECEIPT, (R.ASD_WORKER, R.CASE_WORKER), "", "+receipt", STAYS,
        stands=S.ESCALATED, right_of=(R.ASD_WORKER, R.CASE_WORKER),
    ),
    _command(
        C.ASK, (R.ASD_WORKER, R.CASE_WORKER), "", "+asked", STAYS, stands=S.ESCALATED, right_of=R.ASD_WORKER,
    ),
    _command(C.REPLY, R.CASE_WORKER, "asked", "-asked", STAYS, stands=S.ESCALATED, right_of=R.CASE_WORKER),
    _command(
        C.REPORT, (R.ASD_WORKER, R.CASE_WORKER), "by_partner", "", STAYS,
        stands=S.ESCALATED, right_of=(R.ASD_WORKER, R.CASE_WORKER),
    ),
    _command(
        C.RETURN_CASE, (R.ASD_WORKER, R.CASE_WORKER), "!handed:R",
        "-looked -attempted -reached -assessed -informed -receipt -asked", S.RECEIVED,
        stands=S.ESCALATED, right_of=R.ASD_WORKER,
    ),
    _command(
        C.RETURN_CASE_SUPPORT, (R.ASD_WORKER, R.CASE_WORKER), "handed:*", "-receipt -assessed -informed -asked",
        S.HANDED_OVER, stands=S.ESCALATED, right_of=R.ASD_WORKER,
    ),
    _command(
        C.RECORD_CONSENT, R.CASE_WORKER, "", "+consent -withdrawn", STAYS, stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.RECORD_CONSENT_PARTNER, (R.CASE_WORKER, R.PARTNER), "by_partner !withdrawn", "+consent", STAYS,
        stands=BEFORE_CONTACT, right_of=NOBODY,
    ),
    _command(
        C.RECORD_CONSENT_FOR, R.CASE_WORKER, "!withdrawn", "+consent:r", STAYS, stands=OURS, right_of=NOBODY,
    ),
    _command(
        C.RECORD_RELEASE, (R.CASE_WORKER, R.PARTNER), "", "", STAYS, stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.RECORD_FEEDBACK, R.CASE_WORKER, "by_partner !withdrawn", "", STAYS, stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(
        C.REFUSE_CONSENT, (R.CASE_WORKER, R.PARTNER), "!consent", A_NO, S.CONSENT_PENDING,
        stands=BEFORE_CONTACT, right_of=R.CASE_WORKER,
    ),
    _command(
        C.WITHDRAW_CONSENT, (R.CASE_WORKER, *ANYONE_NEAR), "", A_NO, (S.CONSENT_PENDING, STAYS),
        stands=(*OPEN, S.CLOSED), right_of=(R.CASE_WORKER, R.RECIPIENT),
    ),
    _command(
        C.WITHDRAW_CONSENT_FOR, (R.CASE_WORKER, R.RECIPIENT, R.SUPERVISOR), "",
        "-consent:r -offered:r -handed:r", (),
        stands=OPEN, right_of=(R.CASE_WORKER, R.RECIPIENT),
    ),
    _command(
        C.WITHDRAW_REFERRAL, (R.CASE_WORKER, R.PARTNER), "by_partner !reached", A_NO, S.CONSENT_PENDING,
        stands=(*BEFORE_CONTACT, S.CONSENT_CHECKED), right_of=(R.CASE_WORKER, R.PARTNER),
    ),
    _command(
        C.WITHDRAW_FEEDBACK, (R.CASE_WORKER, R.PARTNER, R.SUPERVISOR), "", "", STAYS,
        stands=(*OPEN, S.CLOSED), right_of=R.CASE_WORKER,
    ),
    _command(
        C.CHECK_CONSENT_YES, R.CASE_WORKER, "looked consent !withdrawn", "-looked -attempted", (),
        stands=BEFORE_CONTACT, right_of=NOBODY,
    ),
    _command(
        C.CHECK_CONSENT_NO, R.CASE_WORKER, "looked !consent | looked withdrawn", "-looked -attempted",
        S.CONSENT_PENDING, stands=(S.RECEIVED, S.CONSENT_CHECKED), right_of=NOBODY,
    ),
    _command(
        C.QUERY_CONSENT, R.CASE_WORKER, "by_partner !consent !withdrawn", "-looked", STAYS,
        stands=BEFORE_CONTACT, right_of=NOBODY,
    ),
    _command(
        C.ATTEMPT_CONTACT, R.CASE_WORKER, "consent !withdrawn", "+attempted -looked", STAYS,
        stands=OURS, right_of=NOBODY,
    ),
    _command(
        C.REACH_FAMILY, R.CASE_WORKER, "consent !withdrawn", "+attempted +reached +looked", (),
        stands=OURS, right_of=NOBODY,
    ),
    _command(
        C.PROPOSE_HANDOVER, R.CASE_WORKER, f"consent:r !withdrawn eligible:r {OTHERS_FREE}", "+offered:r", (),
        stands=OURS, right_of=NOBODY,
    ),
    _command(
        C.ACCEPT, R.RECIPIENT, "offered:r consent:r !withdrawn eligible:r", "-offered:r +handed:r", (),
        stands=S.HANDOVER_PROPOSED, right_of=R.RECIPIENT,
    ),
    _command(
        C.DECLINE, R.RECIPIENT, "offered:r", "-offered:r", (),
        stands=S.HANDOVER_PROPOSED, right_of=R.RECIPIENT,
    ),
    _command(
        C.REVOKE, (R.CASE_WORKER, R.SUPERVISOR), "offered:r", "-offered:r", (),
        stands=S.HANDOVER_PROPOSED, right_of=R.CASE_WORKER,
    ),
    _command(
        C.END_SUPPORT, (R.RECIPIENT, R.CASE_WORKER, R.SUPERVISOR), "handed:r", "-handed:r", (),
        stands=(S.HANDED_OVER, S.ESCALATED), right_of=(R.RECIPIENT, R.CASE_WORKER),
    ),
    _command(
        C.REVIEW, R.CASE_WORKER, "handed:r", "", STAYS,
        stands=(S.HANDED_OVER, S.ESCALATED), right_of=R.CASE_WORKER,
    ),
    _command(
        C.CLOSE, R.CASE_WORKER,
        f"looked !danger !owed {OTHERS_FREE} | receipt !owed {OTHERS_FREE}",
        "-looked -attempted -reached -assessed -informed -receipt -asked", S.CLOSED, stands=OPEN, right_of=NOBODY,
    ),
    _command(C.REOPEN, R.SUPERVISOR, "", "", S.RECEIVED, stands=S.CLOSED, right_of=R.SUPERVISOR),
    _command(
        C.NOTE, (R.CASE_WORKER, R.RECIPIENT, R.SUPERVISOR, R.ASD_WORKER), "", "", STAYS,
        stands=OPEN, right_of=R.CASE_WORKER,
    ),
    _command(C.CORRECT, R.CASE_WORKER, "", "", STAYS, stands=(*OPEN, S.CLOSED), right_of=R.CASE_WORKER),
    _command(C.ASSIGN, (R.SUPERVISOR, R.CASE_WORKER), "", "", STAYS, stands=OPEN, right_of=R.SUPERVISOR),
    _command(C.FLAG_OVERDUE, R.CLOCK, "", "", STAYS, stands=OPEN, right_of=R.CLOCK),
)  # fmt: skip

COMMANDS: dict[str, CommandSpec] = {each.name: each for each in _DEFINITIONS}

STEP_LAW = _command(STEP, (R.CASE_WORKER, *ANYONE_NEAR), "", "", (STAYS, *OURS), stands=OURS, right_of=NOBODY)
"""What every step a profile invents must keep to; out of `received` it also needs `looked`."""


def _fact(name: str, set_by: tuple[str, ...], cleared_by: tuple[str, ...]) -> FactSpec:
    return FactSpec(name, frozenset(set_by), frozenset(cleared_by))


_NO = (C.WITHDRAW_CONSENT, C.REFUSE_CONSENT, C.WITHDRAW_REFERRAL)
_NO_FOR = (*_NO, C.WITHDRAW_CONSENT_FOR)
_NEW_ROUND = (C.CHECK_CONSENT_YES, C.CHECK_CONSENT_NO, *_NO, C.RETURN_CASE, C.CLOSE)
_AFTER_ASD = (C.RETURN_CASE, C.RETURN_CASE_SUPPORT, C.CLOSE)

FACTS: tuple[FactSpec, ...] = (
    _fact(F.BY_PARTNER, (C.RECEIVE_CONSENT, C.RECEIVE_UNCLEAR), ()),
    _fact(F.CONSENT, (C.RECEIVE_SELF, C.RECEIVE_CONSENT, C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER), _NO),
    _fact(F.WITHDRAWN, _NO, (C.RECORD_CONSENT,)),
    _fact(F.CONSENT_FOR, (C.RECORD_CONSENT_FOR,), _NO_FOR),
    _fact(
        F.OFFERED, (C.PROPOSE_HANDOVER,),
        (C.ACCEPT, C.DECLINE, C.REVOKE, C.ESCALATE, C.ESCALATE_URGENT, *_NO_FOR),
    ),
    _fact(F.HANDED, (C.ACCEPT,), (C.END_SUPPORT, *_NO_FOR)),
    _fact(
        F.LOOKED, (C.TRIAGE_NO, C.TRIAGE_YES, C.ASSESS_RISK_NO, C.ASSESS_RISK_YES, C.REACH_FAMILY),
        (*_NEW_ROUND, C.QUERY_CONSENT, C.ATTEMPT_CONTACT),
    ),
    _fact(F.ATTEMPTED, (C.ATTEMPT_CONTACT, C.REACH_FAMILY), _NEW_ROUND),
    _fact(F.REACHED, (C.REACH_FAMILY,), (*_NO, C.RETURN_CASE, C.CLOSE)),
    _fact(F.DANGER, (C.TRIAGE_YES, C.RAISE_CONCERN, C.ASSESS_RISK_YES), (C.ASSESS_RISK_NO,)),
    _fact(F.ASSESSED, (C.ASSESS_RISK_YES,), (C.ASSESS_RISK_NO, *_AFTER_ASD)),
    _fact(F.INFORMED, (C.INVOLVE_FAMILY,), (C.ASSESS_RISK_NO, *_AFTER_ASD)),
    _fact(F.OWED, (C.ESCALATE_URGENT,), (C.COMPLETE_RECORD,)),
    _fact(F.RECEIPT, (C.CONFIRM_RECEIPT,), (C.ESCALATE, C.ESCALATE_URGENT, *_AFTER_ASD)),
    _fact(F.ASKED, (C.ASK,), (C.REPLY, *_AFTER_ASD)),
)  # fmt: skip

MAY_LAPSE = (F.CONSENT, F.CONSENT_FOR)
"""Facts that fade by time alone: the case stays where it is, the next step is refused until renewed."""
JUDGED = (F.ELIGIBLE,)
"""Judged at the moment of the command, never stored with the case."""
EVENTS = (*COMMANDS, LAPSE)
"""Everything that can begin an obligation."""
