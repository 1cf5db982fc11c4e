"""What can be wrong with a row: one example a Fachkraft would recognise for each fault, and its sentence."""

import pytest

from tests.intake.lists import a_row, faults_of, said
from workflow.intake import ConsentWord, SourceKind, fault, read_row, read_source
from workflow.intake.fault import Fault


def test_a_sound_row_has_no_fault() -> None:
    row = a_row()
    assert row.faults == ()
    assert row.consent is ConsentWord.WRITTEN
    assert row.source is SourceKind.MIDWIFE


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"received": ""}, [fault.RECEIPT_MISSING]),
        ({"received": "gestern"}, [fault.RECEIPT_UNREADABLE]),
        ({"received": "26.10.1926"}, [fault.RECEIPT_LONG_AGO]),
        ({"surname": "", "phone": ""}, [fault.NOBODY_TO_CONTACT]),
        ({"surname": "", "phone": "keins"}, [fault.NOBODY_TO_CONTACT]),
        ({"surname": ""}, []),
        ({"phone": ""}, []),
        ({"institution": ""}, [fault.INSTITUTION_MISSING]),
        ({"institution": "", "source": "Familie selbst", "consent": ""}, []),
        ({"source": "Familie selbst", "consent": "?"}, [fault.CONSENT_CONTRADICTS]),
        ({"born": "letzte Woche"}, [fault.BIRTH_UNREADABLE]),
        ({"born": "27.10.2026"}, [fault.BIRTH_AFTER_RECEIPT]),
        ({"born": "26.10.2026"}, []),
        ({"born": "27.10.2008"}, []),
        ({"born": "26.10.2008"}, [fault.BIRTH_LONG_AGO]),
        ({"expected": "bald"}, [fault.DUE_UNREADABLE]),
        ({"expected": "01.09.2027"}, []),
        ({"expected": "02.09.2027"}, [fault.DUE_TOO_FAR]),
        ({"expected": "14.09.2026"}, []),
        ({"expected": "13.09.2026"}, [fault.DUE_LONG_PAST]),
        ({"received": "29.02.2028", "born": "28.02.2010"}, [fault.BIRTH_LONG_AGO]),
        (
            {"received": "gestern", "born": "bald", "phone": "", "surname": ""},
            [
                fault.RECEIPT_UNREADABLE,
                fault.NOBODY_TO_CONTACT,
                fault.BIRTH_UNREADABLE,
            ],
        ),
    ],
)
def test_each_fault_is_named_and_nothing_else(changes: dict[str, str], faults: list[Fault]) -> None:
    assert list(a_row(**changes).faults) == faults


def test_no_sentence_repeats_what_stands_in_a_cell() -> None:
    row = a_row(received="Geheimnis", born="Geheimnis", expected="Geheimnis", phone="Geheimnis", surname="")
    assert len(row.faults) == 4
    assert "Geheimnis" not in fault.reasons(row.faults)


def test_a_damaged_row_is_searched_for_danger_in_every_cell() -> None:
    """A delimiter too many moves the cells: the sign then stands in the wrong column."""
    texts = said()
    moved = ("7", "26.10.2026", "dringend", "Musterfrau")
    assert read_row(2, moved, texts, consents=("ja",)).danger is None
    assert read_row(2, moved, texts, consents=("ja",), damage=(fault.TOO_MANY_CELLS,)).danger == "dringend"


def test_a_column_nobody_knows_and_a_wording_of_consent_are_searched_for_danger() -> None:
    assert read_row(2, (), said(), consents=("ja, schriftlich",), others=("blaue Flecken",)).danger
    assert a_row(consent="nein, Kind wirkt verletzt").danger
    assert a_row(institution="Beratungsstelle gegen Gewalt").danger is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kita", SourceKind.DAYCARE),
        ("  GEBURTSKLINIK ", SourceKind.BIRTH_CLINIC),
        ("Kinderärztin", SourceKind.PAEDIATRICIAN),
        ("Kinder- und Jugendarzt", SourceKind.PAEDIATRICIAN),
        ("Familienhebamme", SourceKind.MIDWIFE),
        ("Familienzentrum", SourceKind.DAYCARE),
        ("Familie selbst", SourceKind.FAMILY),
        ("Familienangehörige", SourceKind.OTHER),
        ("", SourceKind.OTHER),
        ("☐ Familie selbst", SourceKind.OTHER),
        ("Mutter-Kind-Haus", SourceKind.OTHER),
        ("x" * 500, SourceKind.OTHER),
    ],
)
def test_the_kind_of_referrer_is_read_from_its_wording(text: str, kind: SourceKind) -> None:
    assert read_source(text) is kind


def test_only_the_family_itself_counts_as_the_family_and_every_label_reads_back() -> None:
    assert [kind for kind in SourceKind if kind.is_family] == [SourceKind.FAMILY]
    assert all(read_source(kind.label) is kind for kind in SourceKind)


def test_faults_are_told_by_the_headings_they_concern() -> None:
    assert faults_of(a_row(received="gestern", born="bald")) == ["Eingang", "Kind geboren am"]
