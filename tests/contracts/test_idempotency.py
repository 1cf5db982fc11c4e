"""A request that arrives twice is done once: by its key, across processes and restarts, and for this body only."""

from dataclasses import replace

import pytest

from states.vocabulary import Command
from tests.people import COLLEAGUE, WORKER
from tests.world import World, on_each_database
from workflow.errors import ConflictError, DetailsError, KeyReusedError, RefusedError
from workflow.perform import Request, perform


def a_request(world: World, **changes: object) -> Request:
    case = world.a_referral()
    request = world.request(case, Command.NOTE, key="ein-schlüssel", text="angerufen")
    return replace(request, **changes)  # type: ignore[arg-type]  # fields by name, of any type


def test_the_same_request_is_answered_again_and_not_done_again(world: World) -> None:
    request = a_request(world)
    first = world.submit(request)
    size = world.size
    again = world.submit(request)
    assert again.repeated
    assert not first.repeated
    assert again.case == first.case
    assert world.size == size


def test_the_answer_is_built_anew_from_what_stands_now(world: World) -> None:
    request = a_request(world)
    first = world.submit(request)
    later = world.do(first.case, Command.TRIAGE_NO)
    assert world.submit(request).case == later


def test_a_key_outlives_the_program(world: World) -> None:
    request = a_request(world)
    first = world.submit(request)
    world.reopen()
    assert world.submit(request).repeated
    with pytest.raises(KeyReusedError):
        world.submit(replace(request, details={"text": "etwas anderes"}))
    assert world.case(first.case) == first.case
    world.verify()


@pytest.mark.parametrize(
    "other",
    [
        {"details": {"text": "etwas anderes"}}, {"actor": COLLEAGUE}, {"command": Command.TRIAGE_NO},
        {"version": 1}, {"case": "f" * 32}, {"recipient": "yildiz"},
    ],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_a_key_that_was_used_for_another_request_is_refused_on_record_and_changes_nothing(
    world: World, other: dict[str, object]
) -> None:
    request = a_request(world)
    first = world.submit(request)
    size = world.size
    with pytest.raises(KeyReusedError):
        world.submit(replace(request, **other))  # type: ignore[arg-type]  # fields by name, of any type
    assert (world.case(first.case), world.size) == (first.case, size + 1)


def test_a_referral_that_is_sent_twice_makes_one_case(world: World) -> None:
    """The partner's line broke after the clinic had sent it."""
    request = world.request(None, Command.RECEIVE_CONSENT, key="meldung-1")
    assert world.submit(request).case.id == world.submit(request).case.id
    assert len(world.cases()) == 1


def test_in_one_unit_of_work_a_key_is_known_before_it_is_stored(world: World) -> None:
    request = a_request(world)
    with world.work() as work:
        first = perform(request, work, world.office)
        again = perform(request, work, world.office)
        work.commit()
    assert again.repeated
    assert world.case(first.case) == first.case


def test_a_key_stands_for_nothing_until_its_request_has_succeeded(world: World) -> None:
    """Refused or unreadable, it may be tried again with the same key once it is possible."""
    case = world.a_referral()
    reach = world.request(case, Command.REACH_FAMILY, key="anruf")
    with pytest.raises(RefusedError):
        world.submit(reach)
    with pytest.raises(DetailsError):
        world.submit(replace(reach, command=Command.NOTE))
    world.do(world.do(case, Command.TRIAGE_NO), Command.CHECK_CONSENT_YES)
    assert not world.submit(reach).repeated
    assert world.submit(reach).repeated


@on_each_database
def test_keys_are_kept_as_keyed_hashes_only(on_disk: World) -> None:
    """A key that a client made of a name tells nobody the name."""
    request = replace(a_request(on_disk), key="Familie Unverwechselbar")
    on_disk.submit(request)
    assert on_disk.folder is not None
    for file in on_disk.folder.iterdir():
        assert b"Unverwechselbar" not in file.read_bytes()


def test_a_choice_of_several_is_the_same_request_whatever_order_a_set_has(world: World) -> None:
    """In another process a set of words comes in another order; the request is the same."""
    request = a_request(world, details={"fields": {"contact", "child", "address"}})
    assert b'["address", "child", "contact"]' in request.body()
    assert (
        replace(request, details={"fields": frozenset(("child", "address", "contact"))}).body()
        == request.body()
    )


def test_a_stale_version_is_told_and_the_key_remains_free(world: World) -> None:
    request = replace(a_request(world), version=7)
    with pytest.raises(ConflictError):
        world.submit(request)
    assert request.case is not None
    assert not world.submit(replace(request, version=world.case(request.case).version)).repeated
    assert WORKER.id == world.entries()[-1].a["actor"]
