// Lambda's loop around a handler that does what `create` does, as little as a function of Node's can be: the same reads, the same writes
// under the same conditions, the same answer. It checks next to nothing, and finds the root secret in its environment.
import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { Agent, request as ask } from "node:http";
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";

const { AWS_LAMBDA_RUNTIME_API, ROOT_SECRET, STREAM_URL, TABLE_NAME: TableName, WEBSOCKET_URL } = process.env;
const STALE_AFTER_MS = 5_000;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const table = new DynamoDBClient({});
const agent = new Agent({ keepAlive: true });
const links = { stream: `${STREAM_URL}api/guard/wait`, websocket: WEBSOCKET_URL };

const hash = (text) => createHash("sha256").update(text);
const hex = (text) => hash(text).digest("hex");
const mac = (label, text) => {
  const key = hkdfSync("sha256", ROOT_SECRET, "", `countersign/${label}/1`, 32);
  return createHmac("sha256", Buffer.from(key)).update(text).digest();
};
// 16 bytes as 26 characters.
const spell = (bytes) => {
  let bits = BigInt(`0x${bytes.toString("hex")}`) << 2n;
  return Array.from({ length: 26 }, () => [ALPHABET[Number(bits & 31n)], (bits >>= 5n)][0]).reverse().join("");
};
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
};

const get = async (pk, sk, ConsistentRead = true) => {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  return (await table.send(new GetItemCommand({ TableName, Key, ConsistentRead }))).Item;
};
const put = (item, condition) => table.send(new PutItemCommand({ TableName, Item: item, ...condition }));
const isNew = { ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" };

// What was read a moment ago need not be read again.
const kept = new Map();
const recent = async (name, read) => {
  const known = kept.get(name);
  if (known && Date.now() - known.at < STALE_AFTER_MS) return known.value;
  const value = await read(known?.value);
  kept.set(name, { at: Date.now(), value });
  return value;
};
const policyOf = (workspace) => recent(`policy#${workspace}`, async (known) => {
  const { hash } = JSON.parse((await get(`policy#${workspace}`, "CURRENT")).doc.S);
  if (known?.hash === hash) return known;
  const text = await get(`policy#${workspace}`, hash);
  return { hash, ...JSON.parse((text.j ?? text.doc).S) };
});
const hoursOf = (workspace, name) => recent(`agents#${workspace}#${name}`, async () => {
  const config = await get(`agents#${workspace}`, name, false);
  return config && JSON.parse(config.doc.S).approval_ttl_hours;
});

// One token of the workspace's rate; the measured policy's never runs out.
const takeToken = (workspace, burst, now) => table.send(new UpdateItemCommand({
  TableName,
  Key: { pk: { S: `rate#${workspace}` }, sk: { S: "CREATES" } },
  UpdateExpression: "SET ws = :ws, full_at = :next, #ttl = :ttl",
  ConditionExpression: "attribute_not_exists(pk) OR full_at <= :now",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: {
    ":ws": { S: workspace },
    ":now": { N: `${now}` },
    ":next": { N: `${now + Math.max(Math.floor(60_000 / burst), 1)}` },
    ":ttl": { N: `${Math.floor(now / 1_000) + 2 * 24 * 3_600}` },
  },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
}));

const putDeadline = (workspace, id, expires) => {
  const at = new Date(expires).toISOString();
  const shard = [...id].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0, 0) % 4;
  return put({
    pk: { S: `due#${Math.floor(expires / 60_000)}#${shard}` },
    sk: { S: `${at}#deadline#${id}` },
    ws: { S: workspace },
    doc: { S: JSON.stringify({ kind: "deadline", workspace, id, at }) },
    ttl: { N: `${Math.floor(expires / 1_000) + 1}` },
  });
};

async function create(event) {
  const bearer = event.headers.authorization.split(" ")[1];
  const key = JSON.parse((await get(`key#${hex(bearer)}`, "KEY", false)).doc.S);
  if (!key.roles.includes("agent")) return { statusCode: 403 };
  const { workspace, subject } = key;
  const { action, params, meta } = JSON.parse(event.body);
  const policy = await policyOf(workspace);
  const rule = policy.actions[action];
  if (!rule) return { statusCode: 403 };
  const name = subject.slice("agent:".length);
  const hours = rule.timeoutSec ? undefined : await hoursOf(workspace, name);
  const timeoutSec = rule.timeoutSec ?? (hours && hours * 3_600) ?? policy.routing?.defaultTimeoutSec ?? 86_400;

  const now = Date.now();
  const [at, expires, id] = [new Date(now).toISOString(), now + timeoutSec * 1_000, `appr_${spell(randomBytes(16))}`];
  const proof = mac("wait-token", id);
  const token = `cwt_1_${id}_${spell(proof.subarray(0, 16))}${spell(proof.subarray(16))}`;
  const nonce = mac("nonce", id).subarray(0, 16).toString("hex");
  const digest = `sha256:${hex(canonical({ action, nonce, params }))}`;
  const document = {
    status: "ready_for_approval", action, params, digest,
    title: rule.title.replace(/\{params\.(\w+)\}/g, (_, field) => params[field]),
    justification: meta.justification, requester: meta.requester, origin: meta.origin, policy: policy.hash,
    token_hash: hash(token).digest().subarray(0, 16).toString("base64url"),
    fingerprint: mac("fingerprint", event.body).subarray(0, 16).toString("base64url"),
    history: [{ seq: 1, at, event: "requested", by: subject }],
  };
  await takeToken(workspace, policy.limits.createsPerMinute, now);
  await putDeadline(workspace, id, expires);
  await put({
    pk: { S: id }, sk: { S: "APPROVAL" }, ws: { S: workspace }, v: { N: "1" }, exp: { N: `${expires}` },
    s: { S: `${workspace}#open` }, a: { S: `${workspace}#open#${name}` }, t: { S: `${at}#${id.slice("appr_".length)}` },
    doc: { S: JSON.stringify(document) },
  }, isNew);
  const answer = {
    token, requestId: id, status: document.status, expiresAt: new Date(expires).toISOString(),
    policy: { minApprovals: 1, requiredPersonas: [], timeoutSec, executes: "agent" }, digest, nonce, links,
  };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
}

const runtime = (method, path, body) => new Promise((resolve, reject) => {
  const address = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`;
  const asked = ask(address, { method, agent }, async (answer) => {
    const parts = [];
    for await (const part of answer) parts.push(part);
    resolve({ id: answer.headers["lambda-runtime-aws-request-id"], text: Buffer.concat(parts).toString() });
  });
  asked.on("error", reject).end(body);
});

// So that there is a connection when something is to be read, as ours has it.
await get("nothing", "NOTHING", false);
for (;;) {
  const { id, text } = await runtime("GET", "next");
  await runtime("POST", `${id}/response`, JSON.stringify(await create(JSON.parse(text))));
}
