"""Eleven ways to wish for the wrong thing, each as a town might write it: refused by its law, with the way."""

from pathlib import Path

import pytest

from states.profile import read_profile
from states.prover import Unlawful, prove

FOLDER = Path(__file__).parent / "unlawful"
REFUSED = {
    "contact_without_consent": (
        "C1",
        ("Abgelehnt (C1, Art. 6 DSGVO, § 67b SGB X): In ‚Einwilligung ungeklärt‘ könnte ‚Kontakt hergestellt‘ "
        "eingetragen werden (durch: Fachkraft Frühe Hilfen), ohne dass eine Einwilligung in den Kontakt vorliegt."),
        ("receive(self)", "withdraw_consent", "reach_family"),
    ),
    "escalation_taken_from_one_state": (
        "E2",
        ("Abgelehnt (E2, § 8a SGB VIII, § 4 KKG): Aus ‚Übergeben, in Begleitung‘ ist der ASD nicht in 2 eigenen "
        "Schritten erreichbar (Eilmeldung)."),
        ("receive(self)", "triage(no)", "check_consent(yes)", "reach_family", "record_consent:r",
         "propose_handover:r", "accept:r"),
    ),
    "handover_without_consent": (
        "C2",
        ("Abgelehnt (C2, Art. 6 DSGVO, § 67b SGB X): In ‚Im Kontakt, Klärung‘ könnte ‚Übergabe anfragen‘ eingetragen "
        "werden (durch: Fachkraft Frühe Hilfen), ohne dass eine Einwilligung für genau diese Stelle vorliegt."),
        ("receive(self)", "triage(no)", "check_consent(yes)", "reach_family", "propose_handover:r"),
    ),
    "dead_end": (
        "D1",
        ("Abgelehnt (D1, § 9 SGB X): Aus ‚Einwilligung ungeklärt‘ kommt die Stelle nicht aus eigener Kraft zum "
        "Abschluss."),
        ("receive(self)", "withdraw_consent"),
    ),
    "midwife_traps_a_case": (
        "D1",
        ("Abgelehnt (D1, § 9 SGB X): Aus ‚Übergeben, in Begleitung‘ kommt die Stelle nicht aus eigener Kraft zum "
        "Abschluss."),
        ("receive(self)", "triage(no)", "check_consent(yes)", "reach_family", "record_consent:r",
         "propose_handover:r", "accept:r"),
    ),
    "bundled_consent": (
        "O4",
        ("Abgelehnt (O4, Art. 7 Abs. 2 DSGVO): ‚Einwilligung der Familie erfassen‘ setzte mehrere Einwilligungen mit "
        "einem Schritt."),
        ("receive(self)", "record_consent"),
    ),
    "clock_moves_a_case": (
        "F4",
        ("Abgelehnt (F4, Art. 22 Abs. 1 DSGVO): ‚Als überfällig markieren‘ führte aus ‚Einwilligung ungeklärt‘ nach "
        "‚Abgeschlossen‘."),
        ("receive(self)", "withdraw_consent", "flag_overdue"),
    ),
    "loop_restarts_the_deadline": (
        "F6",
        ("Abgelehnt (F6, Konzept Bergkamen, Z. 205): Die Stelle könnte im Kreis gehen, ohne dass eine Frist "
        "durchläuft (‚Kontaktversuch, nicht erreicht‘ → "),
        None,
    ),
    "attempts_postpone_the_first_contact": (
        "F5",
        ("Abgelehnt (F5, Konzept Bergkamen, Z. 205): Mit ‚Kontaktversuch, nicht erreicht‘ in ‚Einwilligung geprüft, "
        "Erstkontakt offen‘ begänne die Frist ‚Erstkontakt‘ immer wieder neu. Kürzester Weg: Familie meldet "
        "sich selbst → "),
        ("receive(self)", "triage(no)", "check_consent(yes)", "attempt_contact"),
    ),
    "review_moves_the_end_of_the_support": (
        "F5",
        ("Abgelehnt (F5, Konzept Bergkamen, Z. 205): ‚Begleitung überprüft‘ gälte als Erfüllung der Frist ‚Begleitung "
        "beenden oder neu vereinbaren‘. Kürzester Weg: "),
        ("receive(self)", "triage(no)", "check_consent(yes)", "reach_family", "record_consent:r",
         "propose_handover:r", "accept:r", "review:r"),
    ),
    "step_hides_a_contact": (
        "Z",
        ("Abgelehnt (Z, § 67b SGB X, Art. 5 Abs. 2 DSGVO): In ‚Im Kontakt, Klärung‘ stünde der Fall zu Unrecht: die "
        "Familie wäre nie erreicht worden oder hat Nein gesagt."),
        ("receive(self)", "triage(no)", "check_consent(yes)", "x_home_visit"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_law_reason_and_shortest_way(name: str) -> None:
    law, sentence, path = REFUSED[name]
    profile = read_profile((FOLDER / f"{name}.toml").read_bytes())
    with pytest.raises(Unlawful) as refused:
        prove(profile.process)
    breach = refused.value.breaches[0]
    assert breach.law == law
    assert breach.sentence.startswith(sentence)
    assert breach.sentence.endswith(f"{profile.process.label(breach.path[-1])}.")
    assert path is None or breach.path == path


def test_every_unlawful_file_is_examined() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(REFUSED)
