"""Reading a referral list: what a partner's row says, what is wrong with it, and what becomes of it.

Pure: cells go in, judged rows come out; files, encodings and delimiters are for `adapters.intake`. Proven by
`tests/intake`: every line of a clinic's list by hand, tables of wordings and dates, the order of judgement.
"""

from workflow.intake.consent import ConsentWord, read_consent
from workflow.intake.danger import sign_of_danger
from workflow.intake.fault import Fault
from workflow.intake.judgement import Judgement, faults_at, identity_material, judge
from workflow.intake.moment import read_day, read_moment
from workflow.intake.row import Row, read_row
from workflow.intake.source import SourceKind, read_source

__all__ = [
    "ConsentWord",
    "Fault",
    "Judgement",
    "Row",
    "SourceKind",
    "faults_at",
    "identity_material",
    "judge",
    "read_consent",
    "read_day",
    "read_moment",
    "read_row",
    "read_source",
    "sign_of_danger",
]
