"""Where an answer leads on: OpenAPI links from what it names to the operations that take it.

A case that was opened leads to every step with its ETag, a step back to the case; so a program finds its way, and the
fuzzer of `tests/api/test_specification.py` goes it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_NUMBER = {"number": "$response.body#/number"}
_PARTNERS = {"reference": "$response.body#/reference"}
_PERSON = {"person_id": "$request.path.person_id"}
_HANDOVER = {"case": "$response.body#/items/0/case", "handover": "$response.body#/items/0/handover"}
_OPENING = {"opening": "$response.body#/id"}
_OF_A_CASE = ("open_case", "obligations", "consents", "case_handovers", "timeline", "duplicates")
_STEPS = "/cases/{number}/commands/"

LINKS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "receive": dict.fromkeys(_OF_A_CASE, _NUMBER),
    "list_cases": {
        "open_case": {"number": "$response.body#/items/0/number"},
        "list_cases": {"cursor": "$response.body#/next"},
    },
    "search": {"open_case": {"number": "$response.body#/items/0/number"}},
    "timeline": {"timeline": {"number": "$request.path.number", "cursor": "$response.body#/next"}},
    "take_opening": {
        "open_case": _NUMBER,
        "end_opening": _OPENING,
        "review_opening": _OPENING,
    },
    "list_notices": {"open_notice": {"number": "$response.body#/items/0/number"}},
    "search_handovers": {"show_chain": _HANDOVER, "review_handover": _HANDOVER},
    "send_referral": {
        "own_referral": _PARTNERS,
        "answer_about_consent": _PARTNERS,
        "withdraw_own_referral": _PARTNERS,
    },
    "put_institution": {"invite": {"institution": "$request.path.institution"}},
    "make_token": {"revoke_token": {"token_id": "$response.body#/made/id"}},
    "enter_user": {"invite_user": _PERSON, "lock_user": _PERSON, "reset_user": _PERSON},
}
"""From the answer of an operation to others: the operation, and which parameter is found where."""


def link(specification: dict[str, Any]) -> None:
    """Write the links into a specification."""
    operations = {
        operation["operationId"]: (path, operation)
        for path, each in specification["paths"].items()
        for operation in each.values()
    }
    for name, (path, operation) in operations.items():
        found = {**LINKS.get(name, {}), **dict(_of_steps(name, path, operations))}
        if not found:
            continue
        success = next(status for status in operation["responses"] if status.startswith("2"))
        operation["responses"][success]["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in found.items()
        }


def _of_steps(
    name: str, path: str, operations: Mapping[str, tuple[str, Any]]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """From a case to its steps, and back."""
    if _STEPS in path:
        yield "open_case", _NUMBER
    elif name == "open_case":
        for step, (address, _) in operations.items():
            if _STEPS in address and "{command}" not in address:
                yield step, {"number": "$request.path.number", "If-Match": "$response.header.ETag"}
