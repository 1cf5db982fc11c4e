"""A day with the client that was generated: run by `test_client.py` in an environment without Lotse."""

import sys
from uuid import uuid4

from lotse_client import AuthenticatedClient, models
from lotse_client.api.cases import list_cases, open_case
from lotse_client.api.commands import check_consent_yes, reach_family, triage_no
from lotse_client.api.referrals import receive
from lotse_client.api.worklist import worklist

with AuthenticatedClient(sys.argv[1], token="fachkraft", raise_on_unexpected_status=True) as client:
    referral = models.ReceiveSelf(command="receive-self", surname="Musterfrau", phone="0151 00000042")
    key = str(uuid4())
    first = receive.sync(client=client, body=referral, idempotency_key=key)
    again = receive.sync(client=client, body=referral, idempotency_key=key)
    assert isinstance(first, models.Receipt)
    assert first == again
    number = first.number

    blocked = reach_family.sync(
        number,
        client=client,
        body=models.ReachFamily(channel=models.ReachFamilyChannel.PHONE),
        if_match=f'"{first.version}"',
    )
    assert isinstance(blocked, models.Problem)
    assert blocked.next_command

    version = first.version
    for step, body in (
        (triage_no, models.TriageNo()),
        (check_consent_yes, models.CheckConsentYes()),
        (reach_family, models.ReachFamily(channel=models.ReachFamilyChannel.PHONE)),
    ):
        done = step.sync(number, client=client, body=body, if_match=f'"{version}"')
        assert isinstance(done, models.Receipt), done
        version = done.version

    case = open_case.sync(number, client=client)
    assert isinstance(case, models.CaseView)
    assert case.family.surname == "Musterfrau"
    assert [line.number for line in list_cases.sync(client=client).items] == [number]
    assert [item.number for item in worklist.sync(client=client).items][:1] == [number]
    print(number, case.state)
