/**
 * The guards of the way: each turns the decision of one defence into a refusal.
 *
 * Promise: authentication comes before permission, permission before any lookup, and an object of
 * somebody else is as missing as one that never was (requirements 5.2). Limits: internal to `http/`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  audiencesFor,
  decideFunction,
  loadObjects,
  type FunctionAllow,
  type ShadowDisagreement,
} from "../authorization/index.ts";
import { compileInput, parseJson, type InputParser } from "../contract/index.ts";
import { lifecycleState } from "../inventory/index.ts";
import { Problem, unreachable, type AuthenticationDecision } from "../kernel/index.ts";
import type { Quota, QuotaOutcome } from "../quota/index.ts";
import { acceptOnce, verifyWebhook, type AnyWebhook } from "../webhook/index.ts";
import { isAcceptable } from "./acceptable.ts";
import type { Passage } from "./passage.ts";

/** 421 for a host the API does not answer for. */
export function requireHost({ checkpoint, message }: Passage): void {
  if (checkpoint.hosts === undefined) return;
  const host = (message.headers.host ?? "").toLowerCase();
  if (!checkpoint.hosts.has(host))
    throw new Problem("misdirected-request", {}, { reason: "unknown-host" });
}

/** 410 from the second of the sunset on. */
export function requireLife({ compiled, now }: Passage): void {
  if (lifecycleState(compiled.endpoint.lifecycle, now) === "retired")
    throw new Problem("gone", {}, { reason: "after-sunset" });
}

/** 406 when the client takes none of the media types there are. */
export function requireAcceptable({ message, compiled }: Passage): void {
  const { accept } = message.headers;
  if (accept === undefined || accept === "*/*") return;
  if (accept === "application/json" && compiled.answersJson) return;
  if (!isAcceptable(accept, compiled)) throw new Problem("not-acceptable");
}

function requireOutcome(outcome: QuotaOutcome, quota: Quota): void {
  if (outcome.effect === "allow") return;
  const retryAfter = Math.max(1, outcome.retryAfterSeconds);
  const reason = `${quota.text} (${outcome.source})`;
  // Nobody counted, so nobody is told that they asked too often.
  const code = outcome.source === "refused-while-away" ? "unavailable" : "quota-exceeded";
  throw new Problem(code, { retryAfter }, { reason });
}

/** 429 for a source that floods the service, before anything costly is done for it. */
export function takeSourceQuota(passage: Passage): Promise<void> | undefined {
  const { limiter, sourceQuota } = passage.checkpoint;
  const outcome = limiter.take(`source|${passage.sourceKey}`, sourceQuota);
  if (outcome instanceof Promise)
    return outcome.then((settled) => chargeSource(passage, settled, sourceQuota));
  chargeSource(passage, outcome, sourceQuota);
  return undefined;
}

function chargeSource(passage: Passage, outcome: QuotaOutcome, quota: Quota): void {
  if (outcome.effect === "deny") passage.sourceRefusal = outcome;
  requireOutcome(outcome, quota);
}

/** Takes units of the endpoint's quota for the principal, or for the source where there is none. */
function takeUnits(passage: Passage, cost: number): QuotaOutcome | Promise<QuotaOutcome> {
  const { compiled, checkpoint, principal } = passage;
  const { key, sharedAs, whenAway } = compiled.quotaDeclaration;
  const who =
    key === "principal" && principal !== undefined ? principal.subject : passage.sourceKey;
  return checkpoint.limiter.take(`${sharedAs}|${who}`, compiled.quota, { cost, whenAway });
}

/** 429 for a principal, or a source where there is none, that used up the endpoint's quota. */
export function takePrincipalQuota(passage: Passage): Promise<void> | undefined {
  const outcome = takeUnits(passage, 1);
  if (outcome instanceof Promise) return outcome.then((settled) => charge(passage, settled));
  charge(passage, outcome);
  return undefined;
}

function charge(passage: Passage, outcome: QuotaOutcome): void {
  passage.quota = outcome;
  requireOutcome(outcome, passage.compiled.quota);
}

/** The rest of what a request costs, once it is known how many elements it has. */
export async function takeElementCost(passage: Passage): Promise<void> {
  const { cost } = passage.compiled.endpoint;
  if (cost === undefined) return;
  const units = Math.ceil(cost({ body: passage.body as never }));
  if (units > 1) charge(passage, await takeUnits(passage, units - 1));
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new Problem("unauthenticated", {}, { reason: "no-credentials" });
  if (header.length > 7 && header.slice(0, 7).toLowerCase() === "bearer ")
    return header.slice(7).trim();
  throw new Problem("unauthenticated", {}, { reason: "not-a-bearer-token" });
}

