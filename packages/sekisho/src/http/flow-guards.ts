/**
 * The guards of business flows: state, idempotency, allowance (OWASP API6:2023).
 *
 * Promise: each is one conditional statement in the transaction of the request. Limits: internal to
 * `http/`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { NeededObject } from "../authorization/index.ts";
import {
  beginIdempotent,
  finishIdempotent,
  parseIdempotencyKey,
  takeFlowQuota,
  takeStep,
  type FlowStep,
} from "../flow/index.ts";
import { Problem } from "../kernel/index.ts";
import type { Answer } from "./handler.ts";
import type { Passage } from "./passage.ts";

const idempotencySeconds = 86_400;

/** 409 in any other state; of parallel calls one takes the step. */
export async function takeDeclaredStep(
  passage: Passage,
  step: FlowStep,
  objects: readonly NeededObject[],
): Promise<void> {
  const [object] = objects;
  const id = object === undefined ? "" : (passage.parameters[object.parameter] ?? "");
  const taken = await takeStep(passage.transaction, step, {
    id,
    actorId: passage.principal?.subject,
    at: new Date(passage.now),
  });
  if (taken.effect === "allow") {
    if (object !== undefined) passage.grants[object.resource.kind] = taken.row;
    return;
  }
  if (taken.reason === "version-mismatch") throw new Problem("precondition-failed");
  if (taken.reason === "missing") throw new Problem("not-found", {}, { reason: "gone-meanwhile" });
  const members = { state: taken.state, allowedSteps: taken.allowedSteps };
  const { stepProblem } = passage.compiled.endpoint;
  if (stepProblem === undefined) throw new Problem("illegal-step", members);
  throw new Problem(stepProblem, members, { reason: "illegal-step" });
}

function keyOf(passage: Passage): string | undefined {
  const header = passage.message.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const parsed = parseIdempotencyKey(typeof header === "string" ? header : "");
  if (parsed.effect === "deny")
    throw new Problem(
      "malformed-request",
      { detail: "Idempotency-Key must be one quoted string." },
      { reason: parsed.reason },
    );
  return parsed.key;
}

function fingerprintOf(passage: Passage): string {
  return createHash("sha256")
    .update(`${passage.message.url ?? ""}\n`)
    .update(passage.rawBody ?? new Uint8Array())
    .digest("hex");
}

/** The twin that holds the key took longer than a statement may wait for it. */
function refuseImpatience(error: unknown): never {
  if (!(error instanceof Problem) || error.reason !== "database-timeout") throw error;
  throw new Problem(
    "idempotency-key-in-use",
    { retryAfter: 1 },
    { reason: "twin-at-work", cause: error },
  );
}

/** The stored answer when this very request was already carried out; 422 when it was another. */
export async function beginOnce(passage: Passage): Promise<Answer | undefined> {
  const key = keyOf(passage);
  const subject = passage.principal?.subject;
  if (key === undefined || subject === undefined) return undefined;
  const begun = await beginIdempotent(passage.transaction, {
    subject,
    endpoint: passage.compiled.operationId,
    key,
    fingerprint: fingerprintOf(passage),
    now: new Date(passage.now),
    lifetimeSeconds: idempotencySeconds,
  }).catch(refuseImpatience);
  switch (begun.outcome) {
    case "new":
      passage.idempotencyKey = key;
      return undefined;
    case "mismatch":
      throw new Problem("idempotency-key-reused");
    case "replay": {
      const output = passage.compiled.outputs.get(begun.status);
      if (output === undefined) throw new Problem("conflict", {}, { reason: "stored-status-gone" });
      return { output, body: begun.body ?? undefined, location: begun.location ?? undefined };
    }
  }
}

/** Keeps the answer in the transaction of its effect. */
export async function finishOnce(passage: Passage, answer: Answer): Promise<void> {
  const subject = passage.principal?.subject;
  if (passage.idempotencyKey === undefined || subject === undefined) return;
  await finishIdempotent(passage.transaction, {
    subject,
    endpoint: passage.compiled.operationId,
    key: passage.idempotencyKey,
    status: answer.output.status,
    location: answer.location,
    body: typeof answer.body === "string" ? answer.body : undefined,
  });
}

/** 429 when the principal has taken the flow as often as the business allows. */
export async function takeFlowAllowance(passage: Passage): Promise<void> {
  const { flowQuota, operationId } = passage.compiled;
  const subject = passage.principal?.subject;
  if (flowQuota === undefined || subject === undefined) return;
  const taken = await takeFlowQuota(passage.transaction, {
    flow: operationId,
    subject,
    quota: flowQuota,
    at: new Date(passage.now),
  });
  if (taken.effect === "deny")
    throw new Problem(
      "quota-exceeded",
      { retryAfter: taken.retryAfterSeconds },
      { reason: taken.reason },
    );
}
