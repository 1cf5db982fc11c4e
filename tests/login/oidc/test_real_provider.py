"""Logging in at a real provider: who is known comes in, who is not does not, and roles come from there if so set."""

from datetime import timedelta

import pytest

from adapters.login.caller import EVERY_SCOPE
from adapters.login.links import Purpose, make_link
from adapters.login.oidc.errors import ElsewhereError, Reason
from adapters.login.oidc.flow import Elsewhere, Returned
from adapters.login.porter import Admitted
from states.vocabulary import Role
from tests.login.house import House
from tests.login.oidc.elsewhere import joined, linked
from tests.login.oidc.providers import RealProvider
from tests.people import COLLEAGUE, SUPERVISOR, WORKER

ROLES = (("fh-fachkraft", Role.CASE_WORKER), ("fh-leitung", Role.SUPERVISOR))


def come_in(elsewhere: Elsewhere, real: RealProvider, subject: str, link: str = "") -> Admitted:
    begun = elsewhere.begin(link)
    return elsewhere.finish(Returned(real.log_in(begun.address, subject), begun.cookie))


def test_who_was_linked_by_an_admin_comes_in(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer)
    linked(house, SUPERVISOR, real.issuer, "sub-leitung")
    caller = house.door.by_session(come_in(elsewhere, real, "sub-leitung").cookie)
    assert caller is not None
    assert (caller.person, caller.scopes) == (SUPERVISOR, EVERY_SCOPE), (
        "the provider asked for the second factor"
    )
    assert house.log("login")[-1]["factor"] == "oidc"


def test_a_mail_address_makes_nobody_somebody(house: House, real: RealProvider) -> None:
    """Identity is issuer and subject: who calls themselves like a Fachkraft there is nobody here."""
    elsewhere = joined(house, real.issuer)
    real.knows("fremd", email=f"{WORKER.id}@lotse.example", preferred_username=WORKER.id, name=WORKER.name)
    with pytest.raises(ElsewhereError) as caught:
        come_in(elsewhere, real, "fremd")
    assert caught.value.reason is Reason.PERSON
    assert house.rows("SELECT * FROM sessions") == []


def test_an_invitation_links_whoever_brings_it_and_is_used_up(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer)
    text = make_link(house.lotse, WORKER.id, Purpose.INVITATION, timedelta(days=1))
    assert come_in(elsewhere, real, "eingeladen", text).person == WORKER
    with pytest.raises(ElsewhereError) as caught:
        come_in(elsewhere, real, "jemand-anders", text)
    assert caught.value.reason is Reason.LINK
    assert come_in(elsewhere, real, "eingeladen").person == WORKER


def test_new_people_are_entered_where_the_office_has_it_so(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer, oidc_roles=ROLES, oidc_create=True)
    real.knows(
        "neu", name="Frau Neu", preferred_username="Neu.Köln@stadt.example", roles=["fh-fachkraft", "vpn"]
    )
    admitted = come_in(elsewhere, real, "neu")
    assert (admitted.person.id, admitted.person.name) == ("neu.koln", "Frau Neu")
    assert admitted.person.roles == {Role.CASE_WORKER}
    assert come_in(elsewhere, real, "neu").person.id == "neu.koln"


def test_an_alike_name_there_does_not_become_the_person_here(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer, oidc_roles=ROLES, oidc_create=True)
    real.knows("zweite", name="Frau Zweite", preferred_username=WORKER.id, roles=["fh-fachkraft"])
    assert come_in(elsewhere, real, "zweite").person.id == f"{WORKER.id}-2"


def test_without_a_role_of_the_application_nobody_is_entered(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer, oidc_roles=ROLES, oidc_create=True)
    real.knows("ohne", name="Herr Ohne", roles=["vpn"])
    with pytest.raises(ElsewhereError):
        come_in(elsewhere, real, "ohne")


def test_roles_that_were_taken_away_there_are_taken_away_here(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer, oidc_roles=ROLES)
    linked(house, COLLEAGUE, real.issuer, "kollegin")
    real.knows(
        "kollegin", resource_access={"lotse": {"roles": ["fh-leitung"]}, "other": {"roles": ["fh-fachkraft"]}}
    )
    assert come_in(elsewhere, real, "kollegin").person.roles == {Role.SUPERVISOR}
    real.knows("kollegin", roles=[])
    with pytest.raises(ElsewhereError) as caught:
        come_in(elsewhere, real, "kollegin")
    assert caught.value.reason is Reason.ROLES
    assert house.log("login")[-1]["concerned"] == COLLEAGUE.id


def test_a_code_is_worth_nothing_twice(house: House, real: RealProvider) -> None:
    """Neither the whole return again, nor the code under a fresh state: the verifier is another."""
    elsewhere = joined(house, real.issuer)
    linked(house, WORKER, real.issuer, "wieder")
    begun = elsewhere.begin()
    query = real.log_in(begun.address, "wieder")
    assert elsewhere.finish(Returned(query, begun.cookie))
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned(query, begun.cookie))
    assert caught.value.reason is Reason.STATE
    fresh = elsewhere.begin()
    other = real.log_in(fresh.address, "wieder")
    with pytest.raises(ElsewhereError) as caught:
        elsewhere.finish(Returned({**other, "code": query["code"]}, fresh.cookie))
    assert caught.value.reason is Reason.EXCHANGE


def test_somebody_elses_code_slipped_in_is_refused(house: House, real: RealProvider) -> None:
    """Login CSRF: the browser's own state, the attacker's code; PKCE says that it was not asked for here."""
    elsewhere = joined(house, real.issuer)
    attacker, victim = elsewhere.begin(), elsewhere.begin()
    theirs = real.log_in(attacker.address, "angreifer")
    with pytest.raises(ElsewhereError):
        elsewhere.finish(Returned(theirs, victim.cookie))
    with pytest.raises(ElsewhereError):
        elsewhere.finish(
            Returned({**real.log_in(victim.address, "opfer"), "code": theirs["code"]}, victim.cookie)
        )


def test_a_login_ends_the_session_that_was_there(house: House, real: RealProvider) -> None:
    elsewhere = joined(house, real.issuer)
    linked(house, WORKER, real.issuer, "davor")
    house.account(COLLEAGUE)
    before = house.enter(COLLEAGUE)
    begun = elsewhere.begin()
    elsewhere.finish(Returned(real.log_in(begun.address, "davor"), begun.cookie, before))
    assert house.door.by_session(before) is None
