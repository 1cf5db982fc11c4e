"""The table written out a second time, by hand and in plain words: who may do what, where, on which condition.

A slip in the table is a slip in what people may do with a family's data; so it must be made twice to go unnoticed.
"""
# ruff: noqa: E501 - a table is read across

import pytest

from states.base import BASE
from states.guard import Guard
from states.process import NEW, STAYS
from states.vocabulary import OPEN, OURS

ROWS = """
-                                                   | receive(self)              | case_worker                                    | –                                                    | received
-                                                   | receive(consent)           | case_worker, partner                           | –                                                    | received
-                                                   | receive(unclear)           | case_worker, partner                           | –                                                    | received
OPEN                                                | triage(no)                 | case_worker                                    | !danger                                              | stays
OPEN                                                | triage(yes)                | case_worker                                    | –                                                    | stays
OPEN                                                | raise_concern              | recipient, partner, supervisor                 | –                                                    | stays
OPEN                                                | assess_risk(no)            | case_worker                                    | –                                                    | stays
OPEN                                                | assess_risk(yes)           | case_worker                                    | –                                                    | stays
OPEN                                                | involve_family             | case_worker                                    | danger                                               | stays
OPEN                                                | escalate                   | case_worker                                    | danger assessed informed                             | escalated
OPEN                                                | escalate(urgent)           | case_worker                                    | danger                                               | escalated
OPEN                                                | complete_record            | case_worker                                    | owed                                                 | stays
escalated                                           | confirm_receipt            | asd_worker, case_worker                        | –                                                    | stays
escalated                                           | ask                        | asd_worker, case_worker                        | –                                                    | stays
escalated                                           | reply                      | case_worker                                    | asked                                                | stays
escalated                                           | report                     | asd_worker, case_worker                        | by_partner                                           | stays
escalated                                           | return_case                | asd_worker, case_worker                        | !handed:R                                            | received
escalated                                           | return_case(support)       | asd_worker, case_worker                        | handed:*                                             | handed_over
OPEN                                                | record_consent             | case_worker                                    | –                                                    | stays
received consent_pending                            | record_consent(partner)    | case_worker, partner                           | by_partner !withdrawn                                | stays
in_contact handed_over                              | record_consent:r           | case_worker                                    | !withdrawn                                           | stays
OPEN                                                | record_consent(release)    | case_worker, partner                           | –                                                    | stays
OPEN                                                | record_consent(feedback)   | case_worker                                    | by_partner !withdrawn                                | stays
received consent_pending                            | refuse_consent             | case_worker, partner                           | !consent                                             | consent_pending
OURS                                                | withdraw_consent           | case_worker, recipient, partner, supervisor    | –                                                    | consent_pending
escalated closed                                    | withdraw_consent           | case_worker, recipient, partner, supervisor    | –                                                    | stays
OURS                                                | withdraw_consent:r         | case_worker, recipient, supervisor             | offered:r ∨ handed:r                                 | in_contact
escalated                                           | withdraw_consent:r         | case_worker, recipient, supervisor             | offered:r ∨ handed:r                                 | stays
OPEN                                                | withdraw_consent:r         | case_worker, recipient, supervisor             | !offered:r !handed:r                                 | stays
received consent_pending consent_checked            | withdraw_referral          | case_worker, partner                           | by_partner !reached                                  | consent_pending
OPEN closed                                         | withdraw_consent(feedback) | case_worker, partner, supervisor               | –                                                    | stays
received consent_pending                            | check_consent(yes)         | case_worker                                    | looked consent !withdrawn                            | consent_checked
received consent_checked                            | check_consent(no)          | case_worker                                    | looked !consent ∨ looked withdrawn                   | consent_pending
consent_pending                                     | query_consent              | case_worker                                    | by_partner !consent !withdrawn                       | stays
consent_checked                                     | attempt_contact            | case_worker                                    | consent !withdrawn                                   | stays
consent_checked                                     | reach_family               | case_worker                                    | consent !withdrawn                                   | in_contact
in_contact                                          | propose_handover:r         | case_worker                                    | consent:r !withdrawn eligible:r !offered:R !handed:R | handover_proposed
handover_proposed                                   | accept:r                   | recipient                                      | offered:r consent:r !withdrawn eligible:r            | handed_over
handover_proposed                                   | decline:r                  | recipient                                      | offered:r                                            | in_contact
handover_proposed                                   | revoke:r                   | case_worker, supervisor                        | offered:r                                            | in_contact
handed_over                                         | end_support:r              | recipient, case_worker, supervisor             | handed:r                                             | in_contact
escalated                                           | end_support:r              | recipient, case_worker, supervisor             | handed:r                                             | stays
handed_over escalated                               | review:r                   | case_worker                                    | handed:r                                             | stays
received consent_pending consent_checked in_contact | close                      | case_worker                                    | looked !danger !owed !offered:R !handed:R            | closed
escalated                                           | close                      | case_worker                                    | receipt !owed !offered:R !handed:R                   | closed
closed                                              | reopen                     | supervisor                                     | –                                                    | received
OPEN                                                | note                       | case_worker, recipient, supervisor, asd_worker | –                                                    | stays
OPEN closed                                         | correct                    | case_worker                                    | –                                                    | stays
OPEN                                                | assign                     | supervisor, case_worker                        | –                                                    | stays
OPEN                                                | flag_overdue               | clock                                          | –                                                    | stays
"""
"""from | command | by | provided | then"""

