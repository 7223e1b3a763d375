/**
 * What each problem of the library means to those who meet it, for the page under its `type`.
 *
 * Promise: every code is explained, or it does not compile; `docs/errors.md` has the same words.
 * Limits: Markdown of one paragraph each.
 *
 * @module
 */

import type { ProblemCode } from "./problem-catalogue.ts";

/** When a problem is answered, and what its receiver can do. */
export interface ProblemExplanation {
  readonly when: string;
  readonly remedy: string;
}

/**
 * The explanation of every problem of the library by its code.
 *
 * @example
 * problemExplanations["name-taken"].remedy; // "Choose another name."
 */
export const problemExplanations: Readonly<Record<ProblemCode, ProblemExplanation>> = {
  "malformed-request": {
    when: "The request line or a header field breaks the rules of HTTP: two `Host` fields, both `Content-Length` and `Transfer-Encoding`, characters that may not be there. The connection is closed.",
    remedy: "Repair the client or the proxy in front of it; a repeat ends the same way.",
  },
  "malformed-body": {
    when: "The body cannot be read as one JSON value: it is no JSON, no UTF-8, names a property twice, uses a name such as `__proto__`, or is nested more than 32 levels deep.",
    remedy: "Send what a plain JSON serializer writes.",
  },
  unauthenticated: {
    when: 'The operation needs a principal and the request has no access token, or one that is expired, revoked, or not ours. The body was not looked at. `WWW-Authenticate` says which of the two: `error="invalid_token"` appears only when a token was sent.',
    remedy: "Get a token, or refresh it once, and repeat.",
  },
  "invalid-credentials": {
    when: "Name and password, or a code of a second factor, do not fit. An unknown name gets the same answer after the same time.",
    remedy: "Ask the person again. Do not repeat on your own: attempts are counted.",
  },
  "mfa-required": {
    when: "The password was right, and the account has a second factor.",
    remedy:
      "Send `mfa_token` with a code of one of the `methods` to the second step. The token is good for that step only, for a few minutes and a few attempts.",
  },
  "step-up-required": {
    when: "The principal may do this, but signed in too long ago or too weakly. `max_age` (seconds) and `acr_values` say what is asked for (RFC 9470).",
    remedy:
      "Let the person sign in again and repeat with the new token. A refresh does not help: it keeps the old time of authentication.",
  },
  "invalid-refresh-token": {
    when: "The refresh token is unknown, expired, or ended; or it was already exchanged, in which case its whole session was ended, because two parties hold it.",
    remedy: "Sign in again.",
  },
  "webhook-signature-invalid": {
    when: "An incoming event has no signature, a wrong one, or a timestamp outside the tolerance.",
    remedy:
      "As the sender: sign the exact bytes of the body with the present secret, and check your clock.",
  },
  forbidden: {
    when: "The principal has no right to this operation at all. It is decided before anything is looked up, so it says nothing about what exists.",
    remedy: "Use another account, or ask for the role.",
  },
  "owner-mismatch": {
    when: "The path names a subject, and it is not the caller. Nothing was looked up.",
    remedy: "Use your own id, or the `me` address where there is one.",
  },
  "not-found": {
    when: "There is no such path, no such thing, or none that the principal may know of. These three cannot be told apart, on purpose; a malformed id is answered the same way.",
    remedy: "Check the address and the account. A repeat does not help.",
  },
  "method-not-allowed": {
    when: "The path exists, but not with this method.",
    remedy: "Choose from `Allow`.",
  },
  "not-acceptable": {
    when: "`Accept` rules out every media type that the operation can answer with.",
    remedy: "Accept `application/json` and `application/problem+json`.",
  },
  "request-timeout": {
    when: "Header fields or body arrived too slowly. The connection is closed.",
    remedy: "Repeat on a new connection.",
  },
  conflict: {
    when: "The request is well formed and allowed, but the present state rules it out.",
    remedy: "Read the resource again and decide anew.",
  },
  "name-taken": {
    when: "The chosen name belongs to somebody.",
    remedy: "Choose another one.",
  },
  "illegal-step": {
    when: "A step of a flow was asked for in a state from which it does not lead, or somebody else took it a moment before. `state` and `allowed_steps` say where things stand.",
    remedy: "Take one of the allowed steps.",
  },
  "idempotency-key-in-use": {
    when: "A request with the same `Idempotency-Key` is being worked on right now.",
    remedy: "Wait a moment and repeat with the same key: you get the first one's answer.",
  },
  gone: {
    when: "The endpoint passed its announced sunset.",
    remedy: "Move to the successor named in `Link`.",
  },
  "precondition-failed": {
    when: "`If-Match` names a version that is no longer the present one.",
    remedy: "Read again, merge, repeat with the new tag.",
  },
  "body-too-large": {
    when: "The body is larger than the operation accepts. A declared length is refused before a byte of it is read; the connection is closed.",
    remedy: "Send less, or in parts.",
  },
  "url-too-long": {
    when: "The request target is longer than the service accepts.",
    remedy: "Move what made it long into the body of an operation that takes one.",
  },
  "unsupported-media-type": {
    when: "`Content-Type` or `Content-Encoding` is not what the operation takes.",
    remedy: "Choose from `Accept` (or `Accept-Encoding`) in the answer.",
  },
  "expectation-failed": {
    when: "`Expect` asks for something other than `100-continue`.",
    remedy: "Leave the field out.",
  },
  "misdirected-request": {
    when: "`Host` names a host that this service does not answer for.",
    remedy: "Check the address; behind a proxy, the host it passes on.",
  },
  "invalid-request": {
    when: "Body or query can be read but break the contract: a wrong type, a missing or unknown property, a value out of bounds, a repeated query parameter. `errors` points at each fault with a JSON Pointer.",
    remedy: "Correct what `errors` names. Unknown properties are never dropped silently.",
  },
  "password-refused": {
    when: "A new password breaks the policy: too short, too common, built from the person's own names. `errors` says which.",
    remedy: "Let the person choose another one; a long sentence is always a good one.",
  },
  "destination-refused": {
    when: "The service was asked to fetch an address that it does not fetch from. Why is not said: the answer is the same for a wrong scheme, a private address, and a name that does not resolve.",
    remedy: "Give the address of an allowed partner.",
  },
  "idempotency-key-reused": {
    when: "The `Idempotency-Key` was used before with a different request.",
    remedy: "Make a new key for a new intent.",
  },
  "precondition-required": {
    when: "The operation changes a resource only for somebody who says which version they saw.",
    remedy: "Read the resource and send its `ETag` in `If-Match`.",
  },
  "quota-exceeded": {
    when: "A quota is used up: the client address's, the principal's, or that of a flow. `RateLimit` names the windows, except where guessing is fought: there `Retry-After` is coarse and nothing else is told.",
    remedy: "Wait `retry_after` seconds. Parallel repeats only lengthen the wait.",
  },
  "headers-too-large": {
    when: "The header fields are larger than the service accepts. The connection is closed.",
    remedy: "Send fewer or shorter ones; cookies are the usual cause.",
  },
  "internal-error": {
    when: "The service failed in a way nobody planned. Nothing was committed.",
    remedy: "Report the `request_id`. A repeat with the same `Idempotency-Key` is safe.",
  },
  "method-not-implemented": {
    when: "The request uses a method or a transfer coding that the service does not know.",
    remedy: "Use a method of HTTP that the API documents.",
  },
  "upstream-failed": {
    when: "Another service that this one relies on answered wrongly, or with something that breaks its contract. Its text is never passed on.",
    remedy: "Repeat later.",
  },
  unavailable: {
    when: "Something the operation cannot do without is away: the database, or the shared store of a strict quota.",
    remedy: "Wait `retry_after` seconds and repeat.",
  },
  overloaded: {
    when: "The service refuses work early so that the rest can be done. Nothing was begun.",
    remedy: "Wait `retry_after` seconds; the repeat is safe.",
  },
  "deadline-exceeded": {
    when: "The operation took longer than its deadline and was rolled back.",
    remedy: "Repeat later, or ask for less at once.",
  },
};
