/**
 * The way of a request, in order (design: "one place shows it").
 *
 * ingress gate → overload (503) → source quota (429) → host (421) → retired (410) → acceptable (406)
 * → authentication (401) → function permission (403, before any lookup) → principal quota (429)
 * → size, media type, parse (413, 415, 400) → contract (422) → object (404) → idempotency
 * → flow step (409) → flow quota → handler → audit event → projection → commit → answer
 * → decision line.
 *
 * Promise: every endpoint goes this way and no other; a step that refuses ends it. Projection comes
 * before the commit, so that an answer against the contract undoes what it would have told about.
 * Limits: the gate, 404 and 405 happen before, in `raw-server.ts` and `not-found.ts`.
 *
 * @module
 */

import { Problem } from "../kernel/index.ts";
import { sendAnswer, sendProblem } from "./finish.ts";
import { handle, type Answer } from "./handler.ts";
import { takeInput } from "./input.ts";
import {
  authenticate,
  findObjects,
  permitFunction,
  requireAcceptable,
  requireHost,
  requireLife,
  takePrincipalQuota,
  takeSourceQuota,
  verifySignature,
} from "./guards.ts";
import { beginOnce, finishOnce, takeFlowAllowance, takeDeclaredStep } from "./flow-guards.ts";
import type { Passage } from "./passage.ts";

/** Takes a request from its match to its answer; never rejects. */
export async function travel(passage: Passage): Promise<void> {
  const { inFlight } = passage.checkpoint;
  inFlight.add(passage);
  try {
    const answer = await pass(passage);
    sendAnswer(passage, answer);
  } catch (error) {
    await passage.rollback();
    sendProblem(passage, error);
  } finally {
    inFlight.delete(passage);
  }
}

async function pass(passage: Passage): Promise<Answer> {
  refuseOverload(passage);
  // Answers that are there at once are not awaited: a known token costs no turn of the loop.
  const source = takeSourceQuota(passage);
  if (source !== undefined) await source;
  requireHost(passage);
  requireLife(passage);
  requireAcceptable(passage);

  if (passage.compiled.webhook === undefined) {
    const authenticated = authenticate(passage);
    if (authenticated !== undefined) await authenticated;
  }
  const permitted = permitFunction(passage);
  const counted = takePrincipalQuota(passage);
  if (counted !== undefined) await counted;

  const input = takeInput(passage);
  if (input !== undefined) await input;
  if (passage.compiled.webhook !== undefined) await verifySignature(passage);
  if (permitted.objects.length > 0 || permitted.trials.length > 0)
    await findObjects(passage, permitted);

  const { endpoint } = passage.compiled;
  if (endpoint.idempotent) {
    const stored = await beginOnce(passage);
    if (stored !== undefined) {
      await passage.rollback();
      return stored;
    }
  }
  if (endpoint.step !== undefined)
    await takeDeclaredStep(passage, endpoint.step, permitted.objects);
  if (passage.compiled.flowQuota !== undefined) await takeFlowAllowance(passage);

  const handled = handle(passage);
  const answer = handled instanceof Promise ? await handled : handled;
  if (endpoint.audit !== undefined && typeof endpoint.audit === "string")
    await passage.record({
      // A copy of a message has no second effect and must not look like one in the trail.
      name: passage.delivery === "first" ? endpoint.audit : "x_webhook_replayed",
      subject: passage.principal?.subject,
      ...(passage.target === undefined ? {} : { object: passage.target }),
      ...(passage.delivery === "altered" ? { reason: "other-body-under-a-known-id" } : {}),
    });
  if (endpoint.idempotent) await finishOnce(passage, answer);
  if (passage.inTransaction) await passage.commit();
  return answer;
}

function refuseOverload(passage: Passage): void {
  if (passage.checkpoint.overloaded())
    throw new Problem("overloaded", { retryAfter: 2 }, { reason: "event-loop-delay" });
}
