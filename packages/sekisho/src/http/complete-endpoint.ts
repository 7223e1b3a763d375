/**
 * Fills in what a declaration may leave out.
 *
 * Promise: what must be said is not invented here; `faults.ts` names it. Limits: internal to
 * `http/`.
 *
 * @module
 */

import type { Endpoint } from "./define-endpoint.ts";

/**
 * Quota of an endpoint that declares none.
 *
 * @example
 * parseQuota(defaultQuota).windows.length; // 1
 */
export const defaultQuota = "200/minute";

/** An endpoint with every optional part present; complete ones come back equal. */
export function completeEndpoint(given: Partial<Endpoint>): Endpoint {
  return {
    ...(given as Endpoint),
    query: given.query,
    body: given.body,
    example: given.example,
    quota: given.quota ?? defaultQuota,
    cost: given.cost,
    audit: given.audit,
    step: given.step,
    stepProblem: given.stepProblem,
    acknowledge: given.acknowledge,
    problems: given.problems ?? [],
    idempotent: given.idempotent ?? false,
    flowQuota: given.flowQuota,
    asSystem: given.asSystem,
    limits: given.limits ?? {},
  };
}
