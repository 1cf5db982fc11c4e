"""Who may use which operation, in which relation to a case: the whole table, literally. What is on no line is denied.

A line is "scope: stances" (the scope a token needs, then `tests.api.every_stance`). A stance alone gets what it wants
or hears from the process that it cannot be now (409); `=` names another answer. Words in capitals stand for several.
Nothing here is computed from `adapters.api.needs` or `workflow.access`.
"""

from collections.abc import Iterator, Mapping

A = "/api/v1"
C = f"POST {A}/cases/{{number}}/commands"
KEEP = "responsible substitute"
CARRY = f"{KEEP} emergency"
WORKERS = f"{CARRY} unassigned colleague"
ASKED = "midwife-asked nurse-asked volunteer-asked"
SUPPORT = "midwife-supporting nurse-supporting volunteer-supporting"
PROFESSIONS = f"midwife nurse volunteer {ASKED} {SUPPORT}"
PARTNERS = "partner referrer"
JUGENDAMT = "asd notified"
OFFICE = "supervisor inspecting"
PRIVACY = "dpo sampling"
ADVICE = "adviser advising"
NETWORK = "coordinator invited"
REST = "deputy planner admin"
NEAR = f"{WORKERS} {PROFESSIONS} {JUGENDAMT} {OFFICE} {PRIVACY} {ADVICE} {NETWORK}"
HOLDERS = "emergency inspecting sampling invited advising"
OVERSEE = f"{OFFICE} {PRIVACY}"
HOUSE = f"{NEAR} {REST}"
ALL = f"{HOUSE} {PARTNERS} clock"
READERS = f"{CARRY} unassigned {ASKED} {SUPPORT} notified {OFFICE} sampling invited advising"


def _each(stances: str, status: int | str) -> str:
    return " ".join(f"{stance}={status}" for stance in stances.split())


