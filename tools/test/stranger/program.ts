/**
 * What somebody writes who has only the package: one use of each public subpath. `package.test.ts`
 * copies this file into a project of its own, compiles it there and runs it.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { createDecisionLog } from "sekisho/audit";
import {
  checkPassword,
  createSigningKey,
  createTokenIssuer,
  createTokenVerifier,
  hashPassword,
  publicJwks,
  verifyPassword,
  verifyTotp,
} from "sekisho/authentication";
import { anonymous, authenticated } from "sekisho/authorization";
import { parseJson } from "sekisho/contract";
import { checkDestination, classifyAddress, createEgress } from "sekisho/egress";
import { defineFlow } from "sekisho/flow";
import { securityHeaders } from "sekisho/hardening";
import { createApi, defineEndpoint } from "sekisho/http";
import { buildOpenApi, compareOpenApi, production } from "sekisho/inventory";
import { problemTypes, systemClock, systemRandomness, type Problem } from "sekisho/kernel";
import { createMemoryQuotaStore, createQuota, parseQuota } from "sekisho/quota";
import { createStore } from "sekisho/store";
import { createTestAuthenticator, testPrincipal } from "sekisho/testing";
import { defineUpstream } from "sekisho/upstream";
import {
  githubSignature,
  hmacSignature,
  slackSignature,
  standardWebhooks,
  stripeSignature,
  verifyWebhook,
} from "sekisho/webhook";
import { z } from "zod";

const results: Record<string, unknown> = {};

const hello = defineEndpoint({
  method: "GET",
  path: "/hello/:name",
  summary: "Greets",
  team: "strangers",
  lifecycle: production({ since: "2026-11-01" }),
  access: anonymous("everybody is greeted"),
  output: { 200: z.strictObject({ greeting: z.string().max(200) }) },
  handle: ({ parameters, reply }) => reply(200, { greeting: `hello ${parameters.name}` }),
});
const whoAmI = defineEndpoint({
  method: "GET",
  path: "/me",
  summary: "The caller",
  team: "strangers",
  lifecycle: production({ since: "2026-11-01" }),
  access: authenticated(),
  output: { 200: z.strictObject({ id: z.string().max(64) }) },
  handle: ({ principal, reply }) => reply(200, { id: principal.subject }),
});
// Were the types of the package not found, these mistakes would compile, and the expectations fail.
// @ts-expect-error an endpoint without an access rule
void (() => defineEndpoint({ ...hello, access: undefined }));
// @ts-expect-error no such lifecycle
void (() => production({ since: 1 }));

const api = await createApi({
  title: "Stranger",
  version: "1.0.0",
  endpoints: [hello, whoAmI],
  authenticator: createTestAuthenticator({ secret: testPrincipal({ subject: "alice" }) }),
});
const origin = await api.listen({ host: "127.0.0.1", port: 0 });
const greeted = await fetch(`${origin}/hello/world`);
const refused = await fetch(`${origin}/me`);
const admitted = await fetch(`${origin}/me`, { headers: { authorization: "Bearer secret" } });
await api.close();
results["http"] = [greeted.status, refused.status, admitted.status];
results["contract"] = [await greeted.json(), parseJson(Buffer.from('{"a":1,"a":2}'), { depth: 4 })];
const title: Problem["code"] = "unauthenticated";
results["kernel"] = ((await refused.json()) as { readonly code: string }).code === title;

const resolve = (address: string) => () => Promise.resolve([{ address, family: 4 as const }]);
const policy = { schemes: ["https"], hosts: ["api.partner.com"], ports: [443] };
const url = "https://api.partner.com/document";
const allowed = await checkDestination(url, policy, resolve("93.184.215.14"));
const denied = await checkDestination(url, policy, resolve("169.254.169.254"));
const egress = createEgress({ policy });
results["egress"] = [
  allowed.effect,
  denied.effect === "deny" && denied.reason,
  classifyAddress("127.0.0.1").effect,
  (await egress.request("https://elsewhere.example/")).effect,
];

const partner = defineUpstream("partner", {
  origin: "https://api.partner.com",
  egress,
  endpoints: {
    getDocument: {
      method: "GET",
      path: "/documents/:documentId",
      response: z.object({ title: z.string().max(200) }),
      timeoutMilliseconds: 2_000,
      idempotent: true,
      maximumBytes: 65_536,
    },
  },
  retry: { attempts: 2, budget: 0.2 },
  breaker: { threshold: 0.5, window: 20, minimumCalls: 10, halfOpenAfterMilliseconds: 10_000 },
  bulkhead: { concurrent: 4, queued: 4 },
});
await egress.close();
const answer = await partner.call("getDocument", { path: { documentId: "1" } });
results["upstream"] = answer.effect;

const key = createSigningKey("ES256");
const issuer = "https://stranger.example";
const audience = "stranger";
const tokens = createTokenIssuer({
  issuer,
  audience,
  key,
  clock: systemClock,
  randomness: systemRandomness,
});
const { token } = await tokens.issue({
  subject: "alice",
  clientId: "shop",
  sessionId: "session-1",
  authenticatedAt: Math.floor(systemClock.now() / 1000),
  methods: ["pwd"],
  roles: [],
});
const verifier = createTokenVerifier({ issuer, audience, jwks: publicJwks([key]) });
const hash = await hashPassword("correct horse battery staple!");
results["authentication"] = [
  (await verifier.verify(token)).effect,
  (await verifier.verify(`${token}A`)).effect,
  (await verifyPassword("correct horse battery staple!", hash)).effect,
  (await verifyPassword("wrong horse battery staple!", hash)).effect,
  checkPassword("password123!").effect,
  verifyTotp({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", code: "287082", now: 59_000 }).effect,
];

const limiter = createQuota({ store: createMemoryQuotaStore() });
const quota = parseQuota("2/minute;1/second");
results["quota"] = [
  quota.windows.length,
  (await limiter.take("somebody", quota)).effect,
  (await limiter.take("somebody", quota)).effect,
];

const body = Buffer.from('{"type":"payment.succeeded"}');
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const now = Date.UTC(2026, 10, 24);
const seconds = String(now / 1000);
const signature = createHmac("sha256", Buffer.alloc(32, 7))
  .update(`message-1.${seconds}.`)
  .update(body)
  .digest("base64");
const headers = {
  "webhook-id": "message-1",
  "webhook-timestamp": seconds,
  "webhook-signature": `v1,${signature}`,
};
const scheme = standardWebhooks({ secrets: [secret] });
results["webhook"] = [
  verifyWebhook(scheme, { headers, body, now }).effect,
  verifyWebhook(scheme, { headers, body: Buffer.from("{}"), now }).effect,
  [
    hmacSignature({ header: "x-signature", secrets: [secret] }),
    stripeSignature({ secrets: [secret] }),
    githubSignature({ secrets: [secret] }),
    slackSignature({ secrets: ["0123456789abcdef0123456789abcdef"] }),
  ].map((other) => verifyWebhook(other, { headers: {}, body, now }).effect),
];

const document = buildOpenApi([], {
  title: "Stranger",
  version: "1.0.0",
  problemCodes: problemTypes,
});
const { changes } = compareOpenApi(
  { openapi: "3.1.0", paths: { "/hello": { get: { responses: {} } } } },
  document,
);
results["inventory"] = changes.map(({ breaking, method, path }) => [breaking, method, path]);

const flow = defineFlow({
  name: "order",
  table: "orders",
  stateColumn: "status",
  states: ["draft", "done"],
  initial: "draft",
  final: ["done"],
  steps: { finish: { from: ["draft"], to: "done" } },
  events: { table: "order_events", streamColumn: "order_id" },
});
results["flow"] = flow.name;

const store = await createStore({ url: "memory:", migrations: [] });
await store.migrate();
results["store"] = await store.asSystem("prove that it works", async (session) => {
  const { rows } = await session.query<{ answer: number }>("SELECT 6 * 7 AS answer", []);
  return rows[0]?.answer;
});
await store.close();

results["hardening"] = securityHeaders({ tls: true }).some(
  ([name]) => name === "strict-transport-security",
);
const lines: string[] = [];
const log = createDecisionLog({ destination: { write: (line: string) => void lines.push(line) } });
log.warn({ upstream: "partner" }, "breaker open");
await log.close();
results["audit"] = lines.length;

process.stdout.write(`${JSON.stringify(results)}\n`);
