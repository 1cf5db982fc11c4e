"""The base process of the Frühe Hilfen, as the concept papers read: the rows and the obligations.

Each row names the paper's line or the paragraph it comes from; „own“ marks what is our reading. Profiles stand
over this table (states/profile.py). Proven whole by states/prover.py; the role × command matrix is written out
a second time in tests/states/test_matrix.py.
"""
# ruff: noqa: E501, N817 - a table is read across, in its own short words

from states.commands import BEFORE_CONTACT, COMMANDS, FACTS, OTHERS_FREE
from states.guard import Guard
from states.process import NEW, STAYS, ObligationSpec, Process, row
from states.vocabulary import LAPSE, OPEN, OURS
from states.vocabulary import Command as C
from states.vocabulary import Obligation as O
from states.vocabulary import Role as R
from states.vocabulary import State as S

CW = R.CASE_WORKER
CLOSED_TOO = (*OPEN, S.CLOSED)
UNREACHED = (*BEFORE_CONTACT, S.CONSENT_CHECKED)
CONTACT_OR_SUPPORT = (S.IN_CONTACT, S.HANDED_OVER)
SUPPORTED = (S.HANDED_OVER, S.ESCALATED)
UNSUPPORTED = (S.RECEIVED, S.CONSENT_PENDING, S.CONSENT_CHECKED, S.IN_CONTACT)
PARTNER_TOO = (CW, R.PARTNER)
ASD_OR_CW = (R.ASD_WORKER, CW)
NEAR = (R.RECIPIENT, R.PARTNER, R.SUPERVISOR)
NEAR_AND_CW = (CW, *NEAR)
SUPPORTERS = (R.RECIPIENT, CW, R.SUPERVISOR)

B112 = "Konzept Bergkamen, Z. 112"
B186 = "Konzept Bergkamen, Z. 186"
B203 = "Konzept Bergkamen, Z. 203"
B205 = "Konzept Bergkamen, Z. 205"
L15 = "Konzept Leipzig, Z. 15"
L25 = "Konzept Leipzig, Z. 25"
SGB8 = "§ 8a SGB VIII"
ART7 = "Art. 7 Abs. 3 DSGVO"
TO_ASD = "§ 8a SGB VIII; § 4 Abs. 3 KKG"
FROM_ASD = f"{B203}; § 4 Abs. 4 KKG"
BACK_TO_REFERRER = "§ 4 Abs. 4 KKG"
SECRECY = "§ 203 StGB"
IN_TOUCH = "reached !handed:R"

