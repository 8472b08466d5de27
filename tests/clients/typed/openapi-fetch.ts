// An approval from asking to knowing, with what openapi-typescript makes of the document, over openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "../generated/openapi-typescript.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", agentKey, approverKey] = process.argv;
const by = (key?: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const [agent, approver] = [by(agentKey), by(approverKey)];

const meta = {
  origin: { repo: "acme/outreach" },
  requester: { id: "demo", source: "agent" },
  justification: "Jane asked for a quote",
} as const;
const params = { to: "jane@acme.com", lines: [{ sku: "A-1", count: 2 }], urgent: null };
const asked = await agent.POST("/api/guard/request", { body: { action: "gmail.send", params, meta } });
if (!asked.data) throw new Error(JSON.stringify(asked.error));

const listed = await approver.GET("/approvals", { params: { query: { status: "pending" } } });
const mine = listed.data?.approvals.find((one) => one.approval_id === asked.data.requestId);
if (!mine) throw new Error("it is not in the list");

const decided = await approver.POST("/approvals/{approval_id}/resolve", {
  params: { path: { approval_id: mine.approval_id } },
  body: { decision: "approved", comment: "Looks good" },
});
if (decided.data?.status !== "approved") throw new Error("it is not approved");

const polled = await agent.POST("/api/guard/wait", { body: { token: asked.data.token } });
const read = await approver.GET("/approvals/{approval_id}", { params: { path: { approval_id: mine.approval_id } } });
const events: components["schemas"]["Delivery"][] = read.data?.deliveries ?? [];
const refused = await agent.POST("/api/guard/request", { body: { action: "bank.rob", params: {}, meta } });
const code: "NOT_AUTHORIZED" | "POLICY_NOT_FOUND" | "POLICY_DENIED" | "other" =
  refused.response.status === 403 && refused.error && "code" in refused.error && refused.error.code === "POLICY_NOT_FOUND"
    ? refused.error.code
    : "other";
console.log(polled.data?.status, polled.data?.decisionParams?.to, events.length, code);

// What nobody has to say, and what nobody may.
export const least: components["schemas"]["ConnectorInput"] = { name: "hook", endpoint: "https://acme.com/hook" };
export const policy: components["schemas"]["Policy"] = { actions: { "gmail.*": { approvers: { anyOf: ["user:a@acme.com"] } } } };
// @ts-expect-error
await approver.GET("/approvals", { params: { query: { stauts: "pending" } } });
// @ts-expect-error
export const wrong: components["schemas"]["ResolveInput"] = { decision: "maybe" };
