"""An approval from asking to knowing, with the client that openapi-python-client makes of the document."""
import sys

from countersign_client import AuthenticatedClient
from countersign_client.api.agents import create_request, wait_request_poll
from countersign_client.api.approvals import get_approval, list_approvals, resolve_approval
from countersign_client.models import (
    ApprovalInFull,
    ApprovalPage,
    CreateRequestInput,
    CreateRequestInputMeta,
    CreateRequestResponse,
    Decision,
    ListApprovalsStatus,
    Origin,
    Parameters,
    PolicyForbidsError,
    Requester,
    RequesterSource,
    ResolveInput,
    ResolveResponse,
    WaitRequestInput,
    WaitRequestResponse,
)

_, url, agent_key, approver_key = sys.argv
agent, approver = (AuthenticatedClient(base_url=url, token=key) for key in (agent_key, approver_key))

meta = CreateRequestInputMeta(
    origin=Origin(repo="acme/outreach"),
    requester=Requester(id="demo", source=RequesterSource.AGENT),
    justification="Jane asked for a quote",
)
params = Parameters.from_dict({"to": "jane@acme.com", "lines": [{"sku": "A-1", "count": 2}], "urgent": None})
asked = create_request.sync(client=agent, body=CreateRequestInput(action="gmail.send", params=params, meta=meta))
assert isinstance(asked, CreateRequestResponse), asked

listed = list_approvals.sync(client=approver, status=ListApprovalsStatus.PENDING)
assert isinstance(listed, ApprovalPage), listed
(mine,) = [one for one in listed.approvals if one.approval_id == asked.request_id]

decision = ResolveInput(decision=Decision.APPROVED, comment="Looks good")
decided = resolve_approval.sync(mine.approval_id, client=approver, body=decision)
assert isinstance(decided, ResolveResponse) and decided.status == "approved", decided

polled = wait_request_poll.sync(client=agent, body=WaitRequestInput(token=asked.token))
assert isinstance(polled, WaitRequestResponse) and polled.decision_params, polled
read = get_approval.sync(mine.approval_id, client=approver)
assert isinstance(read, ApprovalInFull), read
refused = create_request.sync(
    client=agent, body=CreateRequestInput(action="bank.rob", params=Parameters(), meta=meta)
)
assert isinstance(refused, PolicyForbidsError), refused
print(polled.status, polled.decision_params["to"], len(read.deliveries), refused.code)