TABLE: Mapping[str, str] = {
    f"GET {A}/worklist": f"read: {NEAR}",
    f"GET {A}/cases": f"read: {NEAR}",
    f"GET {A}/cases/{{number}}": f"read: {READERS}",
    f"GET {A}/cases/{{number}}/obligations": f"read: {READERS}",
    f"GET {A}/cases/{{number}}/consents": f"read: {READERS}",
    f"GET {A}/cases/{{number}}/handovers": f"read: {READERS}",
    f"GET {A}/cases/{{number}}/timeline": f"read: {READERS}",
    f"GET {A}/cases/{{number}}/duplicates": f"read: {READERS}",
    f"POST {A}/cases/{{number}}/accesses": f"read: {CARRY} {OFFICE} {PRIVACY}",
    f"POST {A}/cases/{{number}}/disclosures": f"read: {CARRY} {OFFICE} {PRIVACY}",
    f"POST {A}/search": f"read: {NEAR}",
    f"POST {A}/referrals": f"referrals: {WORKERS}",
    f"{C}/triage-no": f"write: {CARRY}",
    f"{C}/triage-yes": f"write: {WORKERS}",
    f"{C}/raise-concern": f"write: {ASKED} {SUPPORT} {OFFICE}",
    f"{C}/assess-risk-no": f"write: {CARRY}",
    f"{C}/assess-risk-yes": f"write: {CARRY}",
    f"{C}/involve-family": f"write: {CARRY}",
    f"{C}/escalate": f"write: {CARRY}",
    f"{C}/escalate-urgent": f"write: {CARRY} unassigned colleague=403",  # not before the danger is on record
    f"{C}/complete-record": f"write: {CARRY}",
    f"{C}/confirm-receipt": f"write: {CARRY} unassigned notified colleague=403",  # not before there is a notice
    f"{C}/ask": f"write: {CARRY} notified",
    f"{C}/reply": f"write: {CARRY}",
    f"{C}/report": f"write: {CARRY} notified",
    f"{C}/return-case": f"write: {CARRY} notified",
    f"{C}/return-case-support": f"write: {CARRY} notified",
    f"{C}/record-consent": f"write: {CARRY}",
    f"{C}/record-consent-partner": f"write: {CARRY}",
    f"{C}/record-consent-for": f"write: {CARRY}",
    f"{C}/record-consent-release": f"write: {CARRY}",
    f"{C}/record-consent-feedback": f"write: {CARRY}",
    f"{C}/refuse-consent": f"write: {CARRY}",
    f"{C}/withdraw-consent": f"write: {WORKERS} {ASKED} {SUPPORT} {OFFICE}",
    f"{C}/withdraw-consent-for": f"write: {WORKERS} {ASKED} {SUPPORT} {OFFICE}",
    f"{C}/withdraw-referral": f"write: {CARRY}",
    f"{C}/withdraw-consent-feedback": f"write: {WORKERS} {OFFICE}",
    f"{C}/check-consent-yes": f"write: {CARRY}",
    f"{C}/check-consent-no": f"write: {CARRY}",
    f"{C}/query-consent": f"write: {CARRY}",
    f"{C}/attempt-contact": f"write: {CARRY}",
    f"{C}/reach-family": f"write: {CARRY}",
    f"{C}/propose-handover": f"write: {KEEP}",
    f"{C}/accept": f"write: {ASKED}",
    f"{C}/decline": f"write: {ASKED}",
    f"{C}/revoke": f"write: {CARRY} {OFFICE}",
    f"{C}/end-support": f"write: {CARRY} {SUPPORT} {OFFICE}",
    f"{C}/review": f"write: {CARRY}",
    f"{C}/close": f"write: {KEEP}",
    f"{C}/reopen": f"write: {OFFICE}",
    f"{C}/note": f"write: {CARRY} {SUPPORT} notified {OFFICE}",
    f"{C}/correct": f"write: {CARRY}",
    f"{C}/assign": f"write: {KEEP} unassigned {OFFICE}",
    f"{C}/{{command}}": f"write: {_each(NEAR, 404)}",
    f"GET {A}/persons": f"read: {HOUSE}",
    f"GET {A}/recipients": f"read: {HOUSE}",
    f"GET {A}/process": f"read: {ALL}",
    f"GET {A}/process/diagram": f"read: {ALL}",
    f"POST {A}/audit-entries/search": f"read: {OFFICE} {PRIVACY}",
    f"GET {A}/openings": f"read: {ALL}",
    f"POST {A}/openings, emergency": f"write: colleague=201 {_each(f'{CARRY} unassigned', 409)}",
    f"POST {A}/openings, inspection": "write: supervisor=201 inspecting=409",
    f"POST {A}/openings, sample": "write: dpo=201 sampling=409",
    f"POST {A}/openings, clarify": "write: responsible=201 substitute=201",
    f"POST {A}/openings, advice": "write: responsible=201 substitute=201",
    f"POST {A}/openings/{{opening}}/end, one's own": f"write: {_each(HOLDERS, 200)}",
    f"POST {A}/openings/{{opening}}/end, somebody's emergency": f"write: {_each(OVERSEE, 200)}",
    f"POST {A}/openings/{{opening}}/end, an advice": f"write: {_each(f'responsible substitute {OVERSEE} {ADVICE}', 200)}",
    f"POST {A}/openings/{{opening}}/review": f"write: {_each(OFFICE, 200)}",
    f"GET {A}/partner/referrals": f"referrals: {_each(PARTNERS, 200)}",
    f"POST {A}/partner/referrals": f"referrals: {_each(PARTNERS, 201)}",
    f"GET {A}/partner/referrals/{{reference}}": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/consent": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/withdraw": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/concern": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/release": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/withdraw-consent": "referrals: referrer=200",
    f"POST {A}/partner/referrals/{{reference}}/withdraw-feedback": "referrals: referrer=200",
    f"GET {A}/institutions": f"read: {HOUSE}",
    f"PUT {A}/institutions/{{institution}}": f"write: {_each(f'{OFFICE} {NETWORK} admin', 200)}",
    f"POST {A}/institutions/{{institution}}/invitations": f"write: {_each(f'{OFFICE} {NETWORK} admin', 201)}",
    f"GET {A}/escalations": f"read: {JUGENDAMT}",
    f"GET {A}/escalations/{{number}}": "read: notified=200",
    f"POST {A}/handovers/search": f"read: {_each(OVERSEE, 200)}",
    f"POST {A}/handovers/{{case}}/{{handover}}/chain": f"read: {_each(OVERSEE, 200)}",
    f"POST {A}/handovers/{{case}}/{{handover}}/review": f"write: {_each(OFFICE, 200)}",
    f"GET {A}/substitutions": f"read: {ALL}",
    f"POST {A}/substitutions, for oneself": f"write: {_each(WORKERS, 201)} {_each(OFFICE, 422)}",
    f"POST {A}/substitutions, for a colleague": f"write: {_each(OFFICE, 201)}",
    f"POST {A}/substitutions/end, one's own": f"write: {_each(f'{WORKERS} {OFFICE}', 200)}",
    f"POST {A}/substitutions/end, a colleague's": f"write: {_each(OFFICE, 200)}",
    f"GET {A}/session": f"any: {ALL}",
    f"DELETE {A}/session": f"any: {_each(ALL, 409)}",
    f"POST {A}/session/password": f"any: {_each(ALL, 409)}",
    f"POST {A}/session/second-factor": f"any: {_each(ALL, 409)}",
    f"POST {A}/session/second-factor/confirm": f"any: {_each(ALL, 409)}",
    f"POST {A}/session/second-factor/remove": f"any: {_each(ALL, 409)}",
    f"GET {A}/session/others": f"any: {_each(ALL, 409)}",
    f"DELETE {A}/session/others": f"any: {_each(ALL, 409)}",
    f"GET {A}/session/mail": f"read: {ALL}",
    f"PUT {A}/session/mail": f"write: {ALL}",
    f"POST {A}/calendar": f"write: {_each(ALL, 409)}",
    f"DELETE {A}/calendar": f"write: {_each(ALL, 204)}",
    f"GET {A}/tokens": f"read: {ALL}",
    f"POST {A}/tokens": f"write: {_each(ALL, 409)}",
    f"DELETE {A}/tokens/{{token_id}}": f"write: {_each(ALL, 404)}",
    f"GET {A}/users": f"admin: {_each(f'{OFFICE} admin', 200)}",
    f"PUT {A}/users/{{person_id}}": f"admin: {_each(f'{OFFICE} admin', 200)}",
    f"PUT {A}/users/{{person_id}}/state": f"admin: {_each(f'{OFFICE} admin', 200)}",
    f"POST {A}/users/{{person_id}}/invitation": f"admin: {_each(f'{OFFICE} admin', 201)}",
    f"POST {A}/users/{{person_id}}/reset": f"admin: {_each(f'{OFFICE} admin', 201)}",
    f"POST {A}/session": f"public: {_each(ALL, '401/429')}",
    f"GET {A}/session/oidc/return": f"public: {_each(ALL, 404)}",
    f"POST {A}/session/oidc/start": f"public: {_each(ALL, 404)}",
    f"POST {A}/session/oidc/logout": f"public: {_each(ALL, 404)}",
    f"POST {A}/links/{{purpose}}": f"public: {_each(ALL, 410)}",
    f"GET {A}/calendar/{{key}}/fristen.ics": f"public: {_each(ALL, 200)}",
    f"GET {A}/openapi.json": f"public: {_each(ALL, 200)}",
    "GET /livez": f"public: {_each(ALL, 200)}",
    "GET /readyz": f"public: {_each(ALL, 200)}",
}  # fmt: skip
"""By operation, and by variant where one operation is several things."""


def scope_of(row: str) -> str:
    """The scope that a token needs for this line; "any" and "public" ask for none."""
    return TABLE[row].partition(":")[0]


def allowed(row: str) -> Iterator[tuple[str, frozenset[int] | None]]:
    """Each stance that may, with the statuses it gets; None: it is done, or the process says why not now."""
    for word in TABLE[row].partition(":")[2].split():
        stance, _, status = word.partition("=")
        yield stance, frozenset(map(int, status.split("/"))) if status else None
