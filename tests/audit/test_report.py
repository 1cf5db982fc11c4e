"""The report of a verification as an auditor reads it: what was looked at, what was not, and the root as on paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.faults import Step
from audit.incarnations import Earlier
from audit.report import Report
from tests.audit.world import World, a_log, a_step, erased


def test_the_root_is_the_one_that_stands_in_a_checkpoint_of_as_many_entries() -> None:
    world = a_log(12)
    checkpoint = world.sign().decode().splitlines()
    assert world.verify(decrypt=True).lines()[-1] == (
        f"Protokoll unverändert: {checkpoint[1]} Einträge, Wurzel {checkpoint[2]} (Zeile 3 des Prüfpunkts darüber)"
    )


def test_what_was_not_asked_for_is_said_of_each_step() -> None:
    lines = a_log(12).verify().lines()
    assert lines[4] == "5. Versiegelte Inhalte: 20 geprüft; Inhalte der Fälle zu öffnen war nicht verlangt"
    assert lines[7] == "8. Nachspielen der Fälle: nicht verlangt"
    assert a_log(12).verify(decrypt=True).lines()[4] == "5. Versiegelte Inhalte: 20 geprüft"


def test_without_keys_the_report_claims_no_more_than_check_sums() -> None:
    lines = a_log(12).verify(keys=False).lines()
    assert lines[1] == "2. Schlüssel: nicht geprüft, das geht nur mit den Schlüsseln"
    assert lines[4] == "5. Versiegelte Inhalte: 20, nur Prüfsummen geprüft"
    assert lines[5] == "6. Verzeichnis der Fälle: nicht geprüft, das geht nur mit den Schlüsseln"


def test_what_was_lawfully_erased_is_counted_where_it_is_missed() -> None:
    world = World()
    case = "ab" * 16
    world.record(a_step(world, case, 1), a_step(world, case, 2))
    erased(world, case)
    report = world.verify()
    line = report.said_of(Step.BODIES)
    assert report.erased == 2
    assert "; 2 weitere sind rechtmäßig gelöscht;" in line


counts = st.integers(0, 10**6)


earlier_ones = st.builds(
    Earlier, st.just("lotse/0b5e/1"), counts, st.binary(min_size=32, max_size=32), counts
)


@given(
    st.dictionaries(st.sampled_from(Step), counts), counts, counts, counts, st.booleans(),
    st.lists(earlier_ones, max_size=2),
)  # fmt: skip
def test_no_step_is_claimed_that_was_not_made(
    checked: dict[Step, int], missing: int, unjudged: int, dark: int, decrypted: bool, earlier: list[Earlier]
) -> None:
    """Of every step but the last there is one line; it says „geprüft“ alone only where the step was made."""
    report = Report(
        "lotse/0b5e/2",
        9,
        bytes(32),
        0,
        tuple(checked.items()),
        0,
        missing,
        unjudged,
        dark,
        tuple(earlier),
        decrypted,
    )
    lines = {int(line.split(".")[0]): line for line in report.lines() if line[0].isdigit()}
    for step in Step:
        if step is Step.INCARNATIONS and step not in checked and not earlier:
            assert step not in lines
            continue
        claims = "geprüft" in lines[step] and "nicht geprüft" not in lines[step]
        assert claims == (step in checked), lines[step]
    if Step.KEYS not in checked and Step.BODIES in checked:
        assert "nur Prüfsummen" in lines[Step.BODIES]


@pytest.mark.parametrize("gone", [1, 2])
def test_one_and_many_read_as_german(gone: int) -> None:
    checked = ((Step.KEYS, 1), (Step.BODIES, 7))
    told = Report("lotse/0b5e/1", 9, bytes(32), 0, checked, 0, gone, 0, decrypted=True).said_of(Step.BODIES)
    assert told == f"7 geprüft; {gone} {'weiterer ist' if gone == 1 else 'weitere sind'} rechtmäßig gelöscht"
