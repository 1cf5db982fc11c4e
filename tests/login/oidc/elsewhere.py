"""An office joined with a provider, and the browser between the two."""

from dataclasses import replace

from adapters.login.oidc.flow import Elsewhere, Returned
from adapters.login.oidc.provider import Provider
from adapters.login.porter import Admitted
from adapters.login.rows import Identity
from adapters.login.staff import link_identity
from tests.login.house import House
from tests.login.oidc.providers import CLIENT, HOME, ForgingProvider
from workflow.office import Person


def joined(house: House, issuer: str, **settings: object) -> Elsewhere:
    """The office as it logs in at this provider."""
    client = {"oidc_client_id": CLIENT, "oidc_client_secret": "geheim-des-clients"}
    changed = {"oidc_issuer": issuer, "base_url": HOME, **client, **settings}
    house.lotse.settings = replace(house.lotse.settings, **changed)  # type: ignore[arg-type]  # settings by name, of any type
    house.begin()
    return Elsewhere(house.porter, Provider(house.lotse.settings), HOME)


def linked(house: House, person: Person, issuer: str, subject: str) -> None:
    """Have this identity be this person."""
    identity = Identity(issuer, subject, person.id)
    house.lotse.write(lambda work: link_identity(work, house.lotse, "leitung", identity))


def through(elsewhere: Elsewhere, provider: ForgingProvider, link: str = "") -> Admitted:
    """Log in there and come back."""
    begun = elsewhere.begin(link)
    return elsewhere.finish(Returned(provider.log_in(begun.address), begun.cookie))
