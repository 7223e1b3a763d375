/**
 * The closed set of problems (RFC 9457) that an API made with Sekisho can answer with.
 *
 * Promise: a code has one status, one title and one default detail; each is explained in
 * `problem-explanations.ts`, in `docs/errors.md`, and under its `type`. Limits: applications do not add codes of their
 * own here; they pass them to `defineProblems`.
 *
 * @module
 */

/** What is fixed for a problem code: it never depends on the request. */
export interface ProblemType {
  /** HTTP status, always 4xx or 5xx. */
  readonly status: number;
  readonly title: string;
  /** Default `detail`: helps the client, names nothing of the inside. */
  readonly detail: string;
  /** When it is answered, for the page under its `type`. */
  readonly when?: string;
  /** What the client can do, for the same page. */
  readonly remedy?: string;
}

/**
 * Every problem of the library by its code.
 *
 * @example
 * problemTypes["not-found"].status; // 404
 */
export const problemTypes = {
  "malformed-request": {
    status: 400,
    title: "Malformed request",
    detail: "The request line or a header field does not follow HTTP.",
  },
  "malformed-body": {
    status: 400,
    title: "Malformed body",
    detail:
      "The body is not acceptable JSON: it must be UTF-8, without duplicate names, and not nested too deeply.",
  },
  unauthenticated: {
    status: 401,
    title: "Authentication required",
    detail: "Present a valid access token in the Authorization header field.",
  },
  "invalid-credentials": {
    status: 401,
    title: "Invalid credentials",
    detail: "The credentials are not valid.",
  },
  "mfa-required": {
    status: 401,
    title: "Second factor required",
    detail: "Finish signing in with one of the listed methods.",
  },
  "step-up-required": {
    status: 401,
    title: "Fresh authentication required",
    detail: "Sign in again; this operation needs a more recent or stronger authentication.",
  },
  "invalid-refresh-token": {
    status: 401,
    title: "Invalid refresh token",
    detail: "The refresh token is not valid. Sign in again.",
  },
  "webhook-signature-invalid": {
    status: 401,
    title: "Invalid signature",
    detail: "The message carries no valid signature.",
  },
  forbidden: {
    status: 403,
    title: "Forbidden",
    detail: "The principal may not use this operation.",
  },
  "owner-mismatch": {
    status: 403,
    title: "Not yours",
    detail: "The address names somebody else.",
  },
  "not-found": {
    status: 404,
    title: "Not found",
    detail: "There is nothing here that the principal may see.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "The Allow header field lists the methods of this resource.",
  },
  "not-acceptable": {
    status: 406,
    title: "Not acceptable",
    detail: "The resource has no representation of the requested media types.",
  },
  "request-timeout": {
    status: 408,
    title: "Request timeout",
    detail: "The request did not arrive in time.",
  },
  conflict: {
    status: 409,
    title: "Conflict",
    detail: "The request conflicts with the present state.",
  },
  "name-taken": {
    status: 409,
    title: "Name taken",
    detail: "The name is already in use.",
  },
  "illegal-step": {
    status: 409,
    title: "Step not allowed",
    detail: "The step is not allowed in the present state.",
  },
  "idempotency-key-in-use": {
    status: 409,
    title: "Request in progress",
    detail: "A request with the same idempotency key is still being worked on.",
  },
  gone: {
    status: 410,
    title: "Gone",
    detail: "The endpoint was retired.",
  },
  "precondition-failed": {
    status: 412,
    title: "Precondition failed",
    detail: "The resource was changed in the meantime.",
  },
  "body-too-large": {
    status: 413,
    title: "Body too large",
    detail: "The body is larger than the endpoint accepts.",
  },
  "url-too-long": {
    status: 414,
    title: "URL too long",
    detail: "The request target is longer than the service accepts.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "The Accept header field lists the media types of the request body.",
  },
  "expectation-failed": {
    status: 417,
    title: "Expectation failed",
    detail: "The service meets no expectation but 100-continue.",
  },
  "misdirected-request": {
    status: 421,
    title: "Misdirected request",
    detail: "The service does not answer for this host.",
  },
  "invalid-request": {
    status: 422,
    title: "Invalid request",
    detail: "The request does not meet the contract; see errors.",
  },
  "password-refused": {
    status: 422,
    title: "Password refused",
    detail: "The password does not meet the policy; see errors.",
  },
  "destination-refused": {
    status: 422,
    title: "Destination refused",
    detail: "The address cannot be fetched.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "Idempotency key reused",
    detail: "The idempotency key was used for a different request.",
  },
  "precondition-required": {
    status: 428,
    title: "Precondition required",
    detail: "The request needs an If-Match header field.",
  },
  "quota-exceeded": {
    status: 429,
    title: "Quota exceeded",
    detail: "Too many requests. Try again later.",
  },
  "headers-too-large": {
    status: 431,
    title: "Header fields too large",
    detail: "The header fields are larger than the service accepts.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    detail: "The service failed. The request id helps to find out why.",
  },
  "method-not-implemented": {
    status: 501,
    title: "Not implemented",
    detail: "The service does not implement what the request asks for.",
  },
  "upstream-failed": {
    status: 502,
    title: "Upstream failed",
    detail: "A service that this one relies on gave no usable answer.",
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    detail: "The service cannot answer at the moment. Try again later.",
  },
  overloaded: {
    status: 503,
    title: "Overloaded",
    detail: "The service is refusing work to stay alive. Try again later.",
  },
  "deadline-exceeded": {
    status: 503,
    title: "Deadline exceeded",
    detail: "The operation took too long and was given up.",
  },
} as const satisfies Readonly<Record<string, ProblemType>>;

/** Code of a problem of the library. */
export type ProblemCode = keyof typeof problemTypes;