COMMANDS = """
receive(self)              | case_worker                                    | –                                                                              | +consent                                                                        | received        | -                        | case_worker
receive(consent)           | case_worker, partner                           | –                                                                              | +by_partner +consent                                                            | received        | -                        | case_worker
receive(unclear)           | case_worker, partner                           | –                                                                              | +by_partner                                                                     | received        | -                        | case_worker
triage(no)                 | case_worker                                    | !danger                                                                        | +looked                                                                         | stays           | OPEN                     | case_worker
triage(yes)                | case_worker                                    | –                                                                              | +looked +danger                                                                 | stays           | OPEN                     | case_worker
raise_concern              | recipient, partner, supervisor                 | –                                                                              | +danger                                                                         | stays           | OPEN                     | recipient, partner, supervisor
assess_risk(no)            | case_worker                                    | –                                                                              | +looked -danger -assessed -informed                                             | stays           | OPEN                     | case_worker
assess_risk(yes)           | case_worker                                    | –                                                                              | +looked +danger +assessed                                                       | stays           | OPEN                     | case_worker
involve_family             | case_worker                                    | danger                                                                         | +informed                                                                       | stays           | OPEN                     | case_worker
escalate                   | case_worker                                    | danger assessed informed                                                       | -offered:R -receipt                                                             | escalated       | OPEN                     | case_worker
escalate(urgent)           | case_worker                                    | danger                                                                         | -offered:R -receipt +owed                                                       | escalated       | OPEN                     | case_worker
complete_record            | case_worker                                    | owed                                                                           | -owed                                                                           | stays           | OPEN                     | case_worker
confirm_receipt            | asd_worker, case_worker                        | –                                                                              | +receipt                                                                        | stays           | escalated                | asd_worker, case_worker
ask                        | asd_worker, case_worker                        | –                                                                              | +asked                                                                          | stays           | escalated                | asd_worker
reply                      | case_worker                                    | asked                                                                          | -asked                                                                          | stays           | escalated                | case_worker
report                     | asd_worker, case_worker                        | by_partner                                                                     | –                                                                               | stays           | escalated                | asd_worker, case_worker
return_case                | asd_worker, case_worker                        | !handed:R                                                                      | -looked -attempted -reached -assessed -informed -receipt -asked                        | received        | escalated                | asd_worker
return_case(support)       | asd_worker, case_worker                        | handed:*                                                                       | -receipt -assessed -informed -asked | handed_over     | escalated                | asd_worker
record_consent             | case_worker                                    | –                                                                              | +consent -withdrawn                                                             | stays           | OPEN                     | case_worker
record_consent(partner)    | case_worker, partner                           | by_partner !withdrawn                                                          | +consent                                                                        | stays           | received consent_pending | –
record_consent:r           | case_worker                                    | !withdrawn                                                                     | +consent:r                                                                      | stays           | OURS                     | –
record_consent(release)    | case_worker, partner                           | –                                                                              | –                                                                               | stays           | OPEN                     | case_worker
record_consent(feedback)   | case_worker                                    | by_partner !withdrawn                                                          | –                                                                               | stays           | OPEN                     | case_worker
refuse_consent             | case_worker, partner                           | !consent                                                                       | +withdrawn -consent -consent:R -offered:R -handed:R -looked -attempted -reached | consent_pending | received consent_pending | case_worker
withdraw_consent           | case_worker, recipient, partner, supervisor    | –                                                                              | +withdrawn -consent -consent:R -offered:R -handed:R -looked -attempted -reached | consent_pending | OPEN closed              | case_worker, recipient
withdraw_consent:r         | case_worker, recipient, supervisor             | –                                                                              | -consent:r -offered:r -handed:r | as the row says | OPEN                     | case_worker, recipient
withdraw_referral          | case_worker, partner                           | by_partner !reached                                                            | +withdrawn -consent -consent:R -offered:R -handed:R -looked -attempted -reached | consent_pending | received consent_pending consent_checked | case_worker, partner
withdraw_consent(feedback) | case_worker, partner, supervisor               | –                                                                              | –                                                                               | stays           | OPEN closed              | case_worker
check_consent(yes)         | case_worker                                    | looked consent !withdrawn                                                      | -looked -attempted                                                              | as the row says | received consent_pending | –
check_consent(no)          | case_worker                                    | looked !consent ∨ looked withdrawn                                             | -looked -attempted                                                              | consent_pending | received consent_checked | –
query_consent              | case_worker                                    | by_partner !consent !withdrawn                                                 | -looked                                                                         | stays           | received consent_pending | –
attempt_contact            | case_worker                                    | consent !withdrawn                                                             | +attempted -looked                                                              | stays           | OURS                     | –
reach_family               | case_worker                                    | consent !withdrawn                                                             | +attempted +reached +looked                                                     | as the row says | OURS                     | –
propose_handover:r         | case_worker                                    | consent:r !withdrawn eligible:r !offered:R !handed:R                           | +offered:r                                                                      | as the row says | OURS                     | –
accept:r                   | recipient                                      | offered:r consent:r !withdrawn eligible:r                                      | -offered:r +handed:r | as the row says | handover_proposed        | recipient
decline:r                  | recipient                                      | offered:r                                                                      | -offered:r                                                                      | as the row says | handover_proposed        | recipient
revoke:r                   | case_worker, supervisor                        | offered:r                                                                      | -offered:r                                                                      | as the row says | handover_proposed        | case_worker
end_support:r              | recipient, case_worker, supervisor             | handed:r                                                                       | -handed:r | as the row says | handed_over escalated    | recipient, case_worker
review:r                   | case_worker                                    | handed:r                                                                       | –                                                                               | stays           | handed_over escalated    | case_worker
close                      | case_worker                                    | looked !danger !owed !offered:R !handed:R ∨ receipt !owed !offered:R !handed:R | -looked -attempted -reached -assessed -informed -receipt -asked                        | closed          | OPEN                     | –
reopen                     | supervisor                                     | –                                                                              | –                                                                               | received        | closed                   | supervisor
note                       | case_worker, recipient, supervisor, asd_worker | –                                                                              | –                                                                               | stays           | OPEN                     | case_worker
correct                    | case_worker                                    | –                                                                              | –                                                                               | stays           | OPEN closed              | case_worker
assign                     | supervisor, case_worker                        | –                                                                              | –                                                                               | stays           | OPEN                     | supervisor
flag_overdue               | clock                                          | –                                                                              | –                                                                               | stays           | OPEN                     | clock
"""
"""command | may enter | guard implies | effect | leads to | stands in | a right of"""

