/**
 * Problems (RFC 9457): a public face from the catalogue and a private reason that never leaves.
 *
 * Promise: what reaches the wire is built from the catalogue and the listed members alone; the
 * private reason, the stack and the cause have no way there. Limits: a caller that writes a secret
 * into `detail` publishes it.
 *
 * @module
 */

import { problemTypes, type ProblemCode, type ProblemType } from "./problem-catalogue.ts";

/** One fault of the request, pointed at by a JSON Pointer in URI fragment form (`#/items/0`). */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Members of a problem that may depend on the request. */
export interface ProblemMembers {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds until a repeat makes sense; also sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** Methods of the resource; also sent as `Allow`. */
  readonly allow?: readonly string[];
  readonly mfaToken?: string;
  readonly methods?: readonly string[];
  readonly maxAge?: number;
  readonly acrValues?: string;
  readonly state?: string;
  readonly allowedSteps?: readonly string[];
}

/** What only operators learn. */
export interface ProblemReason {
  /** Named outcome for logs and metrics. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/**
 * A refusal or failure that ends the request.
 *
 * @example
 * throw new Problem("not-found", {}, { reason: "order-of-someone-else" });
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: string;
  readonly type: ProblemType;
  readonly members: ProblemMembers;
  readonly reason: string;

  constructor(code: ProblemCode, members?: ProblemMembers, inside?: ProblemReason);
  constructor(code: DefinedProblem, members?: ProblemMembers, inside?: ProblemReason);
  constructor(
    code: ProblemCode | DefinedProblem,
    members: ProblemMembers = {},
    inside: ProblemReason = {},
  ) {
    const name = typeof code === "string" ? code : code.code;
    super(name, inside.cause === undefined ? undefined : { cause: inside.cause });
    this.code = name;
    this.type = typeof code === "string" ? problemTypes[code] : code;
    this.members = members;
    this.reason = inside.reason ?? name;
  }

  get status(): number {
    return this.type.status;
  }
}

/** A problem type that an application adds, with its code. */
export interface DefinedProblem extends ProblemType {
  readonly code: string;
}

/**
 * Declares the problems of an application.
 *
 * @throws TypeError when a code is already in the catalogue, is not `kebab-case`, or its status is
 * not 4xx or 5xx.
 * @example
 * const problems = defineProblems({
 *   "order-not-validated": { status: 409, title: "Order not validated", detail: "Validate the order first." },
 * });
 * throw new Problem(problems["order-not-validated"]);
 */
export function defineProblems<const Types extends Readonly<Record<string, ProblemType>>>(
  types: Types,
): { readonly [Code in keyof Types & string]: DefinedProblem & { readonly code: Code } } {
  const defined: Record<string, DefinedProblem> = {};
  for (const [code, type] of Object.entries(types)) {
    if (code in problemTypes) throw new TypeError(`problem ${code} is already in the catalogue`);
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code))
      throw new TypeError(`problem code ${JSON.stringify(code)} is not kebab-case`);
    if (!Number.isInteger(type.status) || type.status < 400 || type.status > 599)
      throw new TypeError(`problem ${code} has status ${type.status}, which is not 4xx or 5xx`);
    defined[code] = { code, ...type };
  }
  return defined as {
    readonly [Code in keyof Types & string]: DefinedProblem & { readonly code: Code };
  };
}

/** The body of a problem as it goes over the wire; no other members exist. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
  readonly retry_after?: number;
  readonly allow?: readonly string[];
  readonly mfa_token?: string;
  readonly methods?: readonly string[];
  readonly max_age?: number;
  readonly acr_values?: string;
  readonly state?: string;
  readonly allowed_steps?: readonly string[];
}

/**
 * The public face of a problem.
 *
 * @example
 * problemBody(new Problem("gone"), "019a…").type; // "/problems/gone"
 */
export function problemBody(problem: Problem, requestId: string): ProblemBody {
  const { members, type } = problem;
  return {
    type: `/problems/${problem.code}`,
    title: type.title,
    status: type.status,
    detail: members.detail ?? type.detail,
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    request_id: requestId,
    ...(members.errors && { errors: members.errors }),
    ...(members.retryAfter !== undefined && { retry_after: members.retryAfter }),
    ...(members.allow && { allow: members.allow }),
    ...(members.mfaToken !== undefined && { mfa_token: members.mfaToken }),
    ...(members.methods && { methods: members.methods }),
    ...(members.maxAge !== undefined && { max_age: members.maxAge }),
    ...(members.acrValues !== undefined && { acr_values: members.acrValues }),
    ...(members.state !== undefined && { state: members.state }),
    ...(members.allowedSteps && { allowed_steps: members.allowedSteps }),
  };
}
