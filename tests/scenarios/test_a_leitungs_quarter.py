"""A Leitung's quarter: which handovers nobody answered, which came late, which said no or lack a proof; a „geprüft“.

The office works from January to March as it does; Leitung looks in April, counts, reads one chain with its proof and
leaves a remark that stands in the chain for ever, while what it says goes with the case.
"""

from pathlib import Path

from adapters.handovers import of_a_case, of_the_house, proofs_of, remarks_of, reviewing
from audit.keys import log_verifier
from audit.notary_file import NotaryFile
from audit.proof import open_proof
from states.vocabulary import Command, State
from tests.people import MIDWIFE, NURSE, SUPERVISOR, VOLUNTEER, WORKER
from tests.world import ORIGIN, World, a_world
from workflow.case import Case
from workflow.handover_checks import Check, Checked, Flaw, counts


def answered(world: World, case: Case, days: int, command: str) -> Case:
    world.wait(days=days)
    world.sweep()
    return world.do(case, command, MIDWIFE, MIDWIFE)


def a_quarter(world: World) -> dict[str, str]:
    """One handover of each kind, by what became of it."""
    told = {}
    accepted = answered(world, world.a_case_in(State.HANDOVER_PROPOSED), 1, Command.ACCEPT)
    told["in time"] = accepted.id
    told["late"] = answered(world, world.a_case_in(State.HANDOVER_PROPOSED), 9, Command.ACCEPT).id
    told["declined"] = answered(world, world.a_case_in(State.HANDOVER_PROPOSED), 1, Command.DECLINE).id
    world.do(told["declined"], Command.RECORD_CONSENT_FOR, to=NURSE)
    world.do(told["declined"], Command.PROPOSE_HANDOVER, to=NURSE)
    world.do(told["declined"], Command.ACCEPT, NURSE, NURSE)
    fallen = world.a_case_in(State.HANDOVER_PROPOSED, VOLUNTEER)
    told["fallen"] = world.do(fallen, Command.WITHDRAW_CONSENT).id
    world.wait(days=20)
    told["waiting"] = world.a_case_in(State.HANDOVER_PROPOSED).id
    world.wait(days=10)
    return told


def under(found: list[Checked], check: Check, world: World) -> list[str]:
    return [each.chain.case for each in found if each.meets(check, world.day)]


def test_what_leitung_looks_for_is_counted_and_found(tmp_path: Path) -> None:
    with a_world("sqlite", at="2026-01-05 09:00", folder=tmp_path) as world:
        told = a_quarter(world)
        lotse = world.lotse
        lotse.settings.keys.mkdir()
        NotaryFile(lotse.settings.notary).create(ORIGIN)
        lotse.countersign()

        found = of_the_house(lotse)
        assert len(found) == 6, "the second request of the declined case is a handover of its own"
        assert dict(counts(found, world.day)) == {
            Check.UNANSWERED: 1, Check.OVERDUE: 2, Check.DECLINED: 1, Check.WITHOUT_PROOF: 0, Check.UNREVIEWED: 6,
        }  # fmt: skip
        assert under(found, Check.UNANSWERED, world) == [told["waiting"]]
        assert under(found, Check.OVERDUE, world) == [told["late"], told["waiting"]]
        assert under(found, Check.DECLINED, world) == [told["declined"]]

        (late,) = of_a_case(lotse, told["late"])
        actions = [entry.action for entry in late.chain.entries]
        assert actions == [Command.PROPOSE_HANDOVER, Command.FLAG_OVERDUE, Command.ACCEPT]
        for each in proofs_of(lotse, [entry.seq for entry in late.chain.entries]):
            assert each.proof is not None
            assert open_proof(each.proof, log_verifier(ORIGIN, world.provider)).index == each.seq

        lotse.write(reviewing(lotse, SUPERVISOR, late, "Krankheit der Hebamme; besprochen am 07.04."))
        (late,) = of_a_case(lotse, told["late"])
        assert late.flaws == {Flaw.UNSIGNED}, "the „geprüft“ itself is not signed over yet"
        assert [*remarks_of(lotse, late).values()] == ["Krankheit der Hebamme; besprochen am 07.04."]
        lotse.countersign()
        again = of_the_house(lotse)
        assert counts(again, world.day)[Check.UNREVIEWED] == 5
        assert counts(again, world.day)[Check.WITHOUT_PROOF] == 0
        whole = lotse.view(WORKER, world.case(told["late"]).number).timeline
        looked = [each.a["actor"] for each in whole if each.a["action"] == "handover_checked"]
        assert looked == [SUPERVISOR.id], "the Fachkraft reads that it was looked into"
        world.verify()