FACTS = """
by_partner | receive(consent) receive(unclear)                                     | nothing, ever
consent    | receive(self) receive(consent) record_consent record_consent(partner) | withdraw_consent refuse_consent withdraw_referral
withdrawn  | withdraw_consent refuse_consent withdraw_referral                                       | record_consent
consent:r  | record_consent:r                                                      | withdraw_consent withdraw_consent:r refuse_consent withdraw_referral
offered:r  | propose_handover:r                                                    | accept:r decline:r revoke:r escalate escalate(urgent) withdraw_consent withdraw_consent:r refuse_consent withdraw_referral
handed:r   | accept:r                                                              | end_support:r withdraw_consent withdraw_consent:r refuse_consent withdraw_referral
looked     | triage(no) triage(yes) assess_risk(no) assess_risk(yes) reach_family  | check_consent(yes) check_consent(no) query_consent attempt_contact withdraw_consent refuse_consent withdraw_referral return_case close
attempted  | attempt_contact reach_family                                          | check_consent(yes) check_consent(no) withdraw_consent refuse_consent withdraw_referral return_case close
reached    | reach_family                                                          | withdraw_consent refuse_consent withdraw_referral return_case close
danger     | triage(yes) raise_concern assess_risk(yes)                            | assess_risk(no)
assessed   | assess_risk(yes)                                                      | assess_risk(no) return_case return_case(support) close
informed   | involve_family                                                        | assess_risk(no) return_case return_case(support) close
owed       | escalate(urgent)                                                      | complete_record
receipt    | confirm_receipt                                                       | escalate escalate(urgent) return_case return_case(support) close
asked      | ask                                                                   | reply return_case return_case(support) close
"""
"""fact | set by | cleared by"""

