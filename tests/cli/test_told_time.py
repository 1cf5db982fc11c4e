"""What `--at` tells does not reach the record of who looked; and nobody looks without a record."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.families import AT, a_family, do
from tests.cli.program import CLINIC, fine, lotse

ASKING = ("audit", "show", "--as", "okafor", "--reason", "Prüfung", "--json")


def accesses_of(number: str) -> list[datetime]:
    answer = fine("audit", "disclosures", number, "--accesses", "--json").json
    return [datetime.fromisoformat(each["at"]) for each in answer["accesses"]]


@pytest.mark.usefixtures("office")
def test_an_access_is_listed_when_it_was_whatever_was_told(tmp_path: Path) -> None:
    number = a_family(tmp_path)
    before = datetime.now(UTC)
    for told in ("2026-06-01T10:00", "2031-01-01", "1999-12-31"):
        fine("case", "show", number, "--at", told)
        fine("case", "why", number, "close", "--at", told)
    looked = accesses_of(number)
    assert len(looked) >= 6
    assert all(before - timedelta(minutes=1) < at <= datetime.now(UTC) for at in looked[-6:])
    out = fine("audit", "disclosures", number, "--accesses").out
    assert "01.06.2026" not in out
    assert "2031" not in out


READS = {
    "show": ("case", "show", "{}"),
    "steps": ("case", "steps", "{}"),
    "why": ("case", "why", "{}", "close"),
    "rehearsal": ("case", "do", "{}", "triage-no", "--dry-run"),
    "duplicates": ("case", "duplicates", "{}"),
    "history": ("audit", "show", "--case", "{}"),
    "handovers": ("audit", "handovers", "{}"),
    "disclosures": ("audit", "disclosures", "{}"),
    "search": ("case", "find", "Beispiel"),
    "list": ("case", "list"),
    "worklist": ("due",),
    "import": ("import", str(CLINIC), "--dry-run"),
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.usefixtures("office")
def test_whatever_tells_of_a_case_is_on_record(tmp_path: Path, name: str) -> None:
    number = a_family(tmp_path)
    before = fine(*ASKING).json[0]["seq"]
    fine(*(word.format(number) for word in READS[name]))
    looked = [
        entry for entry in fine(*ASKING).json if entry["seq"] > before and entry.get("purpose") != "Prüfung"
    ]
    case = next(
        e["case"] for e in fine(*ASKING, "--last", "999").json if str(e["action"]).startswith("receive")
    )
    assert looked
    assert {entry["actor"] for entry in looked} == {"fachkraft"}
    if "{}" in READS[name]:
        assert {entry["case"] for entry in looked} == {case}
    assert all(entry.get("dry_run") is True for entry in looked) is ("--dry-run" in READS[name])


@pytest.mark.usefixtures("office")
def test_leitung_lists_what_was_entered_late(tmp_path: Path) -> None:
    number = a_family(tmp_path)
    do(number, "triage-no", at="2026-11-17")
    fine("case", "do", number, "check_consent-yes")
    late = fine(*ASKING, "--kind", "Nachgetragen").json
    assert [entry["action"] for entry in late] == ["triage(no)", "receive(consent)"]
    told = fine(*ASKING[:-1], "--kind", "Nachgetragen").out
    assert "angegeben 17.11.2026 23:59" in " ".join(told.split())


@pytest.mark.usefixtures("office")
def test_a_step_told_before_the_last_one_or_in_days_to_come_is_refused_and_changes_nothing(
    tmp_path: Path,
) -> None:
    number = a_family(tmp_path)
    for command in ("triage-no", "check_consent-yes"):
        fine("case", "do", number, command)
    version = fine("case", "show", number, "--json").json["version"]
    reach = ("case", "do", number, "reach_family", "--set", "channel=phone", "--at")
    early = lotse(*reach, AT)
    assert (early.code, "davor lässt sich nichts mehr einfügen" in early.err) == (4, True)
    ahead = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    assert "liegt in der Zukunft" in lotse(*reach, ahead).err
    for never in ("9999-12-31T12:00", "9999-12-31", "0001-01-01T00:00", "01.01.0001"):
        for words in (reach, ("case", "show", number, "--at"), ("retention", "due", "--as", "vogt", "--at")):
            assert lotse(*words, never).code == 2
    assert fine("case", "show", number, "--json").json["version"] == version