/** 401 without a valid access token; anonymous endpoints do not look at credentials. */
export function authenticate(passage: Passage): Promise<void> | undefined {
  const { compiled, checkpoint, message } = passage;
  if (compiled.anonymous) return undefined;
  if (checkpoint.authenticator === undefined)
    throw new Problem("unauthenticated", {}, { reason: "no-authenticator" });
  const token = bearerToken(message.headers.authorization);
  const decision = checkpoint.authenticator.authenticate(token);
  if (decision instanceof Promise) return decision.then((settled) => admit(passage, settled));
  admit(passage, decision);
  return undefined;
}

function admit(passage: Passage, decision: AuthenticationDecision): void {
  if (decision.effect === "deny") {
    passage.claimant = decision.subject;
    passage.object = decision.object;
    throw new Problem("unauthenticated", {}, { reason: decision.reason });
  }
  passage.principal = decision.principal;
  passage.grants["principal"] = decision.principal;
}

/** 401 for missing freshness, 403 for a missing right; names the objects still to be found. */
export function permitFunction(passage: Passage): FunctionAllow {
  const { compiled, principal, parameters, now } = passage;
  const rule = compiled.endpoint.access;
  const decision = decideFunction(rule, { principal, parameters, now });
  for (const disagreement of decision.disagreements) noteDisagreement(passage, disagreement);
  if (decision.effect === "allow") {
    passage.audiences = audiencesFor(rule, principal);
    return decision;
  }
  switch (decision.reason) {
    case "unauthenticated":
      throw new Problem("unauthenticated", {}, { reason: "no-credentials" });
    case "step-up-required":
      throw new Problem("step-up-required", { maxAge: decision.maxAge });
    case "owner-mismatch":
      throw new Problem("owner-mismatch");
    case "wrong-kind":
    case "role-missing":
      throw new Problem("forbidden", {}, { reason: decision.reason });
    default:
      return unreachable(decision);
  }
}

/** A rule on trial decides otherwise than the enforced one: worth knowing before it is enforced. */
function noteDisagreement(passage: Passage, disagreement: ShadowDisagreement): void {
  passage.checkpoint.events.note(
    {
      name: "x_shadow_disagreement",
      subject: passage.principal?.subject,
      object: passage.compiled.operationId,
      reason: disagreement.rule,
      data: { candidate: disagreement.candidate, enforced: disagreement.enforced },
    },
    { at: new Date(passage.now), requestId: passage.requestId, source: passage.sourceKey },
  );
}

/** 404 for an object the principal may not see, whether it exists or not. */
export async function findObjects(passage: Passage, decision: FunctionAllow): Promise<void> {
  const { principal, parameters, compiled } = passage;
  const found = await loadObjects(passage.transaction, decision, {
    principal,
    parameters,
    report: (disagreement) => noteDisagreement(passage, disagreement),
  });
  if (found === undefined) throw new Problem("not-found", {}, { reason: "object-not-visible" });
  Object.assign(passage.grants, found);
  passage.audiences = audiencesFor(compiled.endpoint.access, principal, found);
  for (const { resource, parameter } of decision.objects)
    if (resource.kind in found)
      passage.object ??= `${resource.kind}:${parameters[parameter] ?? ""}`;
}

const eventParsers = new WeakMap<AnyWebhook, InputParser>();
const nobody: ReadonlySet<string> = new Set();

/** 401 for a bad signature; then the event is parsed and noted in the inbox. */
export async function verifySignature(passage: Passage): Promise<void> {
  const { compiled, rawBody, message, now } = passage;
  const { webhook } = compiled;
  if (webhook === undefined || rawBody === undefined) return;
  const verified = verifyWebhook(webhook.scheme, {
    headers: message.headers,
    body: rawBody,
    now: new Date(now),
  });
  if (verified.effect === "deny")
    throw new Problem("webhook-signature-invalid", {}, { reason: verified.reason });
  passage.grants["event"] = parseEvent(webhook, rawBody);
  passage.delivery = await acceptOnce(passage.transaction, {
    source: webhook.name,
    id: verified.id,
    receivedAt: new Date(now),
    fingerprint: createHash("sha256").update(rawBody).digest("hex"),
  });
  passage.object = `webhook:${webhook.name}`;
}

function parseEvent(webhook: AnyWebhook, rawBody: Uint8Array): unknown {
  const json = parseJson(rawBody);
  if (json.effect === "deny") throw new Problem("malformed-body", {}, { reason: json.reason });
  let parser = eventParsers.get(webhook);
  if (parser === undefined) {
    parser = compileInput(webhook.event);
    eventParsers.set(webhook, parser);
  }
  const parsed = parser(json.value, nobody);
  if (parsed.effect === "deny")
    throw new Problem("invalid-request", { errors: parsed.errors }, { reason: "event-contract" });
  return parsed.value;
}
