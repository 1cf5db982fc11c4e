"""What the routes of the login share: the porter, where somebody asks from, and errors as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_login import SignedIn, WhoIs
from adapters.login.brakes import BrakedError
from adapters.login.caller import Caller
from adapters.login.oidc.errors import ElsewhereError, UnreachableError
from adapters.login.oidc.flow import Elsewhere
from adapters.login.oidc.provider import Provider
from adapters.login.own import NotThisWayError
from adapters.login.passwords import TooBusyError, WeakPasswordError
from adapters.login.porter import Porter, WrongError
from adapters.login.redeem import LinkGoneError
from adapters.login.rows import Rows
from adapters.login.staff import HasAccessError, NobodyError
from adapters.login.taken import TakenError
from adapters.login.tokens import TokenError
from adapters.logs import tell_failure
from adapters.lotse import Lotse
from workflow.staff import StaffError


async def porter_of(request: Request) -> Porter:
    """The one porter of this application."""
    state, lotse = request.app.state, request.app.state.lotse
    porter: Porter | None = getattr(state, "porter", None)
    if porter is None or porter.lotse is not lotse:
        porter = state.porter = Porter(lotse)
        state.elsewhere = None
    return porter


ThePorter = Annotated[Porter, Depends(porter_of)]


async def elsewhere_of(request: Request, porter: ThePorter) -> Elsewhere:
    """The login at the identity provider. Raises ApiProblem (404) where none is set up."""
    settings = porter.lotse.settings
    if settings.oidc_issuer is None or settings.base_url is None:
        raise ApiProblem(Trouble.NOT_FOUND, "Hier ist kein Anmeldedienst eingerichtet.")
    if request.app.state.elsewhere is None:
        request.app.state.elsewhere = Elsewhere(porter, Provider(settings), settings.base_url)
    found: Elsewhere = request.app.state.elsewhere
    return found


TheElsewhere = Annotated[Elsewhere, Depends(elsewhere_of)]


def address_of(request: Request) -> str:
    """Where the request comes from; of proxies only those are believed that the settings name."""
    return request.client.host if request.client else ""


@contextmanager
def told(pointer: str = "") -> Iterator[None]:
    """Turn what the login raises into a problem; `pointer` is the field of the password that may be too weak."""
    try:
        yield
    except (WrongError, ElsewhereError) as error:
        raise ApiProblem(Trouble.LOGIN_REFUSED, str(error)) from None
    except BrakedError as error:
        raise ApiProblem(Trouble.TOO_MANY, headers={"Retry-After": str(error.seconds)}) from None
    except TooBusyError:
        raise ApiProblem(Trouble.BUSY) from None
    except WeakPasswordError as error:
        raise ApiProblem(Trouble.INVALID, errors=[(pointer, str(error))]) from None
    except (TokenError, StaffError) as error:
        field = getattr(error, "field", "")
        raise ApiProblem(Trouble.INVALID, errors=[(f"/{field}" if field else "", str(error))]) from None
    except LinkGoneError as error:
        raise ApiProblem(Trouble.LINK_GONE, str(error)) from None
    except (NotThisWayError, TakenError, HasAccessError) as error:
        raise ApiProblem(Trouble.CONFLICT, str(error)) from None
    except NobodyError as error:
        raise ApiProblem(Trouble.NOT_FOUND, str(error)) from None
    except UnreachableError as error:
        tell_failure(error.__context__ or error)
        raise ApiProblem(Trouble.PROVIDER, str(error)) from None


def signed_in(lotse: Lotse, caller: Caller) -> SignedIn:
    """Who asks, as they read it."""
    with lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        account = rows.account(caller.person.id) if rows is not None else None
    has = account is not None and account.totp is not None
    person = caller.person
    return SignedIn(
        person=WhoIs(
            id=person.id,
            name=person.name,
            roles=sorted(role.value for role in person.roles),
            institution=person.institution,
        ),
        via="session" if caller.session is not None else "token",
        scopes=sorted(scope.value for scope in caller.scopes),
        csrf=caller.csrf,
        second_factor="set" if has else "missing" if not caller.scopes else "none",
    )
