"""A partner's own referrals, by Kennzeichen, never by number: bring in, follow, and whatever it may do with them.

Whether it may, and what it reads, `workflow` says; somebody else's referral is as unknown as one that is none.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path
from pydantic import BaseModel

from adapters.answers import answered
from adapters.api.acting import Desk, TheCounter
from adapters.api.callers import TheCaller, TheLotse
from adapters.api.names import in_url
from adapters.api.needs import Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_commands import MODELS, told
from adapters.api.schemas_partners import (
    AsdWord,
    ConsentAnswer,
    OwnReferral,
    OwnReferrals,
    PartnerReferral,
    ReferralReceipt,
    Withdrawal,
)
from adapters.login.caller import Scope
from adapters.lotse import Lotse
from adapters.partners import (
    Ambiguous,
    Consent,
    not_yet,
    own_step,
    receipt_for,
    referral_called,
    referrals_of,
    request_of,
)
from states.vocabulary import Command, Role
from workflow.case import AsdReport
from workflow.office import Person
from workflow.own_referrals import Referral
from workflow.perform import Request, tries_of

rooms = Rooms(prefix="/partner/referrals", tags=["Partner"])
PARTNERS = Needs(frozenset({Role.PARTNER}), Scope.REFERRALS)
Reference = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z]{3}-[0-9A-Za-z]{3}$", description="Kennzeichen.", examples=["7KQ-42M"])
]
_STEP = (
    Trouble.NOT_FOUND,
    Trouble.NOT_YOURS,
    Trouble.STEP_NOT_POSSIBLE,
    Trouble.CONFLICT,
    Trouble.KEY_REUSED,
)
_MANY = "Dieses Kennzeichen haben zwei Ihrer Meldungen. Nächster Schritt: bei den Frühen Hilfen anrufen."


@rooms.get("", needs=PARTNERS, summary="Eigene Meldungen auflisten")
def list_own_referrals(caller: TheCaller, lotse: TheLotse) -> OwnReferrals:
    """Give the referrals of one's own institution: what is asked first, then the newest."""
    return OwnReferrals(items=[_view(each) for each in referrals_of(lotse, caller.person)])


@rooms.post(
    "",
    needs=PARTNERS,
    troubles=(Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT, Trouble.KEY_REUSED),
    status_code=201,
    summary="Eine eigene Meldung senden",
)
async def send_referral(body: PartnerReferral, desk: TheCounter) -> ReferralReceipt:
    """Bring a referral in; the answer is the Kennzeichen, and until when what is next is due."""
    if body.consent is Consent.NOT_YET:
        await answered(desk.writer.run(not_yet(desk.lotse, desk.person)))
    request = request_of(desk.person, body.consent, _said(body), desk.scoped_key())
    done = await answered(desk.writer.submit(request))
    receipt = await run_sync(receipt_for, desk.lotse, done, body.consent)
    return ReferralReceipt(
        reference=receipt.reference,
        received_on=receipt.received_on,
        contact_until=receipt.contact_until,
        answer_until=receipt.answer_until,
    )


@rooms.get(
    "/{reference}", needs=PARTNERS, troubles=(Trouble.NOT_FOUND,), summary="Eine eigene Meldung ansehen"
)
def own_referral(reference: Reference, caller: TheCaller, lotse: TheLotse) -> OwnReferral:
    """Give one of one's own referrals, as far as law and consent allow."""
    return _view(_called(lotse, caller.person, reference))


@rooms.post(
    "/{reference}/consent",
    needs=PARTNERS,
    troubles=_STEP,
    summary="Die Frage nach der Einwilligung beantworten",
)
async def answer_about_consent(reference: Reference, body: ConsentAnswer, desk: TheCounter) -> OwnReferral:
    """Answer with the family's yes and its particulars, or with its no."""
    if body.given and body.form is None:
        raise ApiProblem(Trouble.INVALID, errors=[("/form", "Bitte die Form der Einwilligung angeben.")])
    given = {name: value for name, value in _said(body).items() if name != "given"}
    command = Command.RECORD_CONSENT_PARTNER if body.given else Command.REFUSE_CONSENT
    return await _step(reference, command, given if body.given else {}, desk)


@rooms.post(
    "/{reference}/withdraw",
    needs=PARTNERS,
    troubles=_STEP,
    summary="Eine irrtümliche Meldung zurückziehen",
)
async def withdraw_own_referral(reference: Reference, body: Withdrawal, desk: TheCounter) -> OwnReferral:
    """Take a referral back that was sent by mistake: nobody contacts this family because of it."""
    return await _step(reference, Command.WITHDRAW_REFERRAL, {"reason": body.reason}, desk)


def _own(command: Command) -> Callable[..., Coroutine[Any, Any, OwnReferral]]:
    """A step with an own referral that asks for just what the same step of a case asks for."""
    model = MODELS[command]

    async def own(reference: Reference, desk: TheCounter, *, body: BaseModel | None) -> OwnReferral:
        return await _step(reference, command, told(body)[0] if body is not None else {}, desk)

    if any(field.is_required() for field in model.model_fields.values()):
        own.__annotations__["body"] = model
    else:
        own.__annotations__["body"] = model | None
        own.__kwdefaults__ = {"body": None}
    own.__name__ = f"own_{in_url(command)}".replace("-", "_")
    own.__doc__ = model.__doc__
    return own


OWN_STEPS: Mapping[str, Command] = {
    "concern": Command.RAISE_CONCERN,
    "release": Command.RECORD_RELEASE,
    "withdraw-consent": Command.WITHDRAW_CONSENT,
    "withdraw-feedback": Command.WITHDRAW_FEEDBACK,
}
for _path, _command in OWN_STEPS.items():
    rooms.add(
        "POST",
        f"/{{reference}}/{_path}",
        _own(_command),
        needs=PARTNERS,
        troubles=_STEP,
        summary=_command.label,
    )


async def _step(reference: str, command: Command, details: Mapping[str, object], desk: Desk) -> OwnReferral:
    found = await run_sync(_called, desk.lotse, desk.person, reference)
    request = Request(command, desk.person, found.case, details=details, key=desk.scoped_key())
    await answered(desk.writer.run(own_step(desk.lotse, request), tries_of(request)))
    return _view(await run_sync(_called, desk.lotse, desk.person, reference))


def _called(lotse: Lotse, person: Person, reference: str) -> Referral:
    try:
        return referral_called(lotse, person, reference)
    except Ambiguous:
        raise ApiProblem(Trouble.CONFLICT, _MANY) from None


def _said(body: PartnerReferral | ConsentAnswer) -> dict[str, object]:
    return {name: value for name, value in body.model_dump(exclude={"consent"}).items() if value is not None}


def _view(each: Referral) -> OwnReferral:
    return OwnReferral(
        reference=each.reference,
        received_on=each.received_on,
        status=each.status or None,
        asked_since=each.asked_since,
        answer_until=each.answer_until,
        withdrawn=each.withdrawn,
        report=word_of(each.report),
        report_ground=each.reads.value if each.reads is not None else None,
        steps=list(each.steps),
    )


def word_of(report: AsdReport | None) -> AsdWord | None:
    """What the ASD said, for the wire."""
    if report is None:
        return None
    return AsdWord(confirmed=report.confirmed, acted=report.acted, acting=report.acting, at=report.at)
