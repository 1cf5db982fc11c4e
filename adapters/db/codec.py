"""Cases and families as JSON, sealed under the case's key and bound to tenant, case and column.

`tests/contracts/test_codec.py` proves that every case comes back as it went.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from os import urandom
from typing import Any

import orjson

from audit.seal import NONCE_SIZE, DataKey, pad
from workflow.case import (
    AsdReport,
    Attempt,
    Case,
    Child,
    Consent,
    ConsentForm,
    ConsentKind,
    Duty,
    Family,
    Handover,
    HandoverStatus,
    Package,
    Source,
)
from workflow.former import obligation_today


def seal(key: DataKey, tenant: str, case: str, column: str, plain: bytes) -> bytes:
    """Seal one column of one case; its length tells only multiples of 256 bytes."""
    return key.seal(pad(plain), f"lotse/dossier\n{tenant}\n{case}\n{column}".encode(), urandom(NONCE_SIZE))


def checksum(sealed: bytes) -> str:
    """What a record says of its sealed dossier, so that an older one put back is found."""
    return sha256(sealed).hexdigest()


def unseal(key: DataKey, tenant: str, case: str, column: str, sealed: bytes) -> bytes:
    """Undo `seal`; UnreadableBody where anything was altered or belongs elsewhere."""
    return key.open(sealed, f"lotse/dossier\n{tenant}\n{case}\n{column}".encode())


def record_of(case: Case, dossier: str) -> bytes:
    """The case as JSON, with the check sum of the sealed dossier that belongs to it."""
    return orjson.dumps({"case": case, "dossier": dossier})


def family_of(family: Family) -> bytes:
    """The family's own data as JSON."""
    return orjson.dumps(family)


def read_family(plain: bytes) -> Family:
    """Undo `family_of`."""
    return Family(**orjson.loads(plain))


def read_record(plain: bytes) -> tuple[Case, str]:
    """Undo `record_of`."""
    whole: dict[str, Any] = orjson.loads(plain)
    return _case(whole["case"]), whole["dossier"]


def _case(raw: dict[str, Any]) -> Case:
    raw["source"] = Source(**raw["source"])
    raw["received_on"] = date.fromisoformat(raw["received_on"])
    raw["opened_at"] = _instant(raw["opened_at"])
    raw["marks"] = {name: _instant(at) for name, at in raw["marks"].items()}
    raw["child"] = Child(*(_day(raw["child"][name]) for name in ("born", "expected")))
    raw["consents"] = tuple(_consent(one) for one in raw["consents"])
    raw["handovers"] = tuple(_handover(one) for one in raw["handovers"])
    raw["attempts"] = tuple(Attempt(_instant(a["at"]), a["channel"], a["reached"]) for a in raw["attempts"])
    raw["duties"] = tuple(_duty(one) for one in raw["duties"])
    raw["coming"] = tuple(_duty(one) for one in raw["coming"])
    raw["anchors"] = {name: date.fromisoformat(day) for name, day in raw["anchors"].items()}
    raw["letter_sent_at"] = _maybe(raw["letter_sent_at"])
    raw["told"] = tuple(Package(name) for name in raw["told"])
    raw["tasks"] = tuple(raw["tasks"])
    for later in ("moved_at", "queried_at", "referral_withdrawn_at", "escalated_at"):
        raw[later] = _maybe(raw.get(later))
    report = raw.get("report")
    raw["report"] = AsdReport(**{**report, "at": _instant(report["at"])}) if report else None
    return Case(**raw)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _maybe(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _consent(raw: Mapping[str, Any]) -> Consent:
    return Consent(
        **{
            **raw,
            "kind": ConsentKind(raw["kind"]),
            "form": ConsentForm(raw["form"]),
            "given_on": date.fromisoformat(raw["given_on"]),
            "scope": tuple(Package(name) for name in raw["scope"]),
            "expires_on": _day(raw["expires_on"]),
            "withdrawn_at": _maybe(raw["withdrawn_at"]),
        }
    )


def _handover(raw: dict[str, Any]) -> Handover:
    raw.pop(
        "review", None
    )  # which of two reviews was owed, as version 0.3 kept it: the obligation says all there is
    return Handover(
        **{
            **raw,
            "status": HandoverStatus(raw["status"]),
            "package": tuple(Package(name) for name in raw["package"]),
            "proposed_at": _instant(raw["proposed_at"]),
            "answered_at": _maybe(raw["answered_at"]),
            "ended_at": _maybe(raw["ended_at"]),
        }
    )


def _duty(raw: Mapping[str, Any]) -> Duty:
    return Duty(
        **{
            **raw,
            "obligation": obligation_today(raw["obligation"]),
            "anchor": date.fromisoformat(raw["anchor"]),
            "due": date.fromisoformat(raw["due"]),
            "overdue_from": _instant(raw["overdue_from"]),
            "aim": _day(raw["aim"]),
            "flagged_at": _maybe(raw["flagged_at"]),
            "told_as": _day(raw.get("told_as")),
        }
    )