ROWS = (
    #   from                   command                   by           provided                             then                 source
    row(NEW,                   C.RECEIVE_SELF,           CW,          "",                                  S.RECEIVED,          B205),
    row(NEW,                   C.RECEIVE_CONSENT,        PARTNER_TOO, "",                                  S.RECEIVED,          B205),
    row(NEW,                   C.RECEIVE_UNCLEAR,        PARTNER_TOO, "",                                  S.RECEIVED,          f"{B205}; § 67b SGB X"),

    row(OPEN,                  C.TRIAGE_NO,              CW,          "!danger",                           STAYS,               f"{L25}; {SGB8}"),
    row(OPEN,                  C.TRIAGE_YES,             CW,          "",                                  STAYS,               f"{L25}; {SGB8}"),
    row(OPEN,                  C.RAISE_CONCERN,          NEAR,        "",                                  STAYS,               f"{L15}, 25; § 4 KKG"),
    row(OPEN,                  C.ASSESS_RISK_NO,         CW,          "",                                  STAYS,               "§ 8a Abs. 1 SGB VIII"),
    row(OPEN,                  C.ASSESS_RISK_YES,        CW,          "",                                  STAYS,               "§ 8a Abs. 1 SGB VIII"),
    row(OPEN,                  C.INVOLVE_FAMILY,         CW,          "danger",                            STAYS,               f"{L15}; § 4 Abs. 1 KKG"),
    row(OPEN,                  C.ESCALATE,               CW,          "danger assessed informed",          S.ESCALATED,         f"{L25}; {TO_ASD}"),
    row(OPEN,                  C.ESCALATE_URGENT,        CW,          "danger",                            S.ESCALATED,         f"Konzept Leipzig, Z. 23; {TO_ASD}"),
    row(OPEN,                  C.COMPLETE_RECORD,        CW,          "owed",                              STAYS,               SGB8),
    row(S.ESCALATED,           C.CONFIRM_RECEIPT,        ASD_OR_CW,   "",                                  STAYS,               L25),
    row(S.ESCALATED,           C.ASK,                    ASD_OR_CW,   "",                                  STAYS,               TO_ASD),
    row(S.ESCALATED,           C.REPLY,                  CW,          "asked",                             STAYS,               TO_ASD),
    row(S.ESCALATED,           C.REPORT,                 ASD_OR_CW,   "by_partner",                        STAYS,               BACK_TO_REFERRER),
    row(S.ESCALATED,           C.RETURN_CASE,            ASD_OR_CW,   "!handed:R",                         S.RECEIVED,          FROM_ASD),
    row(S.ESCALATED,           C.RETURN_CASE_SUPPORT,    ASD_OR_CW,   "handed:*",                          S.HANDED_OVER,       FROM_ASD),

    row(OPEN,                  C.RECORD_CONSENT,         CW,          "",                                  STAYS,               f"{B205}; Art. 7 DSGVO"),
    row(BEFORE_CONTACT,        C.RECORD_CONSENT_PARTNER, PARTNER_TOO, "by_partner !withdrawn",             STAYS,               B205),
    row(CONTACT_OR_SUPPORT,    C.RECORD_CONSENT_FOR,     CW,          "!withdrawn",                        STAYS,               f"{B186}; § 67b SGB X"),
    row(OPEN,                  C.RECORD_RELEASE,         PARTNER_TOO, "",                                  STAYS,               SECRECY),
    row(OPEN,                  C.RECORD_FEEDBACK,        CW,          "by_partner !withdrawn",             STAYS,               f"{SECRECY}; Art. 7 DSGVO"),
    row(BEFORE_CONTACT,        C.REFUSE_CONSENT,         PARTNER_TOO, "!consent",                          S.CONSENT_PENDING,   B203),
    row(OURS,                  C.WITHDRAW_CONSENT,       NEAR_AND_CW, "",                                  S.CONSENT_PENDING,   ART7),
    row((S.ESCALATED, S.CLOSED), C.WITHDRAW_CONSENT,     NEAR_AND_CW, "",                                  STAYS,               f"{ART7}; {SGB8}"),
    row(OURS,                  C.WITHDRAW_CONSENT_FOR,   SUPPORTERS,  "offered:r | handed:r",              S.IN_CONTACT,        ART7),
    row(S.ESCALATED,           C.WITHDRAW_CONSENT_FOR,   SUPPORTERS,  "offered:r | handed:r",              STAYS,               f"{ART7}; {SGB8}"),
    row(OPEN,                  C.WITHDRAW_CONSENT_FOR,   SUPPORTERS,  "!offered:r !handed:r",              STAYS,               ART7),
    row(UNREACHED,             C.WITHDRAW_REFERRAL,      PARTNER_TOO, "by_partner !reached",               S.CONSENT_PENDING,   "own: wie ein Nein, soweit es den Kontakt betrifft"),
    row(CLOSED_TOO,            C.WITHDRAW_FEEDBACK,      (CW, R.PARTNER, R.SUPERVISOR), "",                STAYS,               ART7),
    row(BEFORE_CONTACT,        C.CHECK_CONSENT_YES,      CW,          "looked consent !withdrawn",         S.CONSENT_CHECKED,   B205),
    row((S.RECEIVED, S.CONSENT_CHECKED), C.CHECK_CONSENT_NO, CW,      "looked !consent | looked withdrawn", S.CONSENT_PENDING,  f"{B205}; § 67b SGB X"),
    row(S.CONSENT_PENDING,     C.QUERY_CONSENT,          CW,          "by_partner !consent !withdrawn",    STAYS,               B205),

    row(S.CONSENT_CHECKED,     C.ATTEMPT_CONTACT,        CW,          "consent !withdrawn",                STAYS,               B205),
    row(S.CONSENT_CHECKED,     C.REACH_FAMILY,           CW,          "consent !withdrawn",                S.IN_CONTACT,        B205),
    row(S.IN_CONTACT,          C.PROPOSE_HANDOVER,       CW,          "consent:r !withdrawn eligible:r "
                                                                      + OTHERS_FREE,                       S.HANDOVER_PROPOSED, f"{B112}, 186"),
    row(S.HANDOVER_PROPOSED,   C.ACCEPT,                 R.RECIPIENT, "offered:r consent:r !withdrawn "
                                                                      "eligible:r",                        S.HANDED_OVER,       f"{B112}, 182, 186"),
    row(S.HANDOVER_PROPOSED,   C.DECLINE,                R.RECIPIENT, "offered:r",                         S.IN_CONTACT,        B203),
    row(S.HANDOVER_PROPOSED,   C.REVOKE,                 (CW, R.SUPERVISOR), "offered:r",                  S.IN_CONTACT,        B112),
    row(S.HANDED_OVER,         C.END_SUPPORT,            SUPPORTERS,  "handed:r",                          S.IN_CONTACT,        B186),
    row(S.ESCALATED,           C.END_SUPPORT,            SUPPORTERS,  "handed:r",                          STAYS,               B186),
    row(SUPPORTED,             C.REVIEW,                 CW,          "handed:r",                          STAYS,               "own"),

    row(UNSUPPORTED,           C.CLOSE,                  CW,          "looked !danger !owed "
                                                                      + OTHERS_FREE,                       S.CLOSED,            B203),
    row(S.ESCALATED,           C.CLOSE,                  CW,          f"receipt !owed {OTHERS_FREE}",      S.CLOSED,            B203),
    row(S.CLOSED,              C.REOPEN,                 R.SUPERVISOR, "",                                 S.RECEIVED,          "own"),
    row(OPEN,                  C.NOTE,                   (CW, R.RECIPIENT, R.SUPERVISOR, R.ASD_WORKER), "", STAYS,              B205),
    row(CLOSED_TOO,            C.CORRECT,                CW,          "",                                  STAYS,               "Art. 16 DSGVO"),
    row(OPEN,                  C.ASSIGN,                 (R.SUPERVISOR, CW), "",                           STAYS,               f"{L25}, 29"),
    row(OPEN,                  C.FLAG_OVERDUE,           R.CLOCK,     "",                                  STAYS,               B205),
)  # fmt: skip


