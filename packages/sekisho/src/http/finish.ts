/**
 * The end of the way: the answer or the problem, and one decision line.
 *
 * Promise: written once; every error that is not a problem becomes the constant 500; the private
 * reason goes to the log alone. Limits: internal to `http/`.
 *
 * @module
 */

import { decideCrossOrigin } from "../hardening/index.ts";
import { Problem, type SecurityEventName } from "../kernel/index.ts";
import { coarseRetryAfter, rateLimitHeader } from "../quota/index.ts";
import { problemHeaders, problemText, writeAnswer } from "./answer.ts";
import { announcesBody, discardRest } from "./body.ts";
import { headsForEnd } from "./connection.ts";
import type { Answer } from "./handler.ts";
import type { Passage } from "./passage.ts";
import { awaitsContinue } from "./raw-server.ts";

/** Writes a declared answer. */
export function sendAnswer(passage: Passage, answer: Answer): void {
  if (passage.answered) return;
  const headers = [...answer.output.headers];
  addCommon(passage, headers);
  if (answer.location !== undefined) headers.push("location", answer.location);
  finish(passage, answer.output.status, headers, answer.body, undefined);
}

/** Writes the public face of whatever ended the request. */
export function sendProblem(passage: Passage, error: unknown): void {
  if (passage.answered) return;
  const problem = problemOf(passage, error);
  const { checkpoint, compiled } = passage;
  const headers = [
    ...checkpoint.headers,
    ...compiled.lifecycleHeaders,
    ...problemHeaders(coarsened(passage, problem), checkpoint.realm),
  ];
  addCommon(passage, headers);
  if (problem.status === 415)
    headers.push("accept", "application/json", "accept-encoding", "identity");
  noteRefusal(passage, problem);
  const body = problemText(coarsened(passage, problem), passage.requestId);
  finish(passage, problem.status, headers, body, problem);
}

function problemOf(passage: Passage, error: unknown): Problem {
  if (error instanceof Problem) return error;
  try {
    passage.checkpoint.onInternalError(error, passage.requestId);
  } catch {
    // Who is told about a failure must not become a second one: the client still gets its answer.
  }
  return new Problem("internal-error", {}, { reason: "unexpected-error", cause: error });
}

/** Where guessing pays, an exact wait would tell which limit fired. */
function coarsened(passage: Passage, problem: Problem): Problem {
  if (problem.code !== "quota-exceeded") return problem;
  if (passage.compiled.quotaDeclaration.disclosure === "full") return problem;
  const retryAfter = coarseRetryAfter({ retryAfterSeconds: problem.members.retryAfter ?? 0 });
  return new Problem("quota-exceeded", { retryAfter }, { reason: problem.reason });
}

function addCommon(passage: Passage, headers: string[]): void {
  const { compiled, checkpoint, message } = passage;
  // A coarse quota has no policy to show, and then nothing is said of the source either.
  if (compiled.policyHeaders.length > 0) {
    const { quota, sourceRefusal } = passage;
    if (quota !== undefined)
      headers.push(...compiled.policyHeaders, "ratelimit", rateLimitHeader(quota));
    else if (sourceRefusal !== undefined)
      headers.push(...checkpoint.sourcePolicyHeaders, "ratelimit", rateLimitHeader(sourceRefusal));
  }
  if (checkpoint.crossOrigin !== undefined) {
    const decision = decideCrossOrigin(
      { origin: message.headers.origin, method: message.method ?? "" },
      checkpoint.crossOrigin,
    );
    for (const [name, value] of decision.headers) headers.push(name, value);
  }
}

function finish(
  passage: Passage,
  status: number,
  headers: string[],
  body: string | Uint8Array | undefined,
  problem: Problem | undefined,
): void {
  const { message, response, compiled, checkpoint } = passage;
  const unread = !message.complete && announcesBody(message);
  // Whoever waited for "100 Continue" may or may not send the body now: only a new connection
  // makes sure that it is not read as the next request.
  const mustEnd = status === 408 || (unread && message[awaitsContinue] === true);
  if (headsForEnd(mustEnd || checkpoint.draining(), message, response))
    headers.push("connection", "close");
  else if (unread) discardRest(message);
  const bytes = response.destroyed ? 0 : writeAnswer(response, status, headers, body);
  passage.answered = true;
  const milliseconds = performance.now() - passage.started;
  compiled.figures.observe(status, milliseconds);
  checkpoint.log.line({
    time: checkpoint.clock.now(),
    requestId: passage.knownRequestId,
    method: compiled.endpoint.method,
    path: compiled.endpoint.path,
    endpoint: compiled.operationId,
    status,
    effect: effectOf(problem),
    reason: problem?.reason,
    subject: passage.principal?.subject,
    session: passage.session,
    source: passage.sourceKey,
    durationMilliseconds: milliseconds,
    bytes,
  });
}

function effectOf(problem: Problem | undefined): "allow" | "deny" | "error" {
  if (problem === undefined) return "allow";
  return problem.status >= 500 ? "error" : "deny";
}

function refusalEvent(problem: Problem): SecurityEventName | undefined {
  switch (problem.code) {
    case "unauthenticated":
      return problem.reason === "session-ended" ? "session_use_after_expire" : undefined;
    case "forbidden":
    case "owner-mismatch":
    case "step-up-required":
      return "authz_fail";
    case "not-found":
      return problem.reason.endsWith("-not-visible") ? "malicious_direct_reference" : undefined;
    case "invalid-request":
      return problem.reason === "unknown-names" ? "malicious_extraneous" : "input_validation_fail";
    case "malformed-body":
      return "input_validation_fail";
    case "quota-exceeded":
      return "excess_rate_limit_exceeded";
    case "webhook-signature-invalid":
      return "x_webhook_refused";
    case "destination-refused":
      return "x_egress_refused";
    case "upstream-failed":
      return "x_upstream_refused";
    case "idempotency-key-reused":
      return "x_idempotency_mismatch";
    default:
      return problem.reason === "illegal-step" ? "sequence_fail" : undefined;
  }
}

function noteRefusal(passage: Passage, problem: Problem): void {
  const name = refusalEvent(problem);
  if (name === undefined) return;
  const { cause } = problem;
  passage.checkpoint.events.note(
    {
      name,
      subject: passage.principal?.subject ?? passage.claimant,
      object: passage.target ?? passage.compiled.operationId,
      reason: problem.reason,
      // A text is the finer reason of a defence; an error may quote what it fell over.
      ...(typeof cause === "string" && { data: { detail: cause } }),
    },
    { at: new Date(passage.now), requestId: passage.requestId, source: passage.sourceKey },
  );
}