OBLIGATIONS = """
first_contact | OURS      | consent !withdrawn !attempted         | receive(self) receive(consent) record_consent record_consent(partner) return_case reopen | attempt_contact reach_family
reach         | OURS      | consent !withdrawn attempted !reached | attempt_contact record_consent                                                           | reach_family
consent       | OURS      | !consent !withdrawn !reached          | receive(unclear) return_case reopen lapse                                                | record_consent record_consent(partner) refuse_consent
wind_up       | OURS      | withdrawn                             | withdraw_consent refuse_consent withdraw_referral return_case reopen                                       | close record_consent
clarify       | OURS      | reached !handed:R                     | reach_family end_support:r withdraw_consent:r                                            | accept:r close
answer:r      | OPEN      | offered:r                             | propose_handover:r                                                                       | accept:r decline:r revoke:r
support:r     | OPEN      | handed:r                              | accept:r                                                                                 | end_support:r
review:r      | OPEN      | handed:r                              | accept:r review:r                                                                        | review:r
danger        | OURS      | danger                                | triage(yes) raise_concern assess_risk(yes) return_case return_case(support) reopen       | assess_risk(no) escalate escalate(urgent)
receipt       | escalated | !receipt                              | escalate escalate(urgent)                                                                | confirm_receipt
feedback      | escalated | receipt                               | confirm_receipt                                                                          | return_case return_case(support) close
question      | escalated | asked                                 | ask                                                                                      | reply
record        | OPEN      | owed                                  | escalate(urgent)                                                                         | complete_record
"""
"""obligation | in | while | begun by | met by"""


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split(" | ")] for line in table.strip().splitlines()]


def states(text: str) -> set[str]:
    groups: dict[str, set[str]] = {"OPEN": set(OPEN), "OURS": set(OURS), "-": {NEW}}
    found: set[str] = set()
    for word in text.split():
        found |= groups.get(word, {word})
    return found


def words(text: str) -> set[str]:
    return set() if text in {"–", "nothing, ever"} else set(text.replace(",", " ").split())


def test_the_rows_are_those_written_here() -> None:
    here = [
        (states(where), command, words(by), str(Guard.parse(given)), STAYS if then == "stays" else then)
        for where, command, by, given, then in cells(ROWS)
    ]
    there = [(set(row.states), row.command, set(row.roles), str(row.guard), row.target) for row in BASE.rows]
    assert there == here


@pytest.mark.parametrize("line", cells(COMMANDS), ids=lambda line: str(line[0]))
def test_a_command_is_what_is_written_here(line: list[str]) -> None:
    name, may, law, effect, leads, stands, right = line
    spec = BASE.commands[name]
    assert (set(spec.roles), spec.law, set(spec.right_of)) == (words(may), Guard.parse(law), words(right))
    assert {f"+{fact}" for fact in spec.sets} | {f"-{fact}" for fact in spec.clears} == words(effect)
    assert set(spec.stands_in) == states(stands)
    expected = {"stays": {STAYS}, "as the row says": set()}.get(leads, {leads})
    assert set(spec.leads_to) - ({STAYS} if name == "withdraw_consent" else set()) == expected


def test_the_commands_are_those_written_here() -> None:
    assert list(BASE.commands) == [line[0] for line in cells(COMMANDS)]


def test_the_facts_are_those_written_here() -> None:
    here = [(name, words(by), words(cleared)) for name, by, cleared in cells(FACTS)]
    assert [(fact.name, set(fact.set_by), set(fact.cleared_by)) for fact in BASE.facts] == here


def test_the_obligations_are_those_written_here() -> None:
    here = [
        (name, states(where), Guard.parse(given), words(begun), words(met))
        for name, where, given, begun, met in cells(OBLIGATIONS)
    ]
    there = [
        (spec.name, set(spec.states), spec.condition, set(spec.begun_by), set(spec.met_by))
        for spec in BASE.obligations
    ]
    assert there == here