def _owed(
    name: str, states: tuple[str, ...], condition: str, *, begun_by: tuple[str, ...], met_by: tuple[str, ...]
) -> ObligationSpec:
    return ObligationSpec(name, states, Guard.parse(condition), frozenset(begun_by), frozenset(met_by))


_BACK = (C.RETURN_CASE, C.REOPEN)
_YES = (C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER)
_NOTICE = (C.ESCALATE, C.ESCALATE_URGENT)
_RETURNS = (C.RETURN_CASE, C.RETURN_CASE_SUPPORT)

OBLIGATIONS = (
    _owed(
        O.FIRST_CONTACT, OURS, "consent !withdrawn !attempted",
        begun_by=(C.RECEIVE_SELF, C.RECEIVE_CONSENT, *_YES, *_BACK),
        met_by=(C.ATTEMPT_CONTACT, C.REACH_FAMILY),
    ),
    _owed(
        O.REACH, OURS, "consent !withdrawn attempted !reached",
        begun_by=(C.ATTEMPT_CONTACT, C.RECORD_CONSENT), met_by=(C.REACH_FAMILY,),
    ),
    _owed(
        O.CONSENT, OURS, "!consent !withdrawn !reached",
        begun_by=(C.RECEIVE_UNCLEAR, *_BACK, LAPSE), met_by=(*_YES, C.REFUSE_CONSENT),
    ),
    _owed(
        O.WIND_UP, OURS, "withdrawn",
        begun_by=(C.WITHDRAW_CONSENT, C.REFUSE_CONSENT, C.WITHDRAW_REFERRAL, *_BACK), met_by=(C.CLOSE, C.RECORD_CONSENT),
    ),
    _owed(
        O.CLARIFY, OURS, IN_TOUCH,
        begun_by=(C.REACH_FAMILY, C.END_SUPPORT, C.WITHDRAW_CONSENT_FOR), met_by=(C.ACCEPT, C.CLOSE),
    ),
    _owed(
        O.ANSWER, OPEN, "offered:r", begun_by=(C.PROPOSE_HANDOVER,), met_by=(C.ACCEPT, C.DECLINE, C.REVOKE),
    ),
    _owed(O.SUPPORT, OPEN, "handed:r", begun_by=(C.ACCEPT,), met_by=(C.END_SUPPORT,)),
    _owed(O.REVIEW, OPEN, "handed:r", begun_by=(C.ACCEPT, C.REVIEW), met_by=(C.REVIEW,)),
    _owed(
        O.DANGER, OURS, "danger",
        begun_by=(C.TRIAGE_YES, C.RAISE_CONCERN, C.ASSESS_RISK_YES, *_RETURNS, C.REOPEN),
        met_by=(C.ASSESS_RISK_NO, *_NOTICE),
    ),
    _owed(O.RECEIPT, (S.ESCALATED,), "!receipt", begun_by=_NOTICE, met_by=(C.CONFIRM_RECEIPT,)),
    _owed(
        O.FEEDBACK, (S.ESCALATED,), "receipt", begun_by=(C.CONFIRM_RECEIPT,), met_by=(*_RETURNS, C.CLOSE),
    ),
    _owed(O.QUESTION, (S.ESCALATED,), "asked", begun_by=(C.ASK,), met_by=(C.REPLY,)),
    _owed(O.RECORD, OPEN, "owed", begun_by=(C.ESCALATE_URGENT,), met_by=(C.COMPLETE_RECORD,)),
)  # fmt: skip

MAY_FALL_AWAY = frozenset({
    C.WITHDRAW_CONSENT, C.WITHDRAW_CONSENT_FOR, C.REFUSE_CONSENT, C.WITHDRAW_REFERRAL,
    C.ESCALATE, C.ESCALATE_URGENT, *_RETURNS, C.CLOSE, LAPSE,
})  # fmt: skip
"""With these an obligation may end unmet; with any other it must have been met."""

_NO_SUPPORT = frozenset({C.END_SUPPORT.value, C.WITHDRAW_CONSENT.value, C.WITHDRAW_CONSENT_FOR.value})
FALLS_WITH: dict[str, frozenset[str]] = {
    O.REVIEW: _NO_SUPPORT,
    O.QUESTION: frozenset({*(each.value for each in _RETURNS), C.CLOSE.value}),
}
"""With these and nothing else these end unmet: no support is reviewed once it has ended, the ASD asks no more."""

KEEPS_ANCHOR = frozenset({C.REOPEN.value})
"""What begins an obligation without a new anchor: an old deadline stands again where it stood."""

BASE = Process(
    name="base",
    states=tuple(S),
    facts=FACTS,
    commands=COMMANDS,
    rows=ROWS,
    obligations=OBLIGATIONS,
)
