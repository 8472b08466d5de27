// An approval from asking to knowing, with the client that @hey-api/openapi-ts makes of the document.
import { createClient, createConfig } from "../generated/hey-api/client/index.js";
import * as countersign from "../generated/hey-api/index.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", agentKey = "", approverKey = ""] = process.argv;
const by = (key: string) => createClient(createConfig({ baseUrl, auth: key }));
const [agent, approver] = [by(agentKey), by(approverKey)];

const meta: countersign.CreateRequestInput["meta"] = {
  origin: { repo: "acme/outreach" },
  requester: { id: "demo", source: "agent" },
  justification: "Jane asked for a quote",
};
const params = { to: "jane@acme.com", lines: [{ sku: "A-1", count: 2 }], urgent: null };
const asked = await countersign.createRequest({ client: agent, body: { action: "gmail.send", params, meta } });
if (!asked.data) throw new Error(JSON.stringify(asked.error));
const { requestId, token } = asked.data;

const listed = await countersign.listApprovals({ client: approver, query: { status: "pending" } });
const mine = listed.data?.approvals.find((one) => one.approval_id === requestId);
if (!mine) throw new Error("it is not in the list");

const path = { approval_id: mine.approval_id };
const decided = await countersign.resolveApproval({ client: approver, path, body: { decision: "approved" } });
if (decided.data?.status !== "approved") throw new Error("it is not approved");

const polled = await countersign.waitRequestPoll({ client: agent, body: { token } });
const read = await countersign.getApproval({ client: approver, path });
const deliveries: countersign.Delivery[] = read.data?.deliveries ?? [];
const refused = await countersign.createRequest({ client: agent, body: { action: "bank.rob", params: {}, meta } });
const code = refused.error && "code" in refused.error ? refused.error.code : "other";
console.log(polled.data?.status, polled.data?.decisionParams?.to, deliveries.length, code);

// What nobody has to say, and what nobody may.
export const least: countersign.ConnectorInput = { name: "hook", endpoint: "https://acme.com/hook" };
// @ts-expect-error
await countersign.listApprovals({ client: approver, query: { stauts: "pending" } });
// @ts-expect-error
export const wrong: countersign.ResolveInput = { decision: "maybe" };
