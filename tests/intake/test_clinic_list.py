"""A clinic's list, line by line: what a Fachkraft would make of each row is written out here by hand."""

import pytest

from adapters.intake.reader import open_list
from tests.intake.lists import CLINIC, NOW
from workflow.intake import Judgement, Row, faults_at, judge

# Lfd: source, consent, sign of danger, headings with a fault
EXPECTED = """\
1 daycare unclear - -
2 birth_clinic refused - -
3 midwife refused - -
4 paediatrician refused - -
5 family self_referral - Zeile
6 family self_referral - -
7 family self_referral - -
8 family self_referral - -
9 family self_referral - -
10 birth_clinic written danger -
11 paediatrician unclear - -
12 daycare not_asked - -
13 daycare not_asked - Kind-geboren-am
14 midwife refused - -
15 pregnancy_counselling refused - -
16 pregnancy_counselling not_asked - Kind-geboren-am
17 family self_referral - Kind-geboren-am
18 daycare written - -
19 pregnancy_counselling refused - -
20 daycare written danger -
21 family self_referral - -
22 pregnancy_counselling unclear - -
23 birth_clinic unclear - -
24 pregnancy_counselling refused - -
25 birth_clinic written - -
26 birth_clinic written - -
27 family self_referral - -
28 pregnancy_counselling oral - -
29 birth_clinic unclear - -
30 paediatrician written - Eingang
31 family self_referral - Eingang
32 family self_referral - -
33 pregnancy_counselling written - -
34 paediatrician written - -
35 paediatrician unclear - -
36 midwife unclear - -
37 midwife oral - -
38 family self_referral - -
39 family self_referral - -
40 family self_referral - Zeile
41 family self_referral - -
42 paediatrician unclear - -
43 birth_clinic unclear - -
44 midwife written - -
45 pregnancy_counselling written - -
46 daycare unclear - -
47 family self_referral - -
48 pregnancy_counselling written - -
49 midwife written - -
50 pregnancy_counselling written - Kind-geboren-am
51 birth_clinic oral - -
52 birth_clinic unclear - Zeile
53 birth_clinic written - -
54 pregnancy_counselling unclear - -
55 birth_clinic written - -
56 pregnancy_counselling unclear - -
57 paediatrician unclear - -
58 birth_clinic unclear - -
59 paediatrician unclear - -
60 daycare unclear - -
""".splitlines()
WITHOUT_PERSONAL_DATA = {2, 3, 4, 12, 13, 14, 15, 16, 19, 24}
QUARANTINED = {5, 17, 30, 31, 40, 50, 52}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(open_list(CLINIC).rows())


def test_every_row_is_read_as_a_person_reads_it(rows: list[Row]) -> None:
    read = [
        " ".join(
            (
                row.number,
                row.source,
                row.consent,
                "danger" if row.danger else "-",
                ",".join(fault.field.replace(" ", "-") for fault in faults_at(row, NOW)) or "-",
            )
        )
        for row in rows
    ]
    assert read == EXPECTED


def test_every_row_is_judged_as_a_person_judges_it(rows: list[Row]) -> None:
    judged = {int(row.number): judge(row, NOW) for row in rows}
    assert {number for number, was in judged.items() if was is Judgement.WITHOUT_PERSONAL_DATA} == (
        WITHOUT_PERSONAL_DATA
    )
    assert {number for number, was in judged.items() if was is Judgement.QUARANTINED} == QUARANTINED
    assert sum(1 for was in judged.values() if was is Judgement.ACCEPTED) == 60 - 10 - 7


def test_a_quoted_line_break_and_a_doubled_quote_belong_to_the_concern(rows: list[Row]) -> None:
    assert rows[14].concern == 'Zitat: "bitte; anrufen"\nnach 17 Uhr'
    assert [rows[number].line for number in (13, 14, 15)] == [15, 16, 18]


def test_a_formula_is_only_text(rows: list[Row]) -> None:
    assert rows[21].concern == '=HYPERLINK("http://x.example";"klick")'
    assert rows[36].concern == "@SUM(1+1)*cmd|' /C calc'!A0"


def test_the_details_of_an_ordinary_row(rows: list[Row]) -> None:
    row = rows[32]
    assert (row.surname, row.first_name, row.phone) == ("Lange", "Marie", "+49 176 5002909")
    assert (row.street, row.postcode, row.district) == ("Am Stadtmarkt 39", "59192", "Oberaden")
    assert (row.language, row.institution, row.consent_text) == (
        "polnisch",
        "Beratungsstelle",
        "ja, schriftlich",
    )
    assert row.received is not None
    assert row.received.isoformat() == "2026-11-06T09:50:00"
    assert row.born is None
    assert row.expected is not None
    assert row.expected.isoformat() == "2026-11-28"


def test_no_family_shows_in_the_representation_of_a_row(rows: list[Row]) -> None:
    for row in rows:
        for personal in (row.surname, row.first_name, row.phone, row.street, row.concern):
            assert not personal or personal not in repr(row)
